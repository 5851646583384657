"""The connection `dask`: over TLS with certificates on both sides, and each field honoured or refused by name.

The certificates are those of docker-compose.yaml.
"""

import json
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from dask_certificates import make

from sandbox.services.certificates import Authority
from sandbox.services.leash import patient
from sandbox.services.servers import Dask
from sandbox.services.service import HOST, free_port
from tides.errors import ServiceAway, SettingsError
from tides.hooks.dask import DaskHook
from tides.version import code_version

Connect = Callable[..., DaskHook]


class Installation(Authority):
    """The certificates that an installation makes for its containers."""

    def __init__(self, folder: Path) -> None:
        make(folder, datetime.now(UTC))
        self.folder = folder
        self.file = folder / "client" / "authority.pem"

    def issue(self, name: str, *hosts: str) -> Path:
        """The file of a side; that of the bridge is the client's."""
        return self.folder / name.replace("bridge", "client") / "own.pem"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[Dask]:
    """A scheduler and a worker that speak TLS."""
    folder = tmp_path_factory.mktemp("tls")
    with Dask(folder / "dask", workers=1, named="", authority=Installation(folder)) as made:
        yield made


@pytest.fixture(scope="module")
def stranger(tmp_path_factory) -> Authority:
    """An authority that the cluster does not know."""
    return Authority(tmp_path_factory.mktemp("stranger"))


@pytest.fixture
def connect(cluster, monkeypatch) -> Connect:
    """A hook whose connection is the cluster's own, with changes of fields; those in `extra` go into the extra."""

    def define(extra: dict[str, Any] | None = None, /, **fields: Any) -> DaskHook:
        own = {**cluster.connection["extra"], **(extra or {})}
        connection = {**cluster.connection, "extra": {k: v for k, v in own.items() if v is not None}, **fields}
        monkeypatch.setenv("AIRFLOW_CONN_DASK", json.dumps(connection))
        return DaskHook()

    return define


def failure(hook: DaskHook) -> str:
    with pytest.raises(ServiceAway) as raised, hook.cluster():
        pass
    return str(raised.value)


def test_work_is_done_over_tls_and_the_doctor_says_by_whom_it_is_verified(connect, cluster):
    hook = connect()
    with hook.cluster() as opened:
        assert opened.begin(lambda batch: batch[0] + 1, [[1], [2]], key=str).worked().results == [2, 3]
    ours = cluster.connection["extra"]
    assert hook.test_connection() == (
        True,
        f"{cluster.address}; encrypted, certificate verified by the authorities in {ours['ca_file']} (Dask compares no"
        f" host name), with our certificate {ours['client_cert']}; 1 worker(s), all with code {code_version()}",
    )


def is_heard(port: int, authority: Path, own: Path | None) -> bool:
    """Whether Dask says anything to whoever trusts its authority and shows this certificate, or none."""
    context = ssl.create_default_context(cafile=str(authority))
    context.check_hostname = False
    if own:
        context.load_cert_chain(own)
    try:
        with socket.create_connection((HOST, port), patient(10)) as plain, context.wrap_socket(plain) as opened:
            return bool(opened.recv(1))
    except (ssl.SSLError, ConnectionResetError):
        return False


def test_a_stranger_reaches_neither_the_scheduler_nor_a_worker(connect, cluster, stranger):
    with connect().cluster() as opened:
        (worker,) = opened._addresses()
    shown = {"none": None, "a stranger's": stranger.issue("rogue"), "ours": cluster.certificate}
    for port in (cluster.port, int(worker.rpartition(":")[2])):
        heard = {name: is_heard(port, cluster.authority.file, own) for name, own in shown.items()}
        assert heard == {"none": False, "a stranger's": False, "ours": True}


def test_a_key_may_be_in_a_file_of_its_own_and_the_port_in_the_host(connect, cluster):
    ours = cluster.connection["extra"]["client_cert"]
    with connect({"client_key": ours}, host=cluster.address, port=None).cluster() as opened:
        assert opened.where == cluster.address


