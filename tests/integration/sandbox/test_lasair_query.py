"""`query/` of the stand-in, over HTTP: the filter's rows, by conditions that are really evaluated."""

import json
from datetime import UTC, datetime

import pytest
import requests
import yaml

from sandbox.sky.sky import build_sky
from sandbox.sky.sky_archive import SkyArchive
from sandbox.standins.replay import BRIDGE
from tests.integration.sandbox.test_lasair_stand_in import ANONYMOUS, TOKEN, USER
from tests.limits import LIMIT_S

KEYS = {"lsst": "diaObjectId", "ztf": "objectId"}
LAST = {"lsst": "objects.lastDiaSourceMjdTai", "ztf": "objects.jdmax"}


@pytest.fixture(scope="module")
def filters() -> dict[str, dict[str, str]]:
    """Each stream's filter, as the bridge's settings have it."""
    streams = yaml.safe_load(BRIDGE.read_text())["streams"]
    return {name: stream["filter"] for name, stream in streams.items()}


@pytest.fixture(scope="module")
def newest_messages() -> dict[str, dict[str, dict]]:
    """What the stream told last of each object, by survey and id, without light curve and UTC."""
    archive = SkyArchive(build_sky(datetime(2026, 11, 24, tzinfo=UTC), 1, 60, 60))
    newest: dict[str, dict[str, dict]] = {"lsst": {}, "ztf": {}}
    for message in archive.messages(61368.0):
        newest[message.stream][message.key.decode()] = json.loads(message.body)
    return {
        survey: {key: {k: v for k, v in row.items() if k not in ("alert", "UTC")} for key, row in rows.items()}
        for survey, rows in newest.items()
    }


def ask(stand_ins, headers: dict = TOKEN, status: int = 200, **question: object) -> list | dict:
    answer = requests.post(stand_ins.url("/api/query/"), data=question, headers=headers, timeout=LIMIT_S)
    assert answer.status_code == status, answer.text
    return answer.json()


@pytest.mark.parametrize("survey", ["lsst", "ztf"])
def test_a_filter_asked_as_a_query_answers_what_the_stream_told_last(stand_ins, filters, newest_messages, survey):
    conditions = 'sherlock_classifications.classification IN ("SN", "NT", "ORPHAN", "UNCLEAR")'
    rows = ask(stand_ins, **{**filters[survey], "conditions": conditions})
    assert {str(row[KEYS[survey]]): row for row in rows} == newest_messages[survey]
    assert len(rows) > 40


@pytest.mark.parametrize("survey", ["lsst", "ztf"])
def test_a_sky_of_which_nothing_is_known_yet_answers_no_rows(stand_ins, filters, survey):
    control = stand_ins.url("/control/")
    requests.post(f"{control}clock", json={"at": "2020-01-01T00:00:00"}, timeout=LIMIT_S).raise_for_status()
    try:
        assert ask(stand_ins, **filters[survey]) == []
    finally:
        requests.post(f"{control}reset", timeout=LIMIT_S).raise_for_status()


def test_the_filters_own_conditions_hold(stand_ins, filters):
    rows = ask(stand_ins, **filters["lsst"])
    assert rows
    assert all(row["nPosDiaSources"] >= 3 and row["nPosDiaSourcesNights"] >= 2 for row in rows)


@pytest.mark.parametrize("survey", ["lsst", "ztf"])
def test_conditions_bound_the_last_detection_and_name_objects(stand_ins, filters, survey):
    every = ask(stand_ins, **{**filters[survey], "conditions": f"{LAST[survey]} > 0 ORDER BY objects.{KEYS[survey]}"})
    dates = sorted(row[LAST[survey].split(".")[1]] for row in every)
    late = ask(stand_ins, **{**filters[survey], "conditions": f"{LAST[survey]} >= {dates[-10]!r}"})
    assert len(late) == sum(date >= dates[-10] for date in dates)
    ids = [row[KEYS[survey]] for row in every[3:6]]
    listed = ", ".join(json.dumps(i) for i in ids)
    named = ask(stand_ins, **{**filters[survey], "conditions": f"objects.{KEYS[survey]} IN ({listed}, 5)"})
    assert sorted(row[KEYS[survey]] for row in named) == sorted(ids)


def test_objects_that_the_filter_does_not_pass_can_be_asked_by_name(stand_ins, filters):
    truth = stand_ins.control("GET", "truth").json()["sources"]
    agn = next(row["lsst"] for row in truth if row["lsst"] and row["sherlock"] == "AGN")
    [row] = ask(stand_ins, **{**filters["lsst"], "conditions": f"objects.diaObjectId IN ({agn})"})
    assert row["sherlock_classifications"] == "AGN"


def test_lsst_says_when_an_object_was_changed(stand_ins):
    rows = ask(stand_ins, selected="objects.diaObjectId, objects.timestamp", tables="objects", conditions="")
    assert all(row["timestamp"] <= "2026-11-24 00:00:00" for row in rows)
    late = ask(
        stand_ins,
        selected="objects.diaObjectId",
        tables="objects",
        conditions='objects.timestamp > "2026-11-23 00:00:00"',
    )
    assert len(late) == sum(row["timestamp"] > "2026-11-23 00:00:00" for row in rows)


def test_pages_by_limit_and_offset_hold_every_row_once(stand_ins):
    question = {"selected": "objects.objectId", "tables": "objects", "conditions": "ORDER BY objects.objectId"}
    pages = [ask(stand_ins, limit=25, offset=offset, **question) for offset in (0, 25, 50, 75)]
    ids = [row["objectId"] for page in pages for row in page]
    assert [len(page) for page in pages] == [25, 25, 10, 0]
    assert ids == sorted(set(ids))


def test_a_get_answers_as_a_post_does(stand_ins, filters):
    url = stand_ins.url("/api/query/")
    assert requests.get(url, params=filters["ztf"], headers=TOKEN, timeout=LIMIT_S).json() == ask(
        stand_ins, **filters["ztf"]
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"conditions": "objects.brightness < 3"},
        {"conditions": "objects.ncandgp >"},
        {"tables": "objects, watchlists"},
        {"conditions": "1; DROP TABLE objects"},
        {"selected": "load_extension('x')"},
    ],
)
def test_a_query_that_cannot_be_evaluated_is_400_with_an_error(stand_ins, filters, wrong):
    assert set(ask(stand_ins, status=400, **filters["ztf"] | wrong)) == {"error"}


def test_too_long_conditions_and_a_missing_part_are_400_and_named(stand_ins, filters):
    assert set(ask(stand_ins, status=400, **filters["ztf"] | {"conditions": "1" * 4097})) == {"conditions"}
    assert set(ask(stand_ins, status=400, tables="objects", conditions="")) == {"selected"}


@pytest.mark.parametrize(("headers", "most"), [(ANONYMOUS, 1000), (USER, 10_000), (TOKEN, 20_000)])
def test_a_token_has_a_limit_of_rows(stand_ins, headers, most):
    every_three = "1 = 1 UNION ALL SELECT a.objectId FROM objects AS a, objects AS b, objects AS c"
    question = {"selected": "objects.objectId", "tables": "objects", "conditions": every_three}
    assert len(ask(stand_ins, headers, limit=20_000, **question)) == most
