"""4MOST's answers, good and bad, from a real HTTP server that answers as it is told."""

import base64
import json
import logging
import math
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import numpy as np
import pytest

from tests.unit.hooks.conftest import READ_S, TOTAL_S
from tides.errors import (
    AccessRefused,
    AnswerBroken,
    LoginMissing,
    PayloadBroken,
    QuotaSpent,
    ServiceAway,
    SettingsError,
)
from tides.fourmost.outcomes import Denied, Late, NotSent, Refused, Spared, Stored, Unknown
from tides.hooks.fourmost import FourMostHook

TOKEN = "canary-7c2e"


def a_payload(name: str = "TiDES26aaa", **fields: object) -> dict:
    return {"name": name, "uploadedfor_survey_id": 15, "ra": 10.5, "dec": -20.25, "is_active": True, **fields}


def a_row(pk: int, name: str = "TiDES26aaa", **fields: object) -> dict:
    return {"id": pk, **a_payload(name), "date_ingested": None, **fields}


def a_page(*rows: dict, following: str | None = None) -> dict:
    return {"count": len(rows), "next": following, "previous": None, "results": list(rows)}


@pytest.fixture
def fourmost(server, connect) -> FourMostHook:
    connect("fourmost", host=f"{server.url}/QFSwi/", password=TOKEN)
    return FourMostHook()


WRITES = {
    "create": lambda hook: hook.create([a_payload()])[0],
    "update": lambda hook: hook.update(7, {"is_active": False}),
    "delete": lambda hook: hook.delete(7),
}
each_write = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())


def test_rows_are_matched_to_payloads_by_name_whatever_their_order(server, fourmost):
    server.answers(server.says([a_row(2, "TiDES26aab"), a_row(1, "TiDES26aaa")], 201))
    outcomes = fourmost.create([a_payload("TiDES26aaa"), a_payload("TiDES26aab")])
    assert outcomes == [Stored(a_row(1, "TiDES26aaa")), Stored(a_row(2, "TiDES26aab"))]


def test_a_create_sends_plain_json_with_the_token_in_the_header(server, fourmost):
    server.answers(server.says([a_row(1)], 201))
    fourmost.create([a_payload()])
    [request] = server.requests
    assert (request.method, request.path) == ("POST", "/QFSwi/targetCat/transients/")
    assert json.loads(request.body) == [a_payload()]
    assert request.headers["Authorization"] == f"Token {TOKEN}"
    assert request.headers["Content-Type"] == "application/json"


def test_a_name_that_a_201_does_not_vouch_for_is_unknown(server, fourmost):
    server.answers(server.says([a_row(1, "TiDES26aaa"), a_row(9, "stranger")], 201))
    known, unknown = fourmost.create([a_payload("TiDES26aaa"), a_payload("TiDES26aab")])
    assert isinstance(known, Stored)
    assert isinstance(unknown, Unknown)


@pytest.mark.parametrize(
    "rows",
    [
        [a_row(1), a_row(2)],
        [a_row(1), a_row(1, "TiDES26aab")],
        [{**a_row(1), "id": None}],
        [{**a_row(1), "id": "1"}],
        [{**a_row(1), "id": True}],
        [a_row(2**63)],
        ["TiDES26aaa"],
        {"detail": "created"},
        None,
    ],
)
def test_a_201_that_does_not_name_one_key_for_a_name_is_unknown(server, fourmost, rows):
    server.answers(server.says(rows, 201))
    assert isinstance(fourmost.create([a_payload()])[0], Unknown)


def test_the_fine_rows_of_a_refused_bulk_are_not_blamed(server, fourmost):
    server.answers(server.says([{}, {"dec": ["Ensure this value is at most 90."]}], 400))
    fine, refused = fourmost.create([a_payload("TiDES26aaa"), a_payload("TiDES26aab")])
    assert isinstance(fine, Spared)
    assert refused == Refused(400, '{"dec": ["Ensure this value is at most 90."]}')


def test_a_bulk_that_is_refused_as_a_whole_blames_no_row_of_it(server, fourmost):
    server.answers(server.says({"err": "no"}, 400))
    outcomes = fourmost.create([a_payload("TiDES26aaa"), a_payload("TiDES26aab")])
    assert [type(outcome) for outcome in outcomes] == [Spared, Spared]
    assert outcomes[0].answer == {"err": "no"}


