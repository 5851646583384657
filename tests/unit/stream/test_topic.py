"""Questions to a broker that has just begun, or a topic that has just been made."""

import pytest
from confluent_kafka import KafkaError, KafkaException

from tides.errors import AccessRefused, ServiceAway
from tides.stream.topic import Extent, Topic, _stamp


class Beginning:
    """A consumer whose broker answers so many questions with an error first: on demand no real one does."""

    def __init__(self, code, times):
        self.code, self.times = code, times

    def get_watermark_offsets(self, where, timeout):
        self.times -= 1
        if self.times >= 0:
            raise KafkaException(KafkaError(self.code))
        return 3, 7

    def assignment(self):
        return []

    def poll(self, seconds):
        return None

    def close(self):
        pass


@pytest.fixture
def ask():
    def ask(code, times):
        with Topic("t", "g", {"bootstrap.servers": "127.0.0.1:1"}, 0.5) as topic:
            topic._consumer.close()
            topic._consumer = Beginning(code, times)
            return topic.extent(0)

    return ask


@pytest.mark.parametrize("code", [KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE])
def test_a_partition_that_has_no_leader_yet_is_asked_again(ask, code):
    assert ask(code, 2) == Extent(3, 7)


def test_the_patience_has_an_end_and_other_errors_are_told_at_once(ask):
    with pytest.raises(ServiceAway, match="nothing is lost"):
        ask(KafkaError.LEADER_NOT_AVAILABLE, 1000)
    with pytest.raises(AccessRefused, match="may not read it"):
        ask(KafkaError.TOPIC_AUTHORIZATION_FAILED, 1)


def test_a_stamp_that_no_calendar_holds_is_none():
    class Stamped:
        def timestamp(self):
            return 1, 2**62

    assert _stamp(Stamped()) is None
