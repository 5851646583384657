"""What Kafka's client and PostgreSQL say, without the secrets of their connections."""

import pytest

from tides.database.session import connect
from tides.errors import ServiceAway
from tides.settings.model import load_settings
from tides.stream.topic import Topic

SECRET = "canary-7c2e.invalid"


def test_kafkas_words_hold_no_secret_of_the_connection():
    config = {"bootstrap.servers": f"{SECRET}:9092", "sasl.password": SECRET, "log_level": 0}
    with Topic("any", "any", config, 1) as topic, pytest.raises(ServiceAway) as caught:
        topic.partitions()
    said = str(caught.value) + topic.silence()
    assert SECRET not in said
    assert "***" in said


def test_postgresqls_words_hold_no_secret_of_the_connection():
    with pytest.raises(ServiceAway) as caught:
        connect(f"host={SECRET} user=tides password={SECRET}", load_settings().database, "test")
    assert SECRET not in str(caught.value)
    assert "***" in str(caught.value)
