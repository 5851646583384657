"""The Lasair hook against the stand-in, which is a real Django REST framework server."""

import json
from collections.abc import Callable

import pytest
import requests

from sandbox.services.leash import patient
from tests.limits import LIMIT_S
from tests.standins import Standins
from tides.brokers import quota, source
from tides.database.session import connect as connect_to_database
from tides.errors import AccessRefused, AnswerBroken, QuotaSpent, ServiceAway
from tides.hooks.lasair import LasairHook
from tides.settings.model import load_settings
from tides.settings.streams import Stream

TOKEN = "sandbox-lasair-token"
LIMITS = {"connect_timeout_s": patient(1), "read_timeout_s": patient(2), "total_timeout_s": patient(3)}
WAITS = {**LIMITS, "attempts": 2, "backoff_max_s": 0.1}


@pytest.fixture
def connect(standins, monkeypatch, tmp_path) -> Callable[[str], LasairHook]:
    settings = tmp_path / "settings.yaml"
    settings.write_text(json.dumps({"lasair": WAITS}), encoding="utf-8")
    monkeypatch.setenv("TIDES_SETTINGS", str(settings))

    def with_token(token: str) -> LasairHook:
        fields = {"conn_type": "lasair", "host": f"{standins.url}/api", "password": token}
        monkeypatch.setenv("AIRFLOW_CONN_LASAIR_API", json.dumps(fields))
        return LasairHook()

    return with_token


@pytest.fixture
def lasair(connect) -> LasairHook:
    return connect(TOKEN)


@pytest.fixture
def spoil(standins) -> Callable[..., None]:
    def add(kind: str, **rule: object) -> None:
        answer = requests.post(
            f"{standins.url}/control/faults", json={"kind": kind, "path": "^/api/", **rule}, timeout=LIMIT_S
        )
        answer.raise_for_status()

    return add


@pytest.fixture(scope="module")
def sky(running_standins) -> dict[str, list[str]]:
    """Ids of the sandbox's objects, by survey."""
    sources = requests.get(f"{running_standins.url}/control/truth", timeout=LIMIT_S).json()["sources"]
    return {survey: [str(s[survey]) for s in sources if s[survey]][:60] for survey in ("ztf", "lsst")}


def a_stream(survey: str, light_curves: str) -> Stream:
    return load_settings().streams[survey].model_copy(update={"light_curves": light_curves})


def calls_made(standins) -> int:
    counts = requests.get(f"{standins.url}/control/calls", timeout=LIMIT_S).json()["counts"]
    return sum(count["calls"] for count in counts if count["path"].startswith("/api/"))


def test_fifty_objects_come_by_one_call(lasair, sky, standins):
    fetched = source.fetch(a_stream("ztf", "bulk"), sky["ztf"][:50], lasair, lambda calls: None)
    assert set(fetched.raw) == set(sky["ztf"][:50])
    assert all(json.loads(raw)["objectId"] == name for name, raw in fetched.raw.items())
    assert calls_made(standins) == 1


def test_an_object_that_lasair_does_not_know_is_a_problem_and_the_others_come(lasair, sky):
    fetched = source.fetch(a_stream("ztf", "bulk"), [*sky["ztf"][:2], "ZTF00zzzzzzz"], lasair, lambda calls: None)
    assert set(fetched.raw) == set(sky["ztf"][:2])
    assert fetched.problems == {"ZTF00zzzzzzz": source.UNKNOWN_OBJECT}


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_objects_come_one_by_one(lasair, sky, survey):
    ids = [*sky[survey][:3], {"ztf": "ZTF00zzzzzzz", "lsst": "12345"}[survey]]
    fetched = source.fetch(a_stream(survey, "object"), ids, lasair, lambda calls: None)
    assert set(fetched.raw) == set(ids[:3])
    assert fetched.problems == {ids[3]: source.UNKNOWN_OBJECT}


def test_a_ztf_object_has_what_the_bulk_call_has(lasair, sky):
    name = sky["ztf"][0]
    alone, among_others = lasair.object("ztf", name), lasair.light_curves("ztf", [name]).raw[name]
    assert json.loads(alone)["candidates"] == json.loads(among_others)["candidates"]


def test_lasairs_own_client_works(lasair, sky):
    assert str(lasair.get_conn("lsst").object(sky["lsst"][0])["diaObjectId"]) == sky["lsst"][0]


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_cross_matches_come_for_what_lasair_knows_and_for_nothing_else(lasair, sky, survey):
    name = sky[survey][0]
    answer = lasair.sherlock_object(survey, name)
    assert set(answer["classifications"]) == {name}
    assert all(match["transient_object_id"] == name for match in answer["crossmatches"])
    assert lasair.sherlock_object(survey, {"ztf": "ZTF00zzzzzzz", "lsst": "12345"}[survey]) is None


def test_lasairs_own_client_asks_sherlock_for_the_best_match(lasair, sky):
    answers = [lasair.get_conn("lsst").sherlock_object(name) for name in sky["lsst"][:10]]
    assert {len(answer["crossmatches"]) for answer in answers} <= {0, 1}


