"""The connections `lasair_kafka_<stream>`: the broker's topics."""

from functools import cached_property

from airflow.providers.apache.kafka.hooks.base import KafkaBaseHook
from airflow.sdk import Connection

from tides.errors import SettingsError, TidesError
from tides.foreign import quoted
from tides.hooks.fields import connection_named, extra_of, refuse_fields
from tides.settings.sections import Drain
from tides.settings.streams import Stream
from tides.stream.topic import CONSUMER, Topic

ASK_S = 5.0
"""How long the test of a connection waits for a broker."""

INSTEAD = {
    **dict.fromkeys(("host", "port"), "write bootstrap.servers into the extra"),
    "login": "write sasl.username into the extra",
    "password": "write sasl.password into the extra",
    "schema": "write security.protocol into the extra",
}
"""What a person does with a field of the connection that is not used."""

OURS = {
    "group.id": "`group_id` of the stream in bridge.yaml says it",
    **dict.fromkeys(CONSUMER, "the bridge sets it, to read each message once"),
}
"""Settings of librdkafka that the connection must not have, and why."""

KNOWN = (
    *("bootstrap.servers", "security.protocol", "enable.ssl.certificate.verification", "connections.max.idle.ms"),
    *("receive.message.max.bytes", "ssl.", "sasl.", "client.", "socket.", "broker.address.", "reconnect.", "retry."),
    *("metadata.", "topic.metadata.", "api.version.", "fetch.", "queued."),
)
"""Settings of librdkafka that a reader of a topic obeys; a point at the end stands for all that begin so."""

Setting = str | int | float
"""A value of a setting of librdkafka; `true` and `false` are numbers, too."""

PROTOCOLS = ("plaintext", "ssl", "sasl_plaintext", "sasl_ssl")


class StreamHook(KafkaBaseHook):
    """Opens a stream's topic by explicit assignment."""

    def __init__(self, stream_name: str):
        # The provider's consumer hook subscribes and joins a group. That can outlast a short wait, and looks like an
        # empty queue. Its base is used, for the type of the connection alone: it lets a field go that nobody reads.
        super().__init__(kafka_config_id=f"lasair_kafka_{stream_name}")  # type: ignore[no-untyped-call]  # Airflow's has no hints

    @cached_property
    def config(self) -> dict[str, Setting]:
        """The settings of librdkafka that the connection has. Raises SettingsError as `config_of` does."""
        return config_of(connection_named(self.kafka_config_id))

    def open(self, stream: Stream, limits: Drain) -> Topic:
        """The topic of the stream, which is the one of this hook's name. The caller closes it."""
        return Topic(stream.topic, stream.group_id, self.config, limits.request_timeout_s)

    def test_connection(self) -> tuple[bool, str]:
        """Whether the broker answers, and whether the connection is encrypted and verified."""
        try:
            with Topic("", "tides-doctor", self.config, ASK_S) as any_topic:
                brokers, topics = any_topic.brokers()
        except TidesError as error:
            return False, str(error)
        return True, f"{brokers} broker(s), {topics} topics; {described(self.config)}"


def config_of(connection: Connection) -> dict[str, Setting]:
    """The settings of librdkafka that a connection has in its extra.

    Raises SettingsError, with its name, for a field that is not used and for a setting that has no effect.
    """
    where = f"connection {connection.conn_id}"
    refuse_fields(connection, INSTEAD)
    config: dict[str, Setting] = {}
    for key, value in extra_of(connection).items():
        if key in OURS:
            raise SettingsError(f"{where}: {key} in the extra is not for a connection: {OURS[key]}")
        if not any(key == known or (known.endswith(".") and key.startswith(known)) for known in KNOWN):
            raise SettingsError(
                f"{where}: {quoted(key)} in the extra is unknown, or does nothing here; it may have"
                f" {', '.join(f'{known}*' if known.endswith('.') else known for known in KNOWN)}"
            )
        if not isinstance(value, str | int | float):
            raise SettingsError(f"{where}: {key} in the extra must be a text, a number, or true or false")
        config[key] = value
    if "bootstrap.servers" not in config:
        raise SettingsError(f"{where}: bootstrap.servers in the extra is missing")
    protocol = _protocol(config)
    if protocol not in PROTOCOLS:
        raise SettingsError(f"{where}: security.protocol must be one of {', '.join(PROTOCOLS)}")
    # librdkafka passes over what its protocol does not need, and a connection then is not what it seems.
    for begin, needs in (("ssl.", "ssl"), ("enable.ssl.", "ssl"), ("sasl.", "sasl")):
        for key in config:
            if key.startswith(begin) and needs not in protocol:
                raise SettingsError(f"{where}: {key} does nothing with security.protocol {protocol}")
    return config


def described(config: dict[str, Setting]) -> str:
    """Whether a connection is encrypted and verified, and by whom."""
    protocol = _protocol(config)
    said = []
    if "ssl" not in protocol:
        said.append("not encrypted")
    elif str(config.get("enable.ssl.certificate.verification", True)).lower() == "false":
        said.append("encrypted, certificate NOT VERIFIED (enable.ssl.certificate.verification)")
    else:
        ca_file = config.get("ssl.ca.location")
        authorities = f"the authorities in {ca_file}" if ca_file else "the public authorities"
        said.append(f"encrypted, certificate verified by {authorities}")
        if config.get("ssl.endpoint.identification.algorithm") == "none":
            said.append("host name NOT COMPARED (ssl.endpoint.identification.algorithm)")
    if own := config.get("ssl.certificate.location") or config.get("ssl.keystore.location"):
        said.append(f"with our certificate {own}")
    if "sasl" in protocol:
        mechanism = config.get("sasl.mechanism") or config.get("sasl.mechanisms") or "GSSAPI"
        said.append(f"login by {mechanism}")
        if "ssl" not in protocol and str(mechanism) == "PLAIN":
            said.append("the password is NOT ENCRYPTED")
    return quoted(", ".join(said), 500)


def _protocol(config: dict[str, Setting]) -> str:
    return str(config.get("security.protocol", "plaintext")).lower()