@pytest.mark.parametrize("said", [[{}], [{}, {}], [{"a": ["b"]}], ["x", "y"], []])
def test_a_400_list_that_does_not_fit_the_bulk_is_unknown(server, fourmost, said):
    server.answers(server.says(said, 400))
    outcomes = fourmost.create([a_payload("TiDES26aaa"), a_payload("TiDES26aab")])
    assert [type(outcome) for outcome in outcomes] == [Unknown, Unknown]


@pytest.mark.parametrize("write", [lambda h, t: h.create([a_payload()], t)[0], lambda h, t: h.update(7, {}, t)])
def test_a_write_that_cannot_begin_in_time_is_not_made(server, fourmost, write):
    server.answers(server.says([a_row(1)], 201))
    assert isinstance(write(fourmost, time.monotonic() - 0.1), Late)
    assert server.requests == []


@each_write
@pytest.mark.parametrize("status", [400, 404, 405, 409])
def test_a_clean_4xx_is_a_refusal(server, fourmost, write, status):
    server.answers(server.says({"err": "not\nallowed"}, status))
    assert write(fourmost) == Refused(status, '{"err": "not\\nallowed"}')


@each_write
@pytest.mark.parametrize("status", [401, 403, 429])
def test_a_clean_denial_does_not_blame_the_row(server, fourmost, write, status):
    server.answers(server.says({"detail": "no"}, status, Retry_After="17"))
    outcome = write(fourmost)
    assert isinstance(outcome, Denied)
    assert (outcome.status, outcome.retry_after_s) == (status, 17)
    assert len(server.requests) == 1


@each_write
@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 502, 503, 200, 201, 202])
def test_html_never_tells_what_was_stored(server, fourmost, write, status):
    server.answers(server.sends(b"<html>hello</html>", status))
    assert isinstance(write(fourmost), Unknown)
    assert len(server.requests) == 1


@each_write
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_never_followed(server, fourmost, write, status):
    server.answers(server.sends(b"", status, Location=f"{server.url}/elsewhere"))
    assert isinstance(write(fourmost), Unknown)
    assert len(server.requests) == 1


@each_write
def test_a_cut_connection_leaves_a_write_unknown_and_unrepeated(server, fourmost, write):
    server.answers(server.cuts)
    assert isinstance(write(fourmost), Unknown)
    assert len(server.requests) == 1


@each_write
def test_a_connection_that_goes_stale_leaves_a_write_unknown_and_unrepeated(server, fourmost, write):
    server.answers(server.says(a_page()), server.cuts)
    list(fourmost.rows())
    assert isinstance(write(fourmost), Unknown)
    assert len(server.requests) == 2


@each_write
def test_half_a_body_leaves_a_write_unknown(server, fourmost, write):
    server.answers(server.halves(a_row(7), 201))
    assert isinstance(write(fourmost), Unknown)


@each_write
def test_silence_leaves_a_write_unknown(server, fourmost, write):
    server.answers(server.is_silent)
    assert write(fourmost).reason.endswith(f"no answer within {READ_S:g} s")
    assert len(server.requests) == 1


@each_write
@pytest.mark.parametrize("start", [b"HTTP/1.1 201 Created\r\n\r\n[", b"HTTP/1.1 201 Created\r\nX-Long: "])
def test_a_dripping_answer_ends_by_the_deadline(server, fourmost, write, start):
    server.answers(server.drips(start))
    outcome = write(fourmost)
    assert isinstance(outcome, Unknown)
    assert outcome.reason.endswith(f"no whole answer within {TOTAL_S:g} s")


@each_write
def test_a_connection_refused_means_that_nothing_was_sent(connect, write):
    connect("fourmost", host="http://127.0.0.1:9/QFSwi", password=TOKEN)
    assert isinstance(write(FourMostHook()), NotSent)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float64(1), np.int64(1), [1], b"x"])
def test_a_value_that_json_cannot_carry_is_named_and_nothing_is_sent(server, fourmost, value):
    server.answers(server.says([], 201))
    with pytest.raises(PayloadBroken, match="TiDES26aaa: mag is"):
        fourmost.create([a_payload("TiDES26aab"), a_payload(mag=value)])
    with pytest.raises(PayloadBroken, match="mag is"):
        fourmost.update(7, {"mag": value})
    assert server.requests == []


def test_a_name_twice_in_one_bulk_is_not_sent(server, fourmost):
    with pytest.raises(PayloadBroken, match="twice"):
        fourmost.create([a_payload(), a_payload()])
    assert server.requests == []


def test_an_update_sends_only_its_fields(server, fourmost):
    server.answers(server.says(a_row(7, is_active=False)))
    assert fourmost.update(7, {"is_active": False}) == Stored(a_row(7, is_active=False))
    [request] = server.requests
    assert (request.method, request.path) == ("PATCH", "/QFSwi/targetCat/transients/7/")
    assert json.loads(request.body) == {"is_active": False}


