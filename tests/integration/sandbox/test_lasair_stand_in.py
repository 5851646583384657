"""The contract with Lasair (docs/contracts/lasair.md), line by line, over HTTP."""

import pytest
import requests

from tests.limits import LIMIT_S

TOKEN = {"Authorization": "Token sandbox-lasair-token"}
USER = {"Authorization": "Token sandbox-lasair-user-token"}
ANONYMOUS = {"Authorization": "Token sandbox-lasair-anonymous-token"}


@pytest.fixture
def truth(stand_ins) -> list[dict]:
    return stand_ins.control("GET", "truth").json()["sources"]


@pytest.fixture
def ztf_ids(truth) -> list[str]:
    return [row["ztf"] for row in truth if row["ztf"]]


@pytest.fixture
def lsst_ids(truth) -> list[int]:
    return [row["lsst"] for row in truth if row["lsst"]]


def ask(stand_ins, path: str, headers: dict = TOKEN, **parameters: object) -> requests.Response:
    return requests.get(stand_ins.url(path), params=parameters, headers=headers, timeout=LIMIT_S)


def test_light_curves_come_in_the_order_asked(stand_ins, ztf_ids):
    asked = ztf_ids[:50][::-1]
    answer = ask(stand_ins, "/api/lightcurves/", objectIds=",".join(asked))
    assert answer.status_code == 200
    assert [row["objectId"] for row in answer.json()] == asked
    assert all(set(row) == {"objectId", "candidates", "forcedphot"} for row in answer.json())


def test_a_detection_has_the_columns_of_the_contract(stand_ins, ztf_ids):
    [curve] = ask(stand_ins, "/api/lightcurves/", objectIds=ztf_ids[0]).json()
    named = "candid jd ra dec fid nid magpsf sigmapsf magnr sigmagnr magzpsci isdiffpos ssdistnr ssnamenr drb"
    assert set(named.split()) <= set(curve["candidates"][0])


def test_an_unknown_ztf_object_gives_an_empty_list_and_no_error(stand_ins, ztf_ids):
    answer = ask(stand_ins, "/api/lightcurves/", objectIds=f"ZTF00zzzzzzz,{ztf_ids[0]}")
    assert answer.status_code == 200
    assert answer.json()[0] == {"objectId": "ZTF00zzzzzzz", "candidates": [], "forcedphot": []}
    assert answer.json()[1]["candidates"]


@pytest.mark.parametrize("how", ["form", "json"])
def test_a_post_answers_as_a_get_does(stand_ins, ztf_ids, how):
    content = {"objectIds": ",".join(ztf_ids[:3])}
    form, body = (content, None) if how == "form" else (None, content)
    posted = requests.post(stand_ins.url("/api/lightcurves/"), data=form, json=body, headers=TOKEN, timeout=LIMIT_S)
    assert posted.json() == ask(stand_ins, "/api/lightcurves/", objectIds=",".join(ztf_ids[:3])).json()


def test_a_token_in_the_query_opens_a_get_but_no_post(stand_ins, ztf_ids):
    query = {"token": "sandbox-lasair-token", "objectIds": ztf_ids[0]}
    url = stand_ins.url("/api/lightcurves/")
    assert requests.get(url, params=query, timeout=LIMIT_S).status_code == 200
    assert requests.post(url, params=query, timeout=LIMIT_S).status_code == 401


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Token wrong"}])
def test_no_token_or_a_wrong_one_is_401_with_a_detail(stand_ins, headers):
    answer = ask(stand_ins, "/api/lightcurves/", headers, objectIds="ZTF00zzzzzzz")
    assert answer.status_code == 401
    assert set(answer.json()) == {"detail"}


def test_a_missing_parameter_is_400_and_named(stand_ins):
    assert ask(stand_ins, "/api/lightcurves/").json() == {"objectIds": ["This field is required."]}
    assert ask(stand_ins, "/api/object/").status_code == 400


def test_more_than_16384_characters_of_ids_are_refused(stand_ins):
    body = {"objectIds": ",".join(["ZTF00zzzzzzz"] * 1261)}
    answer = requests.post(stand_ins.url("/api/lightcurves/"), data=body, headers=TOKEN, timeout=LIMIT_S)
    assert answer.status_code == 400
    assert "16384" in answer.json()["objectIds"][0]


