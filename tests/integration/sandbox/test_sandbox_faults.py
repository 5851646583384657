"""Each fault does to a client what its name says, and nothing else."""

import json
import threading
import time

import pytest
import requests

from sandbox.services.leash import patient
from tests.limits import LIMIT_S

BASIC = ("tides", "sandbox-password")
COLLECTION = "/QFSwi/targetCat/transients/"
LASAIR = {"Authorization": "Token sandbox-lasair-token"}
ROW = {"uploadedfor_survey_id": 15, "name": "TiDES26aaa"}


def create(stand_ins, content: object = ROW, timeout: float = 10) -> requests.Response:
    return requests.post(stand_ins.url(COLLECTION), json=content, auth=BASIC, timeout=timeout, allow_redirects=False)


def light_curves(stand_ins, ids: list[str]) -> requests.Response:
    return requests.get(
        stand_ins.url("/api/lightcurves/"), params={"objectIds": ",".join(ids)}, headers=LASAIR, timeout=10
    )


@pytest.fixture
def ztf_ids(stand_ins) -> list[str]:
    return [row["ztf"] for row in stand_ins.control("GET", "truth").json()["sources"] if row["ztf"]][:3]


def until_stored(stand_ins, rows: int) -> None:
    """Waits for a late store; the test's own time-out is the limit."""
    while len(stand_ins.targets()) < rows:
        time.sleep(0.05)


def test_latency_makes_a_client_wait_and_then_answers(stand_ins):
    stand_ins.fault("latency", seconds=patient(0.5))
    with pytest.raises(requests.ReadTimeout):
        create(stand_ins, timeout=patient(0.2))
    until_stored(stand_ins, 1)


@pytest.mark.parametrize("retry_after", [None, 7])
def test_a_429_comes_with_and_without_retry_after(stand_ins, retry_after):
    stand_ins.fault("status", status=429, retry_after=retry_after)
    answer = create(stand_ins)
    assert answer.status_code == 429
    assert answer.headers.get("Retry-After") == (None if retry_after is None else "7")
    assert "Request limit exceeded" in answer.json()["message"]
    assert stand_ins.targets() == []


@pytest.mark.parametrize("silent", [False, True])
def test_a_throttle_takes_so_many_calls_in_a_time_and_says_when_it_takes_the_next(stand_ins, silent):
    stand_ins.fault("throttle", calls=2, seconds=30, silent=silent, times=None)
    answers = [create(stand_ins, {**ROW, "name": f"TiDES26aa{n}"}) for n in "abcd"]
    assert [answer.status_code for answer in answers] == [201, 201, 429, 429]
    assert answers[2].headers.get("Retry-After") in ([None] if silent else ["29", "30"])
    assert len(stand_ins.targets()) == 2


def test_a_gateway_fails_above_a_number_of_rows(stand_ins):
    stand_ins.fault("status", {"over": 2}, status=502, times=None)
    assert create(stand_ins, [{**ROW, "name": f"TiDES26aa{n}"} for n in "abc"]).status_code == 502
    assert create(stand_ins, [{**ROW, "name": f"TiDES26aa{n}"} for n in "ab"]).status_code == 201


def test_a_token_serves_so_many_calls(stand_ins):
    stand_ins.control("POST", "tokens", {"calls": 2, "status": 403})
    user = {"username": BASIC[0], "password": BASIC[1]}
    given = [requests.post(stand_ins.url("/QFSwi/transients-token-auth/"), data=user, timeout=10).json() for _ in "ab"]
    assert given[0] == given[1], "the same one, as long as it serves"
    with_token = {"Authorization": f"Token {given[0]['token']}"}
    answers = [requests.get(stand_ins.url(COLLECTION), headers=with_token, timeout=10) for _ in "abc"]
    assert [answer.status_code for answer in answers] == [200, 200, 403]
    assert answers[2].json() == {"detail": "Invalid token."}
    renewed = requests.post(stand_ins.url("/QFSwi/transients-token-auth/"), data=user, timeout=10).json()
    assert renewed != given[0]


def test_a_server_may_repeat_what_it_was_sent(stand_ins):
    stand_ins.fault("repeat", status=400)
    answer = create(stand_ins)
    said = answer.json()["detail"]
    assert answer.status_code == 400
    assert ROW["name"] in said
    assert answer.request.headers["Authorization"] in said


@pytest.mark.parametrize("status", [500, 502, 503])
def test_server_errors_are_html_and_store_nothing(stand_ins, status):
    stand_ins.fault("status", status=status)
    answer = create(stand_ins)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "text/html"
    assert answer.text.startswith("<html>")
    assert stand_ins.targets() == []


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_names_another_path(stand_ins, status):
    stand_ins.fault("redirect", status=status, to=COLLECTION)
    answer = create(stand_ins)
    assert answer.status_code == status
    assert answer.headers["Location"] == COLLECTION
    assert stand_ins.targets() == []


def test_a_cut_closes_without_an_answer_and_stores_nothing(stand_ins):
    stand_ins.fault("cut")
    with pytest.raises(requests.ConnectionError):
        create(stand_ins)
    assert stand_ins.targets() == []


def test_a_cut_after_bytes_breaks_the_body(stand_ins):
    stand_ins.fault("cut", after_bytes=40)
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        create(stand_ins)
    assert len(stand_ins.targets()) == 1