def test_an_update_that_answers_with_another_row_is_unknown(server, fourmost):
    server.answers(server.says(a_row(8)))
    assert isinstance(fourmost.update(7, {"is_active": False}), Unknown)


def test_a_delete_that_is_done_is_stored(server, fourmost):
    server.answers(server.sends(b"", 204))
    assert fourmost.delete(7) == Stored({})


def test_user_and_password_are_changed_for_a_token_once(server, connect):
    connect("fourmost", host=f"{server.url}/QFSwi", login="tides", password="secret")
    server.answers(server.says({"token": "fresh"}), server.says(a_row(7)))
    fourmost = FourMostHook()
    fourmost.get(7)
    fourmost.get(7)
    assert [request.path for request in server.requests] == [
        "/QFSwi/transients-token-auth/",
        "/QFSwi/targetCat/transients/7/",
        "/QFSwi/targetCat/transients/7/",
    ]
    assert server.requests[0].body == b"username=tides&password=secret"
    assert server.requests[2].headers["Authorization"] == "Token fresh"


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_ran_out_is_renewed_once(server, connect, status):
    connect("fourmost", host=f"{server.url}/QFSwi/", login="tides", password="secret")
    server.answers(
        server.says({"token": "old"}),
        server.says({"detail": "Invalid token."}, status),
        server.says({"token": "new"}),
        server.says([a_row(1)], 201),
    )
    assert FourMostHook().create([a_payload()]) == [Stored(a_row(1))]
    assert server.requests[3].headers["Authorization"] == "Token new"


READS = {
    "get": (lambda hook: hook.get(7), a_row(7)),
    "find": (lambda hook: hook.find("TiDES26aaa"), a_page(a_row(7))),
    "options": (lambda hook: hook.options(), {"actions": {}}),
}


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("verb", [*WRITES, *READS])
def test_each_verb_renews_a_token_that_ran_out_once_and_then_believes(server, connect, verb, status):
    connect("fourmost", host=f"{server.url}/QFSwi/", login="tides", password="secret")
    refusal = server.says({"detail": "Invalid token."}, status)
    renewed = [server.says({"token": "old"}), refusal, server.says({"token": "new"})]
    ask, row = READS.get(verb, (WRITES.get(verb), a_row(7)))
    good = {"create": server.says([row], 201), "delete": server.sends(b"", 204)}.get(verb, server.says(row))
    server.answers(*renewed, good)
    assert not isinstance(ask(FourMostHook()), Denied)
    server.answers(*renewed, refusal)
    hook = FourMostHook()
    if verb in WRITES:
        assert isinstance(ask(hook), Denied)
    else:
        with pytest.raises(AccessRefused):
            ask(hook)
    assert sum(request.path.endswith("auth/") for request in server.requests) == 4


@pytest.mark.parametrize("status", [401, 403])
def test_a_second_refusal_of_the_token_is_a_denial(server, connect, status):
    connect("fourmost", host=f"{server.url}/QFSwi/", login="tides", password="secret")
    refusal = server.says({"detail": "Invalid token."}, status)
    server.answers(server.says({"token": "old"}), refusal, server.says({"token": "new"}), refusal)
    assert isinstance(FourMostHook().update(7, {"is_active": True}), Denied)
    assert len(server.requests) == 4


def test_threads_share_one_token(server, connect):
    connect("fourmost", host=f"{server.url}/QFSwi/", login="tides", password="secret")
    server.answers(server.says({"token": "fresh"}), server.says(a_row(7)))
    fourmost = FourMostHook()
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _: fourmost.update(7, {"is_active": True}), range(8)))
    assert outcomes == [Stored(a_row(7))] * 8
    assert sum(request.path.endswith("auth/") for request in server.requests) == 1


def test_a_wrong_password_is_a_denial_of_a_write_and_refused_access_of_a_read(server, connect):
    connect("fourmost", host=f"{server.url}/QFSwi/", login="tides", password="secret")
    server.answers(server.says({"non_field_errors": ["Unable to log in with provided credentials."]}, 400))
    outcome = FourMostHook().update(7, {"is_active": True})
    assert isinstance(outcome, Denied)
    assert "secret" not in outcome.reason
    with pytest.raises(AccessRefused, match="fourmost"):
        FourMostHook().get(7)