def test_a_scheduler_of_another_authority_is_not_trusted(connect, stranger):
    assert "its certificate is not trusted (" in (said := failure(connect({"ca_file": str(stranger.file)})))
    assert "is `ca_file` right?" in said


def test_a_certificate_of_ours_that_is_not_known_there_is_told_as_that(connect, stranger):
    said = failure(connect({"client_cert": str(stranger.issue("bridge"))}))
    assert "it refuses our certificate (" in said
    assert "are `client_cert` and `client_key` right?" in said


def test_tcp_at_a_door_of_tls_and_tls_at_another_are_told(connect, cluster, dask_address):
    plain = int(dask_address.rpartition(":")[2])
    no_files = dict.fromkeys(cluster.connection["extra"])
    assert "it hung up; does it speak tls://?" in failure(connect(no_files, host=f"tcp://{HOST}"))
    said = failure(connect(port=plain))
    assert "no TLS" in said
    assert "does it speak tcp://?" in said


def test_a_closed_port_and_a_name_that_does_not_resolve_are_told(connect, monkeypatch):
    # Nothing answers, so that a long wait would be in vain.
    monkeypatch.setattr("tides.hooks.dask.CONNECT_S", patient(2))
    assert "its port is closed" in failure(connect(port=free_port()))
    hook = connect(host="tls://scheduler.invalid")
    works, found = hook.test_connection()
    assert not works
    assert "its name does not resolve" in found


@pytest.mark.parametrize(
    ("extra", "fields", "words"),
    [
        ({}, {"login": "me"}, "the field login is not used here"),
        ({}, {"password": "secret-word"}, "the field password is not used here"),
        ({}, {"schema": "tls"}, "the field schema is not used here"),
        ({"verify": False}, {}, "verify in the extra is unknown"),
        ({"ca_file": None}, {}, "tls:// needs ca_file"),
        ({"client_cert": None}, {}, "tls:// needs client_cert"),
        ({"client_cert": 5}, {}, "client_cert in the extra must be a text"),
        ({"ca_file": "ca.pem"}, {}, "ca_file must be the absolute path"),
        ({"ca_file": "/nowhere/ca.pem"}, {}, "ca_file /nowhere/ca.pem cannot be read"),
        ({"ca_file": __file__}, {}, "holds no certificate in PEM form"),
        ({"client_key": __file__}, {}, "client_cert and client_key are no certificate and key that fit"),
        ({}, {"host": f"tcp://{HOST}"}, "ca_file in the extra is for tls://"),
        ({}, {"host": f"https://{HOST}"}, "the host must be the scheduler's"),
        ({}, {"host": f"tls://me@{HOST}"}, "the host must be the scheduler's"),
        ({}, {"host": ""}, "the host must be the scheduler's"),
        ({}, {"host": f"tls://{HOST}:1"}, "the host names port 1, and the field port"),
        ({}, {"extra": "ca_file=/x"}, "the extra is no JSON object"),
    ],
)
def test_a_field_that_cannot_be_honoured_is_refused_by_name(connect, extra, fields, words):
    hook = connect(extra, **fields)
    with pytest.raises(SettingsError) as raised, hook.cluster():
        pass
    assert str(raised.value).startswith("connection dask: ")
    assert words in str(raised.value)
    assert "secret-word" not in str(raised.value)


def test_a_key_that_needs_a_password_is_refused(connect, cluster, tmp_path):
    file = tmp_path / "locked.pem"
    file.write_bytes(locked(Path(cluster.connection["extra"]["client_cert"]).read_bytes()))
    with pytest.raises(SettingsError, match="needs a password"), connect({"client_key": str(file)}).cluster():
        pass


def locked(pem: bytes) -> bytes:
    key = serialization.load_pem_private_key(pem, None)
    closed = serialization.BestAvailableEncryption(b"a password")
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, closed)