def test_a_trickled_answer_outlives_a_time_out_for_each_read(stand_ins):
    stand_ins.fault("trickle", {"path": "/api/object/"}, seconds=patient(0.02))
    started = time.monotonic()
    answer = requests.get(
        stand_ins.url("/api/object/"), params={"objectId": "ZTF00zzzzzzz"}, headers=LASAIR, timeout=patient(0.4)
    )
    assert answer.json()["objectId"] == "ZTF00zzzzzzz"
    assert time.monotonic() - started > patient(0.4)


def test_store_then_cut_stores_and_says_nothing(stand_ins):
    stand_ins.fault("store_then_cut")
    with pytest.raises(requests.ConnectionError):
        create(stand_ins, [ROW, ROW])
    assert len(stand_ins.targets()) == 2


def test_cut_then_store_stores_after_the_client_has_gone(stand_ins):
    stand_ins.fault("cut_then_store", {"method": "POST"}, seconds=0.5)
    with pytest.raises(requests.ConnectionError):
        create(stand_ins)
    assert stand_ins.targets() == []
    until_stored(stand_ins, 1)


def test_a_held_client_gives_up_and_the_store_comes_later(stand_ins):
    stand_ins.fault("cut_then_store", {"method": "POST"}, seconds=0.6, hold=True)
    with pytest.raises(requests.ReadTimeout):
        create(stand_ins, timeout=patient(0.2))
    assert stand_ins.targets() == []
    until_stored(stand_ins, 1)


@pytest.mark.parametrize("as_string", [False, True])
def test_bulk_half_stores_the_first_rows_and_answers_500(stand_ins, as_string):
    rows = [ROW | {"name": f"n{i}"} for i in range(5)]
    stand_ins.fault("bulk_half", rows=2)
    answer = create(stand_ins, json.dumps(rows) if as_string else rows)
    assert answer.status_code == 500
    assert answer.text.startswith("<html>")
    assert [row["name"] for row in stand_ins.targets()] == ["n0", "n1"]


def test_poison_spoils_the_answers_that_hold_it(stand_ins, ztf_ids):
    stand_ins.fault("poison", poison=ztf_ids[1], times=None)
    assert light_curves(stand_ins, ztf_ids).status_code == 500
    assert light_curves(stand_ins, ztf_ids[:1]).status_code == 200


def test_half_a_body_is_no_json(stand_ins, ztf_ids):
    stand_ins.fault("wrong_json", form="half")
    answer = light_curves(stand_ins, ztf_ids)
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_html_comes_with_200(stand_ins, ztf_ids):
    stand_ins.fault("wrong_json", form="html")
    answer = light_curves(stand_ins, ztf_ids)
    assert (answer.status_code, answer.text[:6]) == (200, "<html>")


def test_an_error_comes_with_200(stand_ins, ztf_ids):
    stand_ins.fault("wrong_json", form="error")
    answer = light_curves(stand_ins, ztf_ids)
    assert answer.status_code == 200
    assert set(answer.json()) == {"error"}


def test_other_objects_come_than_were_asked_for(stand_ins, ztf_ids):
    stand_ins.fault("wrong_json", form="objects")
    answered = [row["objectId"] for row in light_curves(stand_ins, ztf_ids).json()]
    assert len(answered) == 3
    assert not set(answered) & set(ztf_ids)


def test_light_curves_come_in_another_order(stand_ins, ztf_ids):
    stand_ins.fault("wrong_json", form="order")
    assert [row["objectId"] for row in light_curves(stand_ins, ztf_ids).json()] == ztf_ids[::-1]


def test_a_rule_meets_only_what_it_matches(stand_ins):
    stand_ins.fault("status", {"method": "POST", "path": "transients/$", "contains": "TiDES26aab"}, times=None)
    assert create(stand_ins).status_code == 201
    assert create(stand_ins, ROW | {"name": "TiDES26aab"}).status_code == 500
    assert requests.get(stand_ins.url(COLLECTION), auth=BASIC, timeout=LIMIT_S).status_code == 200


def test_a_rule_skips_so_many_and_then_works_so_many_times(stand_ins):
    stand_ins.fault("status", status=503, skip=1, times=2)
    assert [create(stand_ins).status_code for _ in range(4)] == [201, 503, 503, 201]


def test_after_delete_everything_works_again(stand_ins):
    stand_ins.fault("status", times=None)
    assert create(stand_ins).status_code == 500
    assert stand_ins.control("DELETE", "faults").json() == []
    assert create(stand_ins).status_code == 201


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ({"kind": "earthquake"}, "earthquake"),
        ({"kind": "cut", "secnds": 1}, "secnds"),
        ({"kind": "status", "status": 418}, "418"),
        ({"kind": "wrong_json", "form": "xml"}, "xml"),
        ("cut", "object"),
    ],
)
def test_a_rule_that_is_wrong_is_refused_and_says_why(stand_ins, rule, named):
    answer = stand_ins.control("POST", "faults", [rule])
    assert answer.status_code == 400
    assert named in answer.json()["error"]
    assert stand_ins.control("GET", "faults").json() == []


def test_a_held_request_does_not_stop_the_others(stand_ins):
    stand_ins.fault("latency", {"method": "POST"}, seconds=patient(1.5))
    slow = threading.Thread(target=create, args=(stand_ins,))
    slow.start()
    assert requests.get(stand_ins.url(COLLECTION), auth=BASIC, timeout=patient(1)).json() == []
    slow.join()
    assert len(stand_ins.targets()) == 1