def test_an_lsst_object_without_additions_has_the_four_keys(stand_ins, lsst_ids):
    answer = ask(stand_ins, "/api/object/", objectId=lsst_ids[0], lite="false", lasair_added="false").json()
    assert set(answer) == {"diaObjectId", "diaObject", "diaSourcesList", "diaForcedSourcesList"}
    assert int(answer["diaObjectId"]) == lsst_ids[0]
    assert {"ra", "decl", "isNegative", "psfFlux_flag", "ssObjectId"} <= set(answer["diaSourcesList"][0])


def test_lite_leaves_five_attributes_and_no_dia_object(stand_ins, lsst_ids):
    answer = ask(stand_ins, "/api/object/", objectId=lsst_ids[0], lite="true", lasair_added="false").json()
    assert set(answer) == {"diaObjectId", "diaSourcesList", "diaForcedSourcesList"}
    lite = {"psfFlux", "psfFluxErr", "midpointMjdTai", "band", "reliability"}
    assert all(set(source) == lite for source in answer["diaSourcesList"])


def test_lasair_added_brings_sherlock(stand_ins, truth):
    row = next(row for row in truth if row["lsst"])
    answer = ask(stand_ins, "/api/object/", objectId=row["lsst"], lite="true", lasair_added="true").json()
    assert answer["lasairData"]["sherlock"]["classification"] == row["sherlock"]


def test_a_reliability_threshold_leaves_out_what_is_below(stand_ins, lsst_ids):
    def count(threshold: float) -> int:
        found = ask(stand_ins, "/api/object/", objectId=lsst_ids[0], reliabilityThreshold=threshold).json()
        return len(found["diaSourcesList"])

    assert count(0) > 0
    assert count(1.1) == 0


def test_an_unknown_lsst_object_is_404_with_additions_and_400_without(stand_ins):
    assert ask(stand_ins, "/api/object/", objectId=12345, lasair_added="true").status_code == 404
    refused = ask(stand_ins, "/api/object/", objectId=12345, lasair_added="false")
    assert refused.status_code == 400
    assert set(refused.json()) == {"error"}


@pytest.mark.parametrize("name", ["supernova", "-4", str(2**63)])
def test_what_is_no_id_is_refused(stand_ins, name):
    answer = ask(stand_ins, "/api/object/", objectId=name)
    assert answer.status_code == 400
    assert name in answer.json()["error"]


def test_object_serves_ztf_on_the_same_base(stand_ins, ztf_ids):
    [curve] = ask(stand_ins, "/api/lightcurves/", objectIds=ztf_ids[0]).json()
    answer = ask(stand_ins, "/api/object/", objectId=ztf_ids[0], lasair_added="false").json()
    assert answer == curve


def test_above_the_quota_comes_429_with_lasairs_words(stand_ins):
    statuses = [ask(stand_ins, "/api/object/", ANONYMOUS, objectId="ZTF00zzzzzzz").status_code for _ in range(10)]
    assert statuses == [200] * 10
    refused = ask(stand_ins, "/api/object/", ANONYMOUS, objectId="ZTF00zzzzzzz")
    assert refused.status_code == 429
    assert refused.json()["message"].startswith("Request limit exceeded.")
    assert 3500 < int(refused.headers["Retry-After"]) <= 3600


def test_each_token_has_a_quota_of_its_own(stand_ins):
    for _ in range(11):
        ask(stand_ins, "/api/object/", ANONYMOUS, objectId="ZTF00zzzzzzz")
    assert ask(stand_ins, "/api/object/", USER, objectId="ZTF00zzzzzzz").status_code == 200


def test_token_and_quota_come_from_the_environment(server):
    environment = {"SANDBOX_LASAIR_TOKEN": "other", "SANDBOX_LASAIR_QUOTA": "1"}
    with server("--lsst", "20", "--ztf", "20", **environment) as stand_ins:
        headers = {"Authorization": "Token other"}
        answers = [ask(stand_ins, "/api/object/", headers, objectId="ZTF00zzzzzzz").status_code for _ in range(2)]
        assert answers == [200, 429]
        assert ask(stand_ins, "/api/object/", objectId="ZTF00zzzzzzz").status_code == 401


def test_no_nan_leaves_the_api(stand_ins, lsst_ids):
    for object_id in lsst_ids[:30]:
        assert "NaN" not in ask(stand_ins, "/api/object/", objectId=object_id).text


def test_without_the_trailing_slash_there_is_nothing(stand_ins):
    assert ask(stand_ins, "/api/lightcurves", objectIds="ZTF00zzzzzzz").status_code == 404
