"""Lasair's answers, good and bad, from a real HTTP server that answers as it is told."""

import base64
import json
import logging
from urllib.parse import quote

import pytest

from tests.unit.hooks.conftest import READ_S, TOTAL_S
from tides.brokers.source import UNKNOWN_OBJECT
from tides.errors import AccessRefused, AnswerBroken, QuotaSpent, ServiceAway, SettingsError
from tides.hooks.lasair import LasairHook

A, B, C = "ZTF20aaaaaaa", "ZTF20aaaaaab", "ZTF20aaaaaac"
TOKEN = "canary-4f1d"


def a_curve(object_id: str = A, points: int = 1) -> dict:
    return {"objectId": object_id, "candidates": [{"jd": 2460000.5 + n, "fid": 1} for n in range(points)]}


def an_lsst_object(object_id: int | str, points: int = 1) -> dict:
    return {"diaObjectId": object_id, "diaSourcesList": [{"midpointMjdTai": 61000.0}] * points}


@pytest.fixture
def lasair(server, connect) -> LasairHook:
    connect("lasair_api", host=f"{server.url}/api", password=TOKEN)
    return LasairHook()


def test_each_light_curve_keeps_the_bytes_that_were_sent(server, lasair):
    one = b'{ "objectId":"ZTF20aaaaaaa","candidates":[{"jd":2460000.50000, "magpsf":1.8e1}]}'
    two = b'{"objectId": "ZTF20aaaaaab", "candidates": [{"magpsf": 18.031299591064453}]}'
    server.answers(server.sends(b"[\n " + one + b" , " + two + b"]\n"))
    assert lasair.light_curves("ztf", [A, B]).raw == {A: one, B: two}


def test_a_nan_in_a_light_curve_is_let_through(server, lasair):
    raw = b'{"objectId":"ZTF20aaaaaaa","candidates":[{"magpsf":NaN}]}'
    server.answers(server.sends(b"[" + raw + b"]"))
    assert lasair.light_curves("ztf", [A]).raw == {A: raw}


def test_objects_are_asked_for_in_one_form_with_the_token_in_the_header(server, lasair):
    server.answers(server.says([a_curve(A), a_curve(B)]))
    lasair.light_curves("ztf", [A, B])
    [request] = server.requests
    assert (request.method, request.path, request.body) == (
        "POST",
        "/api/lightcurves/",
        f"objectIds={A}%2C{B}".encode(),
    )
    assert request.headers["Authorization"] == f"Token {TOKEN}"


def test_light_curves_in_another_order_are_matched_by_their_id(server, lasair):
    server.answers(server.says([a_curve(B), a_curve(A)]))
    fetched = lasair.light_curves("ztf", [A, B])
    assert {key: json.loads(raw)["objectId"] for key, raw in fetched.raw.items()} == {A: A, B: B}


def test_a_light_curve_that_is_lacking_is_a_problem_of_its_object_alone(server, lasair):
    server.answers(server.says([a_curve(A), a_curve(C)]))
    fetched = lasair.light_curves("ztf", [A, B])
    assert set(fetched.raw) == {A}
    assert fetched.problems == {B: "Lasair's answer lacks this object"}


def test_an_error_for_one_object_leaves_the_others_alone(server, lasair):
    server.answers(server.says([a_curve(A), {"error": "no such\nthing"}, a_curve(C)]))
    fetched = lasair.light_curves("ztf", [A, B, C])
    assert set(fetched.raw) == {A, C}
    assert fetched.problems == {B: "Lasair answered an error for this object: no such thing"}


def test_an_unknown_object_is_no_light_curve(server, lasair):
    server.answers(server.says([a_curve(A, points=0)]))
    assert lasair.light_curves("ztf", [A]).problems == {A: UNKNOWN_OBJECT}


def test_an_object_that_comes_twice_is_not_trusted(server, lasair):
    server.answers(server.says([a_curve(A), a_curve(A, points=2), a_curve(B)]))
    fetched = lasair.light_curves("ztf", [A, B])
    assert set(fetched.raw) == {B}
    assert "twice" in fetched.problems[A]


def test_a_light_curve_without_candidates_is_a_problem(server, lasair):
    server.answers(server.says([{"objectId": A}, a_curve(B)]))
    assert "no candidates" in lasair.light_curves("ztf", [A, B]).problems[A]


