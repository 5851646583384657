"""Connections to HTTP services: what is honoured, what is refused by name, and what is told of a call that fails."""

import base64
import json
import logging
import socket

import pytest
import trustme

from tides.errors import AnswerBroken, SettingsError
from tides.foreign import Secrets
from tides.fourmost.outcomes import NotSent, Unknown
from tides.hooks import http
from tides.hooks.fourmost import FourMostHook
from tides.hooks.http import CallFailed
from tides.hooks.lasair import LasairHook
from tides.hooks.way import Way
from tides.hooks.wire import Trouble

TOKEN = "canary-4f1d"
LOGIN = {"fourmost": {"login": "tides", "password": TOKEN}, "lasair_api": {"password": TOKEN}}
HOOKS = {"fourmost": FourMostHook, "lasair_api": LasairHook}
each_service = pytest.mark.parametrize("conn_id", HOOKS)


@pytest.fixture
def tell(connect):
    """What a service's own test says of a connection with these fields."""

    def told(conn_id: str, **fields: object) -> tuple[bool, str]:
        fields = {"host": "https://127.0.0.1:9/api", **LOGIN[conn_id], **fields}
        if isinstance(fields.get("extra"), dict):
            fields["extra"] = json.dumps(fields["extra"])
        connect(conn_id, **fields)
        return HOOKS[conn_id]().test_connection()

    return told


REFUSED = {
    "port": ({"port": 8443}, "the field port is not used here; write the port into the host"),
    "schema": ({"schema": "https"}, "the field schema is not used here"),
    "unknown": ({"extra": {"ca_fiel": "/ca.pem"}}, "ca_fiel in the extra is unknown; it may have "),
    "verify": ({"extra": {"verify": False}}, "verify in the extra is unknown"),
    "no JSON": ({"extra": "ca_file=/ca.pem"}, "the extra is no JSON object"),
    "a list": ({"extra": "[1]"}, "the extra is no JSON object"),
    "no text": ({"extra": {"ca_file": 1}}, "ca_file in the extra must be a text"),
    "no truth": ({"extra": {"allow_http": "true"}}, "allow_http in the extra must be true or false"),
    "relative": ({"extra": {"ca_file": "ca.pem"}}, "ca_file must be the absolute path of a file"),
    "no file": ({"extra": {"ca_file": "/no/such.pem"}}, "ca_file /no/such.pem cannot be read"),
    "a folder": ({"extra": {"client_cert": "/"}}, "client_cert / cannot be read"),
    "no certificate": ({"extra": {"ca_file": __file__}}, "holds no certificate in PEM form"),
    "no key": ({"extra": {"client_cert": __file__}}, "client_cert and client_key are no certificate and key that fit"),
    "key alone": ({"extra": {"client_key": __file__}}, "client_key is set without client_cert"),
    "SOCKS": ({"extra": {"proxy": "socks5://proxy:1080"}}, "proxy must be an address like http://server:3128"),
    "proxy's path": ({"extra": {"proxy": "http://proxy:3128/path"}}, "proxy must be an address"),
    "proxy's port": ({"extra": {"proxy": "http://proxy:x"}}, "proxy must be an address"),
}


@pytest.mark.parametrize("case", REFUSED)
@each_service
def test_what_cannot_be_honoured_is_refused_by_its_name(tell, connect, conn_id, case):
    fields, words = REFUSED[case]
    works, said = tell(conn_id, **fields)
    assert (works, said[: len(conn_id) + 12]) == (False, f"connection {conn_id}:")
    assert words in said


@pytest.mark.parametrize(
    ("conn_id", "fields", "words"),
    [
        ("lasair_api", {"login": "tides"}, "the field login is not used here"),
        ("lasair_api", {"extra": {"lsst_tokn": TOKEN}}, "lsst_tokn in the extra is unknown"),
        ("lasair_api", {"extra": {"auth": "basic"}}, "auth in the extra is unknown"),
        ("fourmost", {"extra": {"auth": "digest"}}, "auth in the extra may only be basic"),
        ("fourmost", {"login": None, "extra": {"auth": "basic"}}, "basic authorisation needs a login"),
        ("fourmost", {"extra": {"ztf": "https://4most.example/"}}, "ztf in the extra is unknown"),
    ],
)
def test_what_a_service_does_not_have_is_refused(tell, conn_id, fields, words):
    works, said = tell(conn_id, **fields)
    assert not works
    assert words in said
    assert TOKEN not in said


