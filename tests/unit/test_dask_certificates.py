"""`config/dask_certificates.py`: what it makes, for how long, for whom, and what a repeat leaves."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from dask_certificates import AUTHORITY_DAYS, OWN_DAYS, RENEW_DAYS, SIDES, ask, main, make

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificates of an installation."""
    folder = tmp_path_factory.mktemp("certificates")
    make(folder, NOW)
    return folder


def certificate(folder: Path, side: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / side / "own.pem").read_bytes())


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*.pem")}


def test_each_side_has_a_key_of_its_own_and_no_side_has_the_authoritys(made: Path) -> None:
    files = contents(made)
    sides = {f"{side}/{name}" for side in SIDES for name in ("authority.pem", "own.pem")}
    assert set(files) == sides | {"authority/own.pem"}
    assert len({files[f"{side}/own.pem"] for side in SIDES}) == 3
    assert {files[f"{side}/authority.pem"].count(b"PRIVATE KEY") for side in SIDES} == {0}
    (authority,) = {files[f"{side}/authority.pem"] for side in SIDES}
    assert authority in files["authority/own.pem"]


def test_other_users_cannot_read_a_key(made: Path) -> None:
    assert {file.stat().st_mode & 0o777 for file in made.rglob("*.pem")} == {0o600}
    assert {folder.stat().st_mode & 0o777 for folder in made.iterdir()} == {0o700}


@pytest.mark.parametrize(("side", "days"), [*((side, OWN_DAYS) for side in SIDES), ("authority", AUTHORITY_DAYS)])
def test_they_are_good_from_yesterday_and_for_years(made: Path, side: str, days: int) -> None:
    own = certificate(made, side)
    assert own.not_valid_before_utc == NOW - timedelta(days=1)
    assert own.not_valid_after_utc == NOW + timedelta(days=days)
    assert RENEW_DAYS < OWN_DAYS < AUTHORITY_DAYS - 10 * 365


def test_only_the_authority_signs_and_only_servers_serve(made: Path) -> None:
    for side in ("authority", *SIDES):
        assert certificate(made, side).extensions.get_extension_for_class(x509.BasicConstraints).value.ca is (
            side == "authority"
        )
    uses = {
        side: ExtendedKeyUsageOID.SERVER_AUTH
        in certificate(made, side).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        for side in SIDES
    }
    assert uses == {"scheduler": True, "worker": True, "client": False}


def test_a_repeat_leaves_what_is_good_and_renews_what_ends_soon(tmp_path: Path) -> None:
    first = make(tmp_path, NOW)
    assert [line.split(": ")[1][:5] for line in first] == ["a new"] * 3
    before = contents(tmp_path)
    make(tmp_path, NOW + timedelta(days=OWN_DAYS - RENEW_DAYS, seconds=-1))
    assert contents(tmp_path) == before
    make(tmp_path, later := NOW + timedelta(days=OWN_DAYS - RENEW_DAYS))
    after = contents(tmp_path)
    assert {name for name in after if after[name] != before[name]} == {f"{side}/own.pem" for side in SIDES}
    # what still runs with the older certificate and what begins with the newer one trust each other
    assert certificate(tmp_path, "client").not_valid_after_utc == later + timedelta(days=OWN_DAYS)
    certificate(tmp_path, "client").verify_directly_issued_by(certificate(tmp_path, "authority"))


@pytest.mark.parametrize("content", [b"", b"no certificate"])
def test_what_is_missing_or_broken_is_made_anew(tmp_path: Path, content: bytes) -> None:
    make(tmp_path, NOW)
    before = contents(tmp_path)
    (tmp_path / "worker" / "own.pem").write_bytes(content)
    (tmp_path / "client" / "own.pem").unlink()
    make(tmp_path, NOW)
    changed = {name for name, value in contents(tmp_path).items() if value != before[name]}
    assert changed == {"worker/own.pem", "client/own.pem"}


def test_a_certificate_of_another_authority_is_replaced(tmp_path: Path, made: Path) -> None:
    make(tmp_path, NOW)
    foreign = (made / "client" / "own.pem").read_bytes()
    (tmp_path / "client" / "own.pem").write_bytes(foreign)
    make(tmp_path, NOW)
    assert (tmp_path / "client" / "own.pem").read_bytes() != foreign


def test_a_broken_authority_is_named_and_not_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "authority").mkdir()
    (tmp_path / "authority" / "own.pem").write_text("spoilt")
    assert main([str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err
    assert (tmp_path / "authority" / "own.pem").read_text() == "spoilt"


@contextmanager
def server(own: Path, authority: Path) -> Iterator[int]:
    """A port that speaks TLS with a certificate, asks for one, and sends a letter, once."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(own)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            plain, _ = listening.accept()
            try:
                with context.wrap_socket(plain, server_side=True) as opened:
                    opened.send(b"x")
            except OSError:
                plain.close()

        thread = threading.Thread(target=answer)
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


def test_a_scheduler_answers_its_own_side_and_the_tasks(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for side in ("scheduler", "client"):
        with server(made / "scheduler" / "own.pem", made / "scheduler" / "authority.pem") as port:
            assert main([str(made / side), "--ask", f"127.0.0.1:{port}"]) == 0
    assert capsys.readouterr() == ("", "")


def test_the_certificate_of_the_tasks_cannot_play_the_scheduler(made: Path) -> None:
    own, authority = made / "client" / "own.pem", made / "client" / "authority.pem"
    with server(own, authority) as port, pytest.raises(ssl.SSLError, match=r"(?i)unsuitable certificate purpose"):
        ask(made / "worker", "127.0.0.1", port)


def test_a_side_of_another_installation_is_refused(made: Path, tmp_path: Path) -> None:
    make(tmp_path, NOW)
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    # it knows our authority, and has a certificate of its own
    (mixed / "authority.pem").write_bytes((made / "client" / "authority.pem").read_bytes())
    (mixed / "own.pem").write_bytes((tmp_path / "client" / "own.pem").read_bytes())
    own, authority = made / "scheduler" / "own.pem", made / "scheduler" / "authority.pem"
    with server(own, authority) as port, pytest.raises(OSError, match=r"(?i)unknown.?ca|hung up|reset"):
        ask(mixed, "127.0.0.1", port)


def test_a_closed_port_is_told(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert main([str(made / "client"), "--ask", f"127.0.0.1:{port}"]) == 1
    assert "refused" in capsys.readouterr().err