@pytest.mark.parametrize(
    "body",
    [
        b"<html>proxy</html>",
        b'[{"objectId":"ZTF20aaaaaaa","candidates":[]',
        b'[{"objectId":"ZTF20aaaaaaa"} {"objectId":"ZTF20aaaaaab"}]',
        b"",
        b"null",
        b'{"error":"database down"}',
        b'[{"objectId":"ZTF20zzzzzzz","candidates":[]}]',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_a_200_that_is_no_list_of_what_was_asked_is_a_broken_answer(server, lasair, body):
    server.answers(server.sends(body))
    with pytest.raises(AnswerBroken):
        lasair.light_curves("ztf", [A])
    assert len(server.requests) == 3


def test_a_broken_answer_is_asked_for_again(server, lasair):
    server.answers(server.sends(b"<html>"), server.says([a_curve(A)]))
    assert set(lasair.light_curves("ztf", [A]).raw) == {A}


def test_each_repeated_attempt_is_announced_before_it_is_made(server, lasair):
    made: list[int] = []
    server.answers(server.sends(b"<html>", 503))
    with pytest.raises(ServiceAway):
        lasair.light_curves("ztf", [A], again=lambda: made.append(len(server.requests)))
    assert made == [1, 2]


def test_a_repeat_that_the_ledger_refuses_is_not_made(server, lasair):
    def spent() -> None:
        raise QuotaSpent("spent")

    server.answers(server.sends(b"<html>", 503))
    with pytest.raises(QuotaSpent):
        lasair.light_curves("ztf", [A], again=spent)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_error_in_html_is_a_service_away(server, lasair, status):
    server.answers(server.sends(b"<html>oops</html>", status))
    with pytest.raises(ServiceAway, match=str(status)):
        lasair.light_curves("ztf", [A])
    assert len(server.requests) == 3


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_is_not_tried_again(server, lasair, status):
    server.answers(server.says({"detail": "Invalid token."}, status))
    with pytest.raises(AccessRefused, match="lasair_api"):
        lasair.light_curves("ztf", [A])
    assert len(server.requests) == 1


def test_a_429_that_asks_for_a_short_wait_is_waited_for(server, lasair):
    server.answers(server.says({}, 429, Retry_After="0"), server.says([a_curve(A)]))
    assert set(lasair.light_curves("ztf", [A]).raw) == {A}


def test_a_429_that_asks_for_a_long_wait_is_spent_quota_at_once(server, lasair):
    server.answers(server.says({"message": "Request limit exceeded."}, 429, Retry_After="1800"))
    with pytest.raises(QuotaSpent) as caught:
        lasair.light_curves("ztf", [A])
    assert caught.value.retry_after_s == 1800
    assert len(server.requests) == 1


def test_a_429_without_a_word_about_waiting_is_spent_quota(server, lasair):
    server.answers(server.says({"message": "Request limit exceeded."}, 429))
    with pytest.raises(QuotaSpent):
        lasair.light_curves("ztf", [A])
    assert len(server.requests) == 1


def test_a_redirect_is_never_followed(server, lasair):
    server.answers(server.sends(b"", 302, Location=f"{server.url}/elsewhere"))
    with pytest.raises(AnswerBroken, match="redirect"):
        lasair.light_curves("ztf", [A])
    assert {request.path for request in server.requests} == {"/api/lightcurves/"}


def test_a_cut_connection_is_a_service_away(server, lasair):
    server.answers(server.cuts)
    with pytest.raises(ServiceAway, match="cut"):
        lasair.light_curves("ztf", [A])


def test_half_a_body_is_a_service_away(server, lasair):
    server.answers(server.halves([a_curve(A, points=50)]))
    with pytest.raises(ServiceAway, match="cut"):
        lasair.light_curves("ztf", [A])


def test_silence_ends_by_the_time_out_of_a_read(server, lasair):
    server.answers(server.is_silent)
    with pytest.raises(ServiceAway, match=f"no answer within {READ_S:g} s"):
        lasair.light_curves("ztf", [A])


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\n\r\n[", b"HTTP/1.1 200 OK\r\nX-Long: "])
def test_a_dripping_answer_ends_by_the_deadline(server, lasair, start):
    server.answers(server.drips(start))
    with pytest.raises(ServiceAway, match=f"no whole answer within {TOTAL_S:g} s"):
        lasair.light_curves("ztf", [A])


def test_a_service_that_is_down_is_away(connect):
    connect("lasair_api", host="http://127.0.0.1:9/api", password=TOKEN)
    with pytest.raises(ServiceAway, match=r"the port of 127\.0\.0\.1:9 is closed"):
        LasairHook().light_curves("ztf", [A])


def test_all_calls_go_over_one_connection(server, lasair):
    server.answers(server.says([a_curve(A)]))
    for _ in range(3):
        lasair.light_curves("ztf", [A])
    assert (len(server.requests), server.connections) == (3, 1)


@pytest.mark.parametrize("object_id", [170028500625391725, "170028500625391725"])
def test_an_lsst_object_comes_as_it_was_sent_whatever_form_its_id_has(server, lasair, object_id):
    raw = json.dumps(an_lsst_object(object_id)).encode()
    server.answers(server.sends(raw))
    assert lasair.object("lsst", "170028500625391725") == raw


def test_a_ztf_object_can_be_asked_for_alone(server, lasair):
    server.answers(server.says(a_curve(A)))
    assert json.loads(lasair.object("ztf", A) or b"") == a_curve(A)
    assert server.requests[0].path == "/api/object/"


@pytest.mark.parametrize(
    ("status", "answer"),
    [(404, {"detail": "Not found."}), (400, {"error": "no such object"}), (200, an_lsst_object(1, points=0))],
)
def test_an_object_that_lasair_does_not_know_is_none(server, lasair, status, answer):
    server.answers(server.says(answer, status))
    assert lasair.object("lsst", "1") is None
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"<html>no such page</html>"),
        (400, b'{"lite": ["Must be a valid boolean."]}'),
        (200, b'{"diaObjectId": 2, "diaSourcesList": []}'),
        (200, b'{"error": "timeout"}'),
        (200, b'{"diaObjectId": 1}'),
        (200, b"[]"),
        (200, b'{"diaObjectId": 1, "diaSour'),
    ],
)
def test_an_answer_about_something_else_is_not_an_unknown_object(server, lasair, status, body):
    server.answers(server.sends(body, status))
    with pytest.raises(AnswerBroken):
        lasair.object("lsst", "1")