@pytest.mark.parametrize("form", ["half", "html", "error", "objects"])
def test_an_answer_spoilt_once_is_asked_for_again(lasair, sky, spoil, form):
    spoil("wrong_json", form=form)
    fetched = source.fetch(a_stream("ztf", "bulk"), sky["ztf"][:5], lasair, lambda calls: None)
    assert set(fetched.raw) == set(sky["ztf"][:5])


def test_an_answer_in_another_order_is_matched_by_id(lasair, sky, spoil):
    spoil("wrong_json", form="order")
    fetched = source.fetch(a_stream("ztf", "bulk"), sky["ztf"][:5], lasair, lambda calls: None)
    assert all(json.loads(raw)["objectId"] == name for name, raw in fetched.raw.items())
    assert len(fetched.raw) == 5


@pytest.mark.parametrize("light_curves", ["bulk", "object"])
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 502},
        {"kind": "status", "status": 400},
        {"kind": "wrong_json", "form": "half"},
        {"kind": "wrong_json", "form": "html"},
        {"kind": "cut"},
        {"kind": "latency", "seconds": patient(3)},
    ],
    ids=lambda fault: " ".join(str(value) for value in fault.values()),
)
def test_an_object_that_spoils_its_chunk_is_found_alone(lasair, sky, spoil, standins, light_curves, fault):
    ids = sky["ztf"][:8]
    spoil(**fault, contains=ids[4], times=None)
    taken = []
    fetched = source.fetch(a_stream("ztf", light_curves), ids, lasair, taken.append)
    assert set(fetched.raw) == set(ids) - {ids[4]}
    assert fetched.failed == set(fetched.problems) == {ids[4]}
    assert fetched.failure is None
    # A late call is counted when it ends.
    Standins(standins).wait_until_idle()
    assert sum(taken) == calls_made(standins) <= 12


@pytest.mark.parametrize("light_curves", ["bulk", "object"])
@pytest.mark.parametrize("fault", [{"kind": "status", "status": 503}, {"kind": "cut"}], ids=["503", "cut"])
def test_a_service_that_is_down_is_neither_halved_nor_any_objects_fault(
    lasair, sky, spoil, standins, light_curves, fault
):
    spoil(**fault, times=None)
    fetched = source.fetch(a_stream("ztf", light_curves), sky["ztf"], lasair, lambda calls: None)
    assert isinstance(fetched.failure, ServiceAway)
    assert not fetched.problems
    assert calls_made(standins) == WAITS["attempts"] + 1


def test_a_pause_that_lasair_asks_for_amid_the_halving_is_kept(lasair, sky, spoil):
    ids = sky["ztf"][:8]
    spoil("status", status=429, retry_after=0, skip=3)
    spoil("status", contains=ids[4], times=None)
    fetched = source.fetch(a_stream("ztf", "bulk"), ids, lasair, lambda calls: None)
    assert set(fetched.raw) == set(ids) - {ids[4]}


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "status", "status": 503}, ServiceAway),
        ({"kind": "status", "status": 429}, QuotaSpent),
        ({"kind": "cut"}, ServiceAway),
        ({"kind": "cut", "after_bytes": 100}, ServiceAway),
        ({"kind": "latency", "seconds": 30}, ServiceAway),
        ({"kind": "trickle", "seconds": patient(0.2)}, ServiceAway),
        ({"kind": "redirect", "status": 302}, AnswerBroken),
        ({"kind": "wrong_json", "form": "html"}, AnswerBroken),
    ],
)
def test_a_lasting_fault_has_its_error(lasair, sky, spoil, fault, error):
    spoil(**fault, times=None)
    with pytest.raises(error):
        lasair.light_curves("ztf", sky["ztf"][:5])


def test_a_wrong_token_is_refused_access(connect):
    with pytest.raises(AccessRefused):
        connect("wrong").light_curves("ztf", ["ZTF20aaaaaaa"])


def test_lasairs_own_quota_is_spent_quota(connect):
    lasair = connect("sandbox-lasair-anonymous-token")
    for _ in range(10):
        lasair.light_curves("ztf", ["ZTF00zzzzzzz"])
    with pytest.raises(QuotaSpent) as caught:
        lasair.light_curves("ztf", ["ZTF00zzzzzzz"])
    assert 0 < (caught.value.retry_after_s or 0) <= 3600


def test_the_ledger_counts_each_call_that_lasair_sees(lasair, sky, spoil, standins, database):
    spoil("status", status=502)
    token = lasair.token_digest("ztf")
    with connect_to_database(database, load_settings().database, "test") as connection:
        source.fetch(
            a_stream("ztf", "bulk"), sky["ztf"], lasair, lambda calls: quota.take(connection, token, calls, 100)
        )
        assert 100 - quota.left(connection, token, 100) == calls_made(standins) == 3


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_the_connections_test_makes_one_call(lasair, standins, survey):
    assert lasair.test_connection(survey)[0]
    assert calls_made(standins) == 1


def test_the_connections_test_finds_a_wrong_token(connect):
    assert connect("wrong").test_connection()[0] is False
