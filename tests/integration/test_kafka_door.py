"""The connections `lasair_kafka_<stream>`: over TLS with a login, and each field honoured or refused by name."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from sandbox.services.certificates import Authority
from sandbox.services.leash import patient
from sandbox.services.servers import KAFKA_USER, Kafka
from sandbox.services.service import HOST, free_port
from tests.bridge import LIVE, Bridge
from tests.builders import AN_ID, an_lsst_message
from tests.limits import LIMIT_S
from tides.errors import AccessRefused, SettingsError
from tides.hooks.certificates import certificates_end
from tides.hooks.stream import StreamHook, described
from tides.stream.drain import Drained, drain

WRONG = "not-the-password"

Connect = Callable[..., StreamHook]


@pytest.fixture
def connect(monkeypatch) -> Connect:
    """The hook of a stream whose connection has this extra, and these fields."""

    def define(extra: object, stream: str = "lsst", **fields: Any) -> StreamHook:
        connection = {"conn_type": "kafka", "extra": extra, **fields}
        monkeypatch.setenv(f"AIRFLOW_CONN_LASAIR_KAFKA_{stream.upper()}", json.dumps(connection))
        return StreamHook(stream)

    return define


@pytest.fixture
def over_tls(kafka: Kafka) -> dict[str, Any]:
    """The extra of a connection over TLS with a login."""
    if kafka.daemon is None:
        pytest.skip("the named Kafka has no listener with TLS that we know")
    return kafka.over_tls


def drained(bridge: Bridge, hook: StreamHook) -> Drained:
    """The task `drain` of the stream, by a hook."""
    stream, limits = bridge.settings.streams["lsst"], bridge.settings.drain
    with hook.open(stream, limits) as topic:
        return drain(bridge.connection, topic, "lsst", stream, limits, LIVE)


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "PLAIN"])
def test_a_stream_is_read_over_tls_with_a_login(bridge, connect, over_tls, mechanism):
    bridge.publish("lsst", *[an_lsst_message(AN_ID + n) for n in range(3)])
    hook = connect(over_tls | {"sasl.mechanism": mechanism})
    done = drained(bridge, hook)
    assert (done.messages, done.lag, done.notes) == (3, 0, [])
    works, found = hook.test_connection()
    assert works
    authorities = over_tls["ssl.ca.location"]
    said = f"encrypted, certificate verified by the authorities in {authorities}, login by {mechanism}"
    assert found.startswith("1 broker(s), ")
    assert found.endswith(said)


def test_the_end_of_the_brokers_certificate_is_seen(connect, over_tls):
    connect(over_tls)
    (end,) = certificates_end(["lasair_kafka_lsst"]).values()
    assert end
    assert end > datetime.now(UTC)


def test_a_wrong_connection_is_told_as_what_it_is(kafka, connect, over_tls, tmp_path, monkeypatch):
    monkeypatch.setattr("tides.hooks.stream.ASK_S", patient(2))
    stranger = str(Authority(tmp_path).file)
    closed = f"{HOST}:{free_port()}"
    cases = {
        "ca": (over_tls | {"ssl.ca.location": stranger}, "no trust in its certificate; is ssl.ca.location right?"),
        "scram": (over_tls | {"sasl.password": WRONG}, "it refuses our login"),
        "plain": (over_tls | {"sasl.password": WRONG, "sasl.mechanism": "PLAIN"}, "it refuses our login"),
        "mechanism": (over_tls | {"sasl.mechanism": "SCRAM-SHA-256"}, "it refuses our login"),
        "name": (over_tls | {"bootstrap.servers": "kafka.invalid:9093"}, "the broker's name does not resolve"),
        "closed": (over_tls | {"bootstrap.servers": closed}, "no connection to the broker (sasl_ssl://"),
        "plain_at_tls": ({"bootstrap.servers": over_tls["bootstrap.servers"]}, "is security.protocol right?"),
        "tls_at_plain": (
            over_tls | {"bootstrap.servers": kafka.bootstrap},
            "SSL connection closed by peer",
        ),
        "file": (over_tls | {"ssl.ca.location": "/nowhere/ca.pem"}, "refuses the connection's settings"),
        "setting": (over_tls | {"ssl.nonsense": "1"}, 'No such configuration property: "ssl.nonsense"'),
    }
    hooks = [connect(extra, name) for name, (extra, _) in cases.items()]
    with ThreadPoolExecutor(len(hooks)) as pool:
        found = list(pool.map(StreamHook.test_connection, hooks))
    for (name, (_, words)), (works, said) in zip(cases.items(), found, strict=True):
        assert not works, name
        assert words in said, f"{name}: {said}"
        assert WRONG not in said
        assert over_tls["sasl.password"] not in said
    assert "Connection refused" in found[list(cases).index("closed")][1]


def test_a_topic_that_the_login_may_not_read_is_told(bridge, kafka, connect, over_tls):
    topic = bridge.settings.streams["lsst"].topic
    rule = AclBinding(
        *(ResourceType.TOPIC, topic, ResourcePatternType.LITERAL, f"User:{KAFKA_USER}", "*"),
        *(AclOperation.READ, AclPermissionType.DENY),
    )
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    for made in admin.create_acls([rule]).values():
        made.result(LIMIT_S)
    bridge.publish("lsst", an_lsst_message())
    with pytest.raises(AccessRefused, match=rf"topic {topic} at .*: our login may not read it as group"):
        drained(bridge, connect(over_tls))
    assert drained(bridge, connect({"bootstrap.servers": kafka.bootstrap})).messages == 1


SERVERS = {"bootstrap.servers": "broker.example:9092"}


@pytest.mark.parametrize(
    ("extra", "fields", "words"),
    [
        (SERVERS, {"host": "broker.example"}, "the field host is not used here; write bootstrap.servers"),
        (SERVERS, {"port": 9092}, "the field port is not used here"),
        (SERVERS, {"login": "me"}, "the field login is not used here; write sasl.username"),
        (SERVERS, {"password": WRONG}, "the field password is not used here; write sasl.password"),
        (SERVERS, {"schema": "ssl"}, "the field schema is not used here"),
        ({}, {}, "bootstrap.servers in the extra is missing"),
        ("bootstrap.servers=x", {}, "the extra is no JSON object"),
        (SERVERS | {"group.id": "g"}, {}, "group.id in the extra is not for a connection: `group_id` of the stream"),
        (SERVERS | {"auto.offset.reset": "latest"}, {}, "auto.offset.reset in the extra is not for a connection"),
        (SERVERS | {"error_cb": "a.b"}, {}, "error_cb in the extra is unknown, or does nothing here"),
        (SERVERS | {"acks": "all"}, {}, "acks in the extra is unknown, or does nothing here"),
        (SERVERS | {"security.protocol": "TLS"}, {}, "security.protocol must be one of plaintext, ssl"),
        (SERVERS | {"ssl.ca.location": "/x"}, {}, "ssl.ca.location does nothing with security.protocol plaintext"),
        (
            SERVERS | {"security.protocol": "SSL", "sasl.password": WRONG},
            {},
            "sasl.password does nothing with security.protocol ssl",
        ),
        (SERVERS | {"client.id": ["x"]}, {}, "client.id in the extra must be a text"),
    ],
)
def test_a_field_that_cannot_be_honoured_is_refused_by_name(connect, extra, fields, words):
    hook = connect(extra, **fields)
    with pytest.raises(SettingsError) as raised:
        _ = hook.config
    assert str(raised.value).startswith("connection lasair_kafka_lsst: ")
    assert words in str(raised.value)
    assert WRONG not in str(raised.value)
    assert hook.test_connection() == (False, str(raised.value))


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({}, "not encrypted"),
        (
            {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN"},
            "not encrypted, login by PLAIN, the password is NOT ENCRYPTED",
        ),
        ({"security.protocol": "SSL"}, "encrypted, certificate verified by the public authorities"),
        (
            {"security.protocol": "SSL", "enable.ssl.certificate.verification": False},
            "encrypted, certificate NOT VERIFIED (enable.ssl.certificate.verification)",
        ),
        (
            {"security.protocol": "ssl", "ssl.endpoint.identification.algorithm": "none"},
            "encrypted, certificate verified by the public authorities, host name NOT COMPARED"
            " (ssl.endpoint.identification.algorithm)",
        ),
        (
            {"security.protocol": "SSL", "ssl.certificate.location": "/us.pem", "ssl.key.location": "/us.key"},
            "encrypted, certificate verified by the public authorities, with our certificate /us.pem",
        ),
    ],
)
def test_what_the_doctor_says_of_a_connection(connect, extra, words):
    assert described(connect(SERVERS | extra).config) == words
