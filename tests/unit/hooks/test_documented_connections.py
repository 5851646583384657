"""The examples of docs/deployment.md are connections that the hooks take."""

import json
import re
from pathlib import Path

import pytest
import trustme
from airflow.sdk import Connection

from tides.errors import ServiceAway
from tides.hooks.dask import DaskHook
from tides.hooks.database import DatabaseHook
from tides.hooks.stream import config_of
from tides.hooks.way import way_of

PAGE = Path(__file__).parents[3] / "docs" / "deployment.md"
EXAMPLES = {json.loads(text)["conn_type"]: text for text in re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.S)}


@pytest.fixture
def example(tmp_path, monkeypatch):
    """The example of a type, with files of certificates that exist, as the environment holds a connection."""

    def read(conn_type: str, conn_id: str) -> Connection:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        authority.issue_cert("tides.example.org").private_key_and_cert_chain_pem.write_to_path(tmp_path / "tides.pem")
        text = EXAMPLES[conn_type].replace("/etc/tides", str(tmp_path))
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", text)
        return Connection(conn_id=conn_id, **json.loads(text) | {"extra": json.dumps(json.loads(text)["extra"])})

    return read


def test_there_is_an_example_of_each_type():
    assert set(EXAMPLES) == {"postgres", "fourmost", "kafka", "dask"}


def test_the_http_service_is_reached_through_the_proxy_and_its_certificate_is_verified(example):
    way = way_of(example("fourmost", "fourmost"), fields={"login"})
    words = way.described(way.base("https://4most.example.org/QFSwi/"))
    verified = r"encrypted, certificate verified by the authorities in \S+/ca.pem"
    assert re.fullmatch(f"{verified}, through the proxy https://proxy.example.org:3129", words)


def test_kafka_takes_every_setting(example):
    assert config_of(example("kafka", "lasair_kafka_lsst"))["security.protocol"] == "SASL_SSL"


def test_database_and_dask_are_asked_for_at_their_hosts(example, monkeypatch):
    example("postgres", "tides_db")
    with pytest.raises(ServiceAway, match="host name does not resolve"):
        DatabaseHook("test").get_conn()
    example("dask", "dask")
    monkeypatch.setattr("tides.hooks.dask.CONNECT_S", 2.0)
    with pytest.raises(ServiceAway, match=r"Dask \(tls://scheduler.example.org:8786"), DaskHook().cluster():
        pass
