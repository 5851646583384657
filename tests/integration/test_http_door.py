"""The one door to Lasair and 4MOST: real TLS with a private authority, and a real forward proxy."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from sandbox.services.fronts import ForwardProxy, Front
from sandbox.services.leash import patient
from sandbox.services.service import free_port
from tests.integration.test_fourmost_hook import USER, a_payload
from tests.integration.test_lasair_hook import TOKEN
from tides.fourmost.outcomes import NotSent, Stored
from tides.hooks.fourmost import FourMostHook
from tides.hooks.http import CallFailed
from tides.hooks.lasair import LasairHook
from tides.hooks.wire import Trouble

LIMITS = {"connect_timeout_s": patient(2), "read_timeout_s": patient(4), "total_timeout_s": patient(6)}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
LOGIN = "site:canary-proxy+7c2e"


@dataclass
class Site:
    """A site with an authority of its own, TLS fronts before the stand-ins, and a proxy that demands a login."""

    ca_file: str
    ours: str
    strange: str
    front: Front
    expired: Front
    elsewhere: Front
    strict: Front
    proxy: ForwardProxy
    tls_proxy: Front


@pytest.fixture(scope="module")
def site(running_standins, tmp_path_factory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    authority = trustme.CA()

    def pem(name: str, made: trustme.LeafCert) -> Path:
        made.private_key_and_cert_chain_pem.write_to_path(folder / name)
        return folder / name

    authority.cert_pem.write_to_path(folder / "ca.pem")
    good, ca, behind = pem("good.pem", authority.issue_cert("127.0.0.1")), folder / "ca.pem", running_standins.port
    over = authority.issue_cert("127.0.0.1", not_before=LONG_AGO, not_after=LONG_AGO + timedelta(days=1))
    proxy = ForwardProxy(folder, LOGIN)
    made = Site(
        ca_file=str(ca),
        ours=str(pem("ours.pem", authority.issue_cert("tides.example"))),
        strange=str(pem("strange.pem", trustme.CA().issue_cert("tides.example"))),
        front=Front(folder, behind, good),
        expired=Front(folder, behind, pem("over.pem", over)),
        elsewhere=Front(folder, behind, pem("elsewhere.pem", authority.issue_cert("elsewhere.example"))),
        strict=Front(folder, behind, good, authorities=ca),
        proxy=proxy,
        tls_proxy=Front(folder, proxy.port, good),
    )
    services = [made.front, made.expired, made.elsewhere, made.strict, made.proxy, made.tls_proxy]
    with ThreadPoolExecutor() as pool:
        try:
            list(pool.map(lambda one: one.start(), services))
            yield made
        finally:
            list(pool.map(lambda one: one.stop(), services))


Connect = Callable[..., FourMostHook | LasairHook]


@pytest.fixture
def fourmost(standins, monkeypatch, tmp_path) -> Connect:
    return connecting(monkeypatch, tmp_path, "fourmost", "QFSwi/", FourMostHook, USER)


@pytest.fixture
def lasair(standins, monkeypatch, tmp_path) -> Connect:
    return connecting(monkeypatch, tmp_path, "lasair_api", "api", LasairHook, {"password": TOKEN})


@pytest.fixture(params=["fourmost", "lasair"])
def either(request) -> Connect:
    """One of the two services: makes its hook for an address and an extra."""
    return request.getfixturevalue(request.param)


def connecting(monkeypatch, tmp_path, conn_id: str, path: str, hook: type, login: dict[str, str]) -> Connect:
    settings = tmp_path / "settings.yaml"
    settings.write_text(json.dumps({"lasair": LIMITS, "fourmost": {**LIMITS, "read_attempts": 1}}), encoding="utf-8")
    monkeypatch.setenv("TIDES_SETTINGS", str(settings))

    def connect(url: str, **extra: object) -> FourMostHook | LasairHook:
        fields = {"conn_type": "http", "host": f"{url}/{path}", **login, "extra": extra}
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(fields))
        return hook()

    return connect


def told(hook: FourMostHook | LasairHook) -> str:
    """What the doctor says of a service that does not answer."""
    works, said = hook.test_connection()
    assert not works
    return said


def test_a_private_authority_is_trusted_by_its_file(either, site):
    works, said = either(site.front.url, ca_file=site.ca_file).test_connection()
    assert works
    assert said.endswith(f"; encrypted, certificate verified by the authorities in {site.ca_file}")


@pytest.mark.parametrize(
    ("front", "trusted", "words"),
    [
        ("front", False, "127.0.0.1:{port} is not trusted (unable to get local issuer certificate)"),
        ("expired", True, "127.0.0.1:{port} has expired"),
        ("elsewhere", True, "127.0.0.1:{port} is for another name (IP address mismatch"),
    ],
)
def test_a_wrong_certificate_is_told_as_what_it_is(either, standins, site, front, trusted, words):
    chosen = getattr(site, front)
    said = told(either(chosen.url, **({"ca_file": site.ca_file} if trusted else {})))
    assert f"the certificate of {words.format(port=chosen.port)}" in said
    assert standins.control("calls")["counts"] == []


def test_a_server_that_demands_a_certificate_gets_ours(either, site):
    works, said = either(site.strict.url, ca_file=site.ca_file, client_cert=site.ours).test_connection()
    assert works
    assert f"with our certificate {site.ours}" in said


@pytest.mark.parametrize("shown", ["strange", None])
def test_a_server_that_does_not_know_our_certificate_is_told_as_such(either, standins, site, shown):
    extra = {"client_cert": getattr(site, shown)} if shown else {}
    assert "demands a certificate of ours" in told(either(site.strict.url, ca_file=site.ca_file, **extra))
    assert standins.control("calls")["counts"] == []


def test_a_port_that_speaks_no_tls_is_told_as_such(either, standins):
    assert "no TLS with 127.0.0.1" in told(either(standins.url.replace("http:", "https:")))


def test_rows_are_written_through_front_and_proxy_under_our_name(fourmost, standins, site):
    hook = fourmost(site.front.url, ca_file=site.ca_file, proxy=site.proxy.url)
    [stored] = hook.create([a_payload()])
    assert isinstance(stored, Stored)
    assert [row["name"] for row in standins.control("targets")] == ["TiDES26aaa"]


def test_the_doctor_names_the_proxy_without_its_password(either, site):
    works, said = either(site.front.url, ca_file=site.ca_file, proxy=site.proxy.url).test_connection()
    assert works
    assert said.endswith(f", through the proxy http://127.0.0.1:{site.proxy.port}")


def test_a_proxy_may_speak_tls_itself(either, site):
    proxy = site.tls_proxy.url.replace("://", f"://{LOGIN}@")
    works, said = either(site.front.url, ca_file=site.ca_file, proxy=proxy).test_connection()
    assert works, said


def test_lasairs_own_client_goes_through_the_same_door(lasair, site):
    right, wrong = site.proxy.url, f"http://127.0.0.1:{free_port()}"
    client = lasair(site.front.url, ca_file=site.ca_file, proxy=right).get_conn("ztf")
    assert len(client.query("objects.objectId", "objects", "true", limit=1)) == 1
    client = lasair(site.front.url, ca_file=site.ca_file, proxy=wrong).get_conn("ztf")
    with pytest.raises(CallFailed) as caught:
        client.cone(1.0, 2.0)
    assert caught.value.why is Trouble.PORT_CLOSED


@pytest.mark.parametrize("login", ["", "site:canary-wrong-4f1d@"])
def test_a_proxy_that_refuses_our_login_is_told_as_such_and_nothing_was_sent(
    fourmost, lasair, standins, site, login, caplog
):
    proxy = f"http://{login}127.0.0.1:{site.proxy.port}"
    extra = {"ca_file": site.ca_file, "proxy": proxy}
    words = f"the proxy http://127.0.0.1:{site.proxy.port} refuses to lead us to the service (407"
    # Over http:// the proxy answers for the service.
    for address in (site.front.url, standins.url):
        said = [told(fourmost(address, **extra)), told(lasair(address, **extra))]
        outcome = fourmost(address, **extra).update(7, {"is_active": True})
        assert isinstance(outcome, NotSent)
        assert all(words in each for each in [*said, outcome.reason])
        assert "canary-wrong-4f1d" not in "".join(said) + outcome.reason + caplog.text
    assert standins.control("calls")["counts"] == []


def test_a_proxy_that_is_away_is_told_as_such(either, site):
    said = told(either(site.front.url, ca_file=site.ca_file, proxy=f"http://{LOGIN}@127.0.0.1:{free_port()}"))
    assert "the port of the proxy http://127.0.0.1:" in said
    assert "canary" not in said
    said = told(either(site.front.url, ca_file=site.ca_file, proxy="http://proxy.invalid:3128"))
    assert "the name of the proxy http://proxy.invalid:3128 does not resolve" in said


def test_a_wrong_certificate_behind_a_proxy_is_told_of_the_service(either, site):
    said = told(either(site.expired.url, ca_file=site.ca_file, proxy=site.proxy.url))
    assert f"the certificate of 127.0.0.1:{site.expired.port} has expired" in said


def test_nothing_of_the_environment_replaces_what_the_connection_says(either, site, monkeypatch, tmp_path):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    (tmp_path / "netrc").write_text("default login other password other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert either(site.front.url, ca_file=site.ca_file).test_connection()[0]
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", site.ca_file)
    monkeypatch.setenv("SSL_CERT_FILE", site.ca_file)
    assert "is not trusted" in told(either(site.front.url))


@pytest.fixture
def dripping() -> Iterator[str]:
    """The address of a server that begins a handshake and goes on by a byte each 20 ms."""
    over = threading.Event()

    def drip() -> None:
        with listening, listening.accept()[0] as taken:
            taken.sendall(b"\x16\x03\x03\x3f\xff")
            while not over.wait(0.02):
                try:
                    taken.sendall(b"\0")
                except OSError:
                    return

    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{listening.getsockname()[1]}"
    over.set()
    thread.join()


def test_a_handshake_ends_by_the_deadline(lasair, dripping, monkeypatch):
    hook = lasair(dripping)
    monkeypatch.setattr(hook, "_settings", hook._settings.model_copy(update={"total_timeout_s": patient(0.5)}))
    assert f"no whole answer within {patient(0.5):g} s" in told(hook)