def test_a_survey_has_its_own_address_and_token(server, connect):
    connect(
        "lasair_api",
        host="http://127.0.0.1:9/api",
        password=TOKEN,
        extra=json.dumps({"lsst": f"{server.url}/lsst", "lsst_token": "other"}),
    )
    lasair = LasairHook()
    server.answers(server.says(an_lsst_object(1)))
    lasair.object("lsst", "1")
    assert server.requests[0].path == "/lsst/object/"
    assert server.requests[0].headers["Authorization"] == "Token other"
    assert lasair.token_digest("lsst") != lasair.token_digest("ztf")


def test_lasairs_own_client_goes_over_the_same_connection(server, lasair):
    client = lasair.get_conn("lsst")
    server.answers(server.says([a_curve(A)]), server.says(an_lsst_object(1)))
    lasair.light_curves("ztf", [A])
    assert client.object(1) == an_lsst_object(1)
    assert server.requests[1].body == b"objectId=1&lite=True&lasair_added=True"
    assert server.connections == 1


def test_lasairs_own_client_raises_typed_errors(server, lasair):
    server.answers(server.sends(b"<html>", 500))
    with pytest.raises(ServiceAway):
        lasair.get_conn("lsst").query("objectId", "objects", "")


def test_the_environment_does_not_replace_our_authorisation(server, lasair, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    server.answers(server.says([a_curve(A)]))
    lasair.light_curves("ztf", [A])
    assert server.requests[0].headers["Authorization"] == f"Token {TOKEN}"


def test_a_cookie_is_not_kept(server, lasair):
    server.answers(server.says([a_curve(A)], Set_Cookie="sessionid=1"))
    lasair.light_curves("ztf", [A])
    lasair.light_curves("ztf", [A])
    assert "Cookie" not in server.requests[1].headers


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"host": "lasair.example", "password": TOKEN}, "host"),
        ({"host": "https://lasair.example/api"}, "missing"),
        ({"host": "https://lasair.example/api", "password": f"{TOKEN}\n"}, "line end"),
    ],
)
def test_a_connection_that_cannot_work_is_refused_without_its_token(connect, fields, reason):
    connect("lasair_api", **fields)
    with pytest.raises(SettingsError, match=reason) as caught:
        LasairHook().light_curves("ztf", [A])
    assert "lasair_api" in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_no_error_and_no_log_holds_the_token(server, lasair, caplog):
    caplog.set_level(logging.DEBUG)
    acts = [server.sends(b"<html>", 500), server.cuts, server.says({}, 401), server.says({}, 429), server.sends(b"")]
    for act in acts:
        server.answers(act)
        with pytest.raises(Exception) as caught:  # noqa: PT011  whatever it is
            lasair.light_curves("ztf", [A])
        assert TOKEN not in f"{caught.value!r}{caught.value.__cause__!r}{caught.value.__context__!r}"
    assert TOKEN not in caplog.text + repr(lasair) + repr(lasair.get_conn("ztf"))