@pytest.mark.parametrize("act", ["html", "cut", "no token"])
def test_a_write_that_gets_no_token_was_not_sent(server, connect, act):
    connect("fourmost", host=f"{server.url}/QFSwi/", login="tides", password="secret")
    acts = {"html": server.sends(b"<html>", 500), "cut": server.cuts, "no token": server.says(["no"])}
    server.answers(acts[act])
    assert isinstance(FourMostHook().update(7, {"is_active": True}), NotSent)


def test_user_and_password_can_be_sent_as_they_are(server, connect):
    connect("fourmost", host=f"{server.url}/QFSwi", login="tides", password="secret", extra='{"auth": "basic"}')
    server.answers(server.says(a_row(7)))
    FourMostHook().get(7)
    [request] = server.requests
    assert request.headers["Authorization"] == "Basic dGlkZXM6c2VjcmV0"


def test_a_row_that_does_not_exist_is_none(server, fourmost):
    server.answers(server.says({"detail": "Not found."}, 404))
    assert fourmost.get(7) is None


def test_a_page_of_html_is_no_missing_row(server, fourmost):
    server.answers(server.sends(b"<html>no such page</html>", 404))
    with pytest.raises(AnswerBroken):
        fourmost.get(7)


def test_another_row_is_not_taken_for_the_one_asked_for(server, fourmost):
    server.answers(server.says(a_row(8)))
    with pytest.raises(AnswerBroken):
        fourmost.get(7)


def test_an_ignored_filter_does_not_bring_strangers(server, fourmost):
    server.answers(server.says([a_row(3, "stranger"), a_row(2), a_row(5)]))
    assert fourmost.find("TiDES26aaa") == [a_row(2), a_row(5)]
    assert "name=TiDES26aaa" in server.requests[0].path


def test_a_list_is_paged_by_key_to_its_end(server, fourmost):
    elsewhere = "http://elsewhere.example/QFSwi/targetCat/transients/?offset=2"
    server.answers(server.says(a_page(a_row(3), a_row(8), following=elsewhere)), server.says(a_page(a_row(9))))
    assert [row["id"] for row in fourmost.rows(is_active=True, date_ingested__isnull=False)] == [3, 8, 9]
    first, second = (request.path for request in server.requests)
    assert first.endswith("?is_active=true&date_ingested__isnull=false&id__gt=0&limit=500")
    assert "&id__gt=8&" in second


def test_a_bare_list_is_the_whole_of_it(server, fourmost):
    server.answers(server.says([a_row(8), a_row(3)]))
    assert [row["id"] for row in fourmost.rows()] == [3, 8]
    assert len(server.requests) == 1


@pytest.mark.parametrize("keys", [(8, 3), (3, 3), ()])
def test_a_list_out_of_order_is_not_trusted(server, fourmost, keys):
    server.answers(server.says(a_page(*(a_row(key) for key in keys), following="more")))
    with pytest.raises(AnswerBroken, match="order"):
        list(fourmost.rows())


def test_a_page_that_ignores_where_to_go_on_is_not_asked_for_ever(server, fourmost):
    server.answers(server.says(a_page(a_row(3), following="more")))
    with pytest.raises(AnswerBroken, match="order"):
        list(fourmost.rows())
    assert len(server.requests) == 2


@pytest.mark.parametrize("said", [{"results": None}, [1], [{"id": 1}], {}, "x", None])
def test_a_list_of_something_else_is_a_broken_answer(server, fourmost, said):
    server.answers(server.says(said))
    with pytest.raises(AnswerBroken):
        list(fourmost.rows())


def test_a_nan_in_an_answer_is_a_broken_answer(server, fourmost):
    server.answers(server.sends(b'{"id": 7, "name": "TiDES26aaa", "mag": NaN}'))
    with pytest.raises(AnswerBroken):
        fourmost.get(7)


@pytest.mark.parametrize("shape", [lambda rows: rows, lambda rows: a_page(*rows)])
def test_candidate_visits_come_in_both_shapes_by_user_and_password(server, connect, shape):
    connect("fourmost", host=f"{server.url}/QFSwi", login="tides", password="secret")
    server.answers(server.says(shape([{"tile": 1}])))
    assert FourMostHook().visits() == [{"tile": 1}]
    [request] = server.requests
    assert request.path == "/QFSwi/targetCat/get-candidate-visits/"
    assert request.headers["Authorization"] == "Basic dGlkZXM6c2VjcmV0"


def test_a_first_page_of_candidate_visits_is_not_taken_for_all(server, connect):
    connect("fourmost", host=f"{server.url}/QFSwi", login="tides", password="secret")
    server.answers(server.says(a_page({"tile": 1}, following="more")))
    with pytest.raises(AnswerBroken, match="first page"):
        FourMostHook().visits()


