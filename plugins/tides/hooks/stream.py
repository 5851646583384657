"""The connections `lasair_kafka_<stream>`: the broker's topics."""

from typing import Any

from airflow.providers.apache.kafka.hooks.base import KafkaBaseHook
from confluent_kafka.admin import AdminClient

from tides.foreign import Secrets
from tides.settings.sections import Drain
from tides.settings.streams import Stream
from tides.stream.topic import Topic


class StreamHook(KafkaBaseHook):
    """Opens a stream's topic by explicit assignment."""

    def __init__(self, stream_name: str):
        # The provider's consumer hook subscribes and joins a group. That can outlast a short wait, and looks like an
        # empty queue. So only its base is used, for the connection.
        super().__init__(kafka_config_id=f"lasair_kafka_{stream_name}")  # type: ignore[no-untyped-call]  # Airflow's has no hints

    def _get_client(self, config: dict[str, Any]) -> dict[str, Any]:
        return config

    def open(self, stream: Stream, limits: Drain) -> Topic:
        """The topic of the stream, which is the one of this hook's name. The caller closes it."""
        return Topic(stream.topic, stream.group_id, self.get_conn, limits.request_timeout_s)

    def test_connection(self) -> tuple[bool, str]:
        """Whether the broker answers."""
        # The connection itself may be missing, too.
        secrets = Secrets()
        try:
            secrets = Secrets.of(None, self.get_conn.get("sasl.username"), self.get_conn)
            found = AdminClient({**self.get_conn, "socket.timeout.ms": 5000}).list_topics(timeout=5)
        except Exception as error:  # the test button shows whatever is wrong
            return False, f"the broker does not answer: {secrets.quoted(str(error))}"
        return True, f"{len(found.brokers)} broker(s), {len(found.topics)} topics"