def test_the_connection_is_tested_by_one_call(server, lasair):
    server.answers(server.says({"error": "no such object"}, 400))
    assert lasair.test_connection("lsst")[0]
    assert len(server.requests) == 1


def test_the_connections_test_says_what_is_wrong(server, lasair):
    server.answers(server.says({"detail": "Invalid token."}, 401))
    good, said = lasair.test_connection("ztf")
    assert not good
    assert "lasair_api" in said


QUESTION = ("ztf", "objects.objectId", "objects", "objects.ncandgp > 3", 10)


def test_a_query_is_one_form_with_its_four_parts(server, lasair):
    server.answers(server.says([{"objectId": A}]))
    assert lasair.query(*QUESTION) == [{"objectId": A}]
    [request] = server.requests
    assert (request.method, request.path) == ("POST", "/api/query/")
    form = b"selected=objects.objectId&tables=objects&conditions=objects.ncandgp+%3E+3&limit=10"
    assert request.body == form


def test_a_nan_in_a_row_is_none(server, lasair):
    server.answers(server.sends(b'[{"objectId": "ZTF20aaaaaaa", "gmag": NaN}]'))
    assert lasair.query(*QUESTION) == [{"objectId": A, "gmag": None}]


@pytest.mark.parametrize("status", [200, 400])
def test_why_a_query_failed_is_said_without_the_query_itself(server, lasair, status):
    words = f"Your query:<br/><b>SELECT {'x' * 500}</b><br/>returned the error<br/><i>Unknown column x</i>"
    server.answers(server.says({"error": words}, status))
    with pytest.raises(AnswerBroken, match=r"could not run the query: Unknown column x$"):
        lasair.query(*QUESTION)


@pytest.mark.parametrize("content", [{"rows": []}, [1, 2], "nothing"])
def test_what_is_no_list_of_rows_is_a_broken_answer(server, lasair, content):
    server.answers(server.says(content))
    with pytest.raises(AnswerBroken, match="no list of rows"):
        lasair.query(*QUESTION)


def test_a_parameter_that_lasair_refuses_is_named(server, lasair):
    server.answers(server.says({"conditions": ["Ensure this field has no more than 4096 characters."]}, 400))
    with pytest.raises(AnswerBroken, match="no more than 4096 characters"):
        lasair.query(*QUESTION)


def test_each_repeat_of_a_query_is_announced(server, lasair):
    server.answers(server.says({}, 500), server.halves([{"objectId": A}]), server.says([]))
    repeats: list[int] = []
    assert lasair.query(*QUESTION, again=lambda: repeats.append(1)) == []
    assert len(repeats) == 2


ECHOES = {
    "as it is": str,
    "JSON within JSON": lambda secret: json.dumps(json.dumps(secret)),
    "an address": lambda secret: quote(secret, safe=""),
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "basic": lambda secret: base64.b64encode(f"tides:{secret}".encode()).decode(),
}


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES.keys())
def test_no_form_of_a_token_survives_in_lasairs_words(server, connect, echo):
    token, other = "canary/+7c2e==", "canary/+4f1d=="
    connect("lasair_api", host=f"{server.url}/api", password=token, extra=json.dumps({"lsst_token": other}))
    lasair, words = LasairHook(), f"no {echo(token)}, no {echo(other)}"
    server.answers(server.says([{"error": words}, a_curve(B)]))
    said = [lasair.light_curves("ztf", [A, B]).problems[A]]
    for survey in ("ztf", "lsst"):
        for status in (200, 400):
            server.answers(server.says({"error": f"returned the error {words}"}, status))
            for ask in (lasair.query, lasair.annotate):
                with pytest.raises(AnswerBroken) as caught:
                    ask(
                        survey,
                        *(("o", "t", "c", 1) if ask == lasair.query else ("1", {"topic": "t", "classification": "c"})),
                    )
                said.append(str(caught.value))
    assert len(said) == 9
    for text in said:
        assert "***" in text
        assert echo(token) not in text
        assert echo(other) not in text
        assert "7c2e" not in text
        assert "4f1d" not in text


def test_lasairs_words_are_on_one_line_and_short(server, lasair):
    server.answers(server.says([{"error": "no\n\x1b[2J\u202e" + "x" * 1000}, a_curve(B)]))
    (said,) = lasair.light_curves("ztf", [A, B]).problems.values()
    assert said.isprintable()
    assert len(said) < 300