def test_a_token_alone_does_not_open_the_candidate_visits(server, fourmost):
    with pytest.raises(LoginMissing, match="login"):
        fourmost.visits()
    assert server.requests == []


def test_the_present_columns_are_asked_for_by_options(server, fourmost):
    server.answers(server.says({"actions": {"POST": {}}}))
    assert fourmost.options() == {"actions": {"POST": {}}}
    assert server.requests[0].method == "OPTIONS"


def test_a_read_is_repeated_while_that_helps(server, fourmost):
    server.answers(server.sends(b"<html>", 502), server.cuts, server.says(a_row(7)))
    assert fourmost.get(7) == a_row(7)


@pytest.mark.parametrize(
    ("status", "headers", "error", "asked"),
    [
        (500, {}, ServiceAway, 3),
        (503, {"Retry_After": "900"}, ServiceAway, 1),
        (429, {"Retry_After": "0"}, ServiceAway, 3),
        (429, {}, QuotaSpent, 1),
        (401, {}, AccessRefused, 1),
        (403, {}, AccessRefused, 1),
        (400, {}, AnswerBroken, 1),
        (302, {}, AnswerBroken, 1),
    ],
)
def test_a_read_that_fails_raises_what_has_to_be_done(server, fourmost, status, headers, error, asked):
    server.answers(server.says({"detail": "no"}, status, **headers))
    with pytest.raises(error):
        fourmost.get(7)
    assert len(server.requests) == asked


def test_the_connection_is_tested_by_one_row(server, fourmost):
    server.answers(server.says(a_page(a_row(7), following="more")))
    assert fourmost.test_connection()[0]
    assert server.requests[0].path.endswith("?limit=1")


def test_the_connections_test_says_what_is_wrong(server, fourmost):
    server.answers(server.sends(b"<html>hello</html>"))
    good, said = fourmost.test_connection()
    assert not good
    assert said


@pytest.mark.parametrize("host", ["4most.example/QFSwi/", "", "ftp://4most.example/", "http://", "http://a:b/QFSwi"])
def test_a_host_that_is_no_web_address_is_refused(connect, host):
    connect("fourmost", host=host, password=TOKEN)
    with pytest.raises(SettingsError, match="fourmost"):
        FourMostHook().get(7)


def test_no_outcome_no_error_and_no_log_holds_a_secret(server, connect, caplog):
    caplog.set_level(logging.DEBUG)
    connect("fourmost", host=f"{server.url}/QFSwi/", login="tides", password="canary-password")
    fourmost = FourMostHook()
    server.answers(server.says({"token": TOKEN}), server.sends(b"<html>", 500))
    said = [repr(fourmost.update(7, {"is_active": True}))]
    echo = f"no: {TOKEN} of canary-password"
    acts = (server.cuts, server.says({"detail": echo}, 400), server.sends(echo.encode(), 500), server.is_silent)
    for act in acts:
        server.answers(act)
        outcome = fourmost.update(7, {"is_active": True})
        said += [repr(outcome), str(outcome.answer)]
    assert "no: *** of ***" in "".join(said)
    text = "".join(said) + caplog.text + repr(fourmost)
    assert TOKEN not in text
    assert "canary-password" not in text


ECHOES = {
    "as it is": str,
    "JSON within JSON": lambda secret: json.dumps(json.dumps(secret)),
    "an address": lambda secret: quote(secret, safe=""),
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "basic": lambda secret: base64.b64encode(f"tides:{secret}".encode()).decode(),
}
each_echo = pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES.keys())


@each_echo
@pytest.mark.parametrize("extra", [None, '{"auth": "basic"}'])
def test_no_form_of_password_or_token_survives_in_a_refusal(server, connect, echo, extra):
    password, token = 'canary/"7c2e" +ä', "canary=4f1d+9"
    connect("fourmost", host=f"{server.url}/QFSwi/", login="tides", password=password, extra=extra)
    said = {"detail": f"no {echo(password)}", "token": [echo(token)]}
    first = [] if extra else [server.says({"token": token})]
    server.answers(*first, server.says(said, 400))
    outcome = FourMostHook().update(7, {"is_active": True})
    assert isinstance(outcome, Refused)
    assert "***" in outcome.reason
    for text in (outcome.reason, json.dumps(outcome.answer), json.dumps(outcome.answer, ensure_ascii=False)):
        assert echo(password) not in text
        assert extra or echo(token) not in text