@each_service
def test_a_wrong_connection_fails_a_task_at_once(connect, conn_id):
    connect(conn_id, host="https://127.0.0.1:9/api", **LOGIN[conn_id], extra='{"ca_fiel": "/ca.pem"}')
    ask = {"fourmost": lambda: FourMostHook().update(7, {}), "lasair_api": lambda: LasairHook().token_digest("ztf")}
    with pytest.raises(SettingsError, match="ca_fiel"):
        ask[conn_id]()


@each_service
def test_what_is_empty_is_not_set(server, connect, conn_id):
    empty = dict.fromkeys(("ca_file", "client_cert", "client_key", "proxy"), "") | {"allow_http": None}
    connect(conn_id, host=f"{server.url}/api", port=None, schema="", **LOGIN[conn_id], extra=json.dumps(empty))
    server.answers(server.says({"token": "x"}), server.says([]))
    assert HOOKS[conn_id]().test_connection()[0]


@pytest.fixture
def certificates(tmp_path):
    """A certificate, its key, and a key that needs a password."""
    made = trustme.CA().issue_cert("tides.example")
    made.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    made.private_key_pem.write_to_path(tmp_path / "key.pem")
    from cryptography.hazmat.primitives import serialization as form

    key = form.load_pem_private_key(made.private_key_pem.bytes(), None)
    locked = form.BestAvailableEncryption(b"canary")
    text = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, locked)
    (tmp_path / "locked.pem").write_bytes(text)
    return {name: str(tmp_path / f"{name}.pem") for name in ("cert", "key", "locked")}


def test_a_key_may_stand_in_a_file_of_its_own_but_needs_no_password(tell, certificates):
    extra = {"client_cert": certificates["cert"], "client_key": certificates["key"]}
    works, said = tell("lasair_api", extra=extra)
    assert (works, "the port of 127.0.0.1:9 is closed" in said) == (False, True)
    extra["client_key"] = certificates["locked"]
    assert tell("lasair_api", extra=extra)[1].endswith("client_cert needs a password; give a file without one")


PLAIN = "would send our secrets unencrypted"


@each_service
def test_http_beyond_this_machine_is_refused_before_anything_is_sent(tell, monkeypatch, conn_id):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("a name was asked for"))
    works, said = tell(conn_id, host="http://service.example/api")
    assert not works
    assert f"http://service.example {PLAIN}" in said
    # A proxy elsewhere would read what is sent, and its own machine would be "localhost".
    works, said = tell(conn_id, host="http://127.0.0.1:9/api", extra={"proxy": "http://proxy.example:3128"})
    assert not works
    assert PLAIN in said


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "localhost", "[::1]", "LOCALHOST."])
def test_http_within_this_machine_needs_no_word(host):
    base = f"http://{host}:9/"
    assert Way("x").base(base) == base
    assert Way("x").described(base) == "not encrypted: http:// within this machine"


@pytest.mark.parametrize("host", ["127.0.0.1.example", "localhost.example", "10.0.0.1", "[::2]", "0.0.0.0", "127.1"])
def test_a_host_that_looks_like_this_machine_is_none(host):
    with pytest.raises(SettingsError, match=PLAIN):
        Way("x").base(f"http://{host}:9/")


@each_service
def test_http_is_allowed_where_the_connection_says_so(tell, conn_id):
    works, said = tell(conn_id, host="http://service.invalid/api", extra={"allow_http": True})
    assert not works
    assert "the name of service.invalid does not resolve" in said
    assert Way("x", allow_http=True).described("http://service.invalid/") == "NOT ENCRYPTED: http://, by allow_http"


def test_the_doctor_says_by_whom_and_through_what_without_a_password():
    way = Way("x", "/ca.pem", "/our.pem", None, "http://site:canary-7c2e@proxy.example:3128")
    assert way.described("https://service.example/") == (
        "encrypted, certificate verified by the authorities in /ca.pem, with our certificate /our.pem, through the"
        " proxy http://proxy.example:3128, the proxy's own password is NOT ENCRYPTED"
    )
    assert Way("x").described("https://a.example/") == "encrypted, certificate verified by the public authorities"
    assert "canary" not in repr(way) + str(way)


