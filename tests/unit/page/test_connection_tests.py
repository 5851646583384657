"""What becomes of a request to test a connection."""

import json

import pytest

from tides.page.connection_tests import NOWHERE, harmless

STORED = {
    "lasair_api": {"conn_type": "lasair", "host": "https://ours/api", "password": "secret",
                   "extra": {"lsst": "https://ours/lsst", "lsst_token": "also"}},
    "lasair_kafka_lsst": {"conn_type": "kafka", "extra": {"bootstrap.servers": "ours:9092", "sasl.password": "secret"}},
    "tides_db": {"conn_type": "postgres", "host": "ours", "login": "tides", "password": "secret", "extra": {}},
}  # fmt: skip
ALLOWED = {
    "what the page shows of the stored one": ("lasair_api", {}),
    "a new password for the stored address": ("lasair_api", {"password": "new"}),
    "all of it new": (
        "lasair_api", {"host": "https://theirs/api", "password": "new", "extra": {"lsst": "https://theirs"}},
    ),
    "an empty field for one that is not set": ("tides_db", {"schema": "", "port": None}),
    "secrets where none is stored": ("lasair_api", {"connection_id": "lasair_new", "password": "new"}),
}  # fmt: skip
REFUSED = {
    "another host": ("lasair_api", {"host": "https://theirs/api"}),
    "another address in the extra": ("lasair_api", {"extra": {"lsst": "https://theirs", "lsst_token": "***"}}),
    "a proxy": ("lasair_api", {"extra": {**STORED["lasair_api"]["extra"], "proxy": "https://theirs"}}),
    "one secret kept": ("lasair_api", {"host": "https://theirs", "password": "new", "extra": {"lsst_token": "***"}}),
    "another broker": ("lasair_kafka_lsst", {"extra": {"bootstrap.servers": "theirs:1", "sasl.password": "***"}}),
    "another protocol": (
        "lasair_kafka_lsst",
        {"extra": {"bootstrap.servers": "ours:9092", "security.protocol": "SASL_PLAINTEXT", "sasl.password": "***"}},
    ),
    "an address that goes before the host": ("tides_db", {"extra": {"hostaddr": "192.0.2.1"}}),
    "another type": ("tides_db", {"conn_type": "lasair"}),
    "a password left out": ("tides_db", {"host": "theirs", "password": None}),
}  # fmt: skip


@pytest.fixture
def body(monkeypatch):
    """The body of a test of a stored connection, as the page would send it but for some changes."""
    for name, fields in STORED.items():
        monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(fields))
    monkeypatch.setenv("AIRFLOW_CONN_LASAIR_NEW", json.dumps({"conn_type": "lasair"}))

    def made(name, changes):
        fields = {"connection_id": name, **STORED[name]}
        shown = {key: "***" if "token" in key or "password" in key else value for key, value in fields["extra"].items()}
        if "password" in fields:
            fields["password"] = "***"
        fields = {**fields, "extra": shown} | changes
        fields["extra"] = json.dumps(fields["extra"])
        return json.dumps({key: value for key, value in fields.items() if (key, value) != ("password", None)}).encode()

    return made


@pytest.mark.parametrize("case", ALLOWED)
def test_a_test_that_takes_no_stored_secret_elsewhere_is_made(body, case):
    asked = body(*ALLOWED[case])
    assert harmless(asked) == asked


@pytest.mark.parametrize("case", REFUSED)
def test_a_test_with_a_stored_secret_and_a_new_address_is_given_to_airflow_as_one_that_it_refuses(body, case):
    name, changes = REFUSED[case]
    given = json.loads(harmless(body(name, changes)))
    assert given == {"connection_id": name, "conn_type": given["conn_type"], "host": NOWHERE}


@pytest.mark.parametrize("asked", [b"", b"[]", b"{", b'{"connection_id": 7}', b'{"connection_id": "x", "more": 1}'])
def test_what_is_no_test_is_left_to_airflow(asked):
    assert harmless(asked) == asked