def test_a_proxys_password_is_a_secret_in_whatever_form():
    secrets = Secrets.of(None, None, {"proxy": "http://site:canary%2F%2B7c2e@proxy.example:3128"})
    alone = base64.b64encode(b"canary/+7c2e").decode()
    assert (
        secrets.quoted(f"canary%2F%2B7c2e canary/+7c2e {alone} site@proxy.example") == "*** *** *** site@proxy.example"
    )
    assert "***" in secrets.quoted(base64.b64encode(b"site:canary/+7c2e").decode())


@pytest.fixture
def fourmost(server, connect) -> FourMostHook:
    connect("fourmost", host=f"{server.url}/QFSwi/", password=TOKEN)
    return FourMostHook()


def test_a_redirect_says_whether_it_leads_to_another_server(server, fourmost):
    server.answers(server.sends(b"", 302, Location="https://login.example/sso?state=1"))
    with pytest.raises(AnswerBroken) as caught:
        fourmost.get(7)
    words = "a redirect to https://login.example/sso, another server, which is not followed"
    assert words in str(caught.value)
    outcome = fourmost.update(7, {"is_active": True})
    assert isinstance(outcome, Unknown)
    assert words in outcome.reason
    server.answers(server.sends(b"", 301, Location="/QFSwi/there/"))
    with pytest.raises(AnswerBroken, match=rf"a redirect to {server.url}/QFSwi/there/, which is not followed"):
        fourmost.get(7)


@pytest.mark.parametrize("location", ["http://[", "", f"https://x.example/{TOKEN}"])
def test_no_redirect_makes_trouble_or_repeats_a_secret(server, fourmost, location):
    server.answers(server.sends(b"", 307, Location=location))
    with pytest.raises(AnswerBroken, match="a redirect") as caught:
        fourmost.get(7)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("status", [200, 302])
def test_an_answer_over_the_limit_is_told_as_such_and_not_asked_for_again(server, fourmost, monkeypatch, status):
    monkeypatch.setattr(http, "MAX_ANSWER_BYTES", 1000)
    server.answers(server.says(["x" * 1000], status, Location="/elsewhere"))
    with pytest.raises(CallFailed, match="larger than 1000 bytes") as caught:
        fourmost.get(7)
    assert (caught.value.why, len(server.requests)) == (Trouble.TOO_LARGE, 1)


@pytest.mark.parametrize(
    ("status", "why", "asked"),
    [(403, Trouble.PROXY_REFUSES, 1), (407, Trouble.PROXY_REFUSES, 1), (502, Trouble.PROXY_FAILS, 3)],
)
def test_a_proxy_says_in_its_own_words_why_it_does_not_lead_on(server, connect, status, why, asked, caplog):
    caplog.set_level(logging.DEBUG)
    proxy = server.url.replace("://", "://site:canary-7c2e@")
    connect("fourmost", host="https://service.example/QFSwi/", password=TOKEN, extra=json.dumps({"proxy": proxy}))

    def refuses(handler) -> None:
        handler.send_response(status, "not for canary-7c2e")
        handler.end_headers()
        handler.close_connection = True

    server.answers(refuses)
    with pytest.raises(CallFailed, match=rf"the proxy {server.url} .*\({status} not for \*\*\*\)") as caught:
        FourMostHook().get(7)
    assert (caught.value.why, caught.value.sent, len(server.requests)) == (why, False, asked)
    assert (server.requests[0].method, server.requests[0].path) == ("CONNECT", "service.example:443")
    assert "Authorization" not in server.requests[0].headers
    assert isinstance(FourMostHook().update(7, {"is_active": True}), NotSent)
    assert "canary" not in caplog.text + repr(caught.value)


def test_a_proxys_password_may_have_any_characters(server, connect):
    proxy = server.url.replace("://", "://site:%C3%A4%2F%40%20%E2%82%AC@")
    connect("fourmost", host=f"{server.url}/QFSwi/", password=TOKEN, extra=json.dumps({"proxy": proxy}))
    server.answers(server.says({"count": 0, "next": None, "results": []}))
    assert FourMostHook().test_connection()[0]
    assert server.requests[0].headers["Proxy-Authorization"] == "Basic c2l0ZTrDpC9AIOKCrA=="
