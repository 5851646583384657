"""A database of schema 0013, filled by the code of then, comes to the newest schema and goes on with its hour."""

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from sandbox.services.servers import PostgreSQL
from tests.bridge import opening
from tests.builders import AN_ID, an_lsst_message
from tests.migration.schema_file import FILE, schema_of
from tides.database.migrations import migrate
from tides.database.schema_check import demand_schema
from tides.database.schema_files import read_files
from tides.journal.states import history
from tides.settings.model import DEFAULT_FILE, load_settings

HERE = Path(__file__).parent
LIVE, FADED, VETOED, OBSERVED, FADING, GONE, MERGED, HOST = range(1, 9)
"""The targets of the dump, by their id; the object of each but the host is AN_ID + id - 1."""
COUNTED = ("candidate", "dead_letter", "event", "fourmost_key", "fourmost_exchange", "light_curve", "selection")
COUNTED += ("tides_alias", "tides_master", "tides_hosts", "tides_history", "operator_decision", "bridge_run")


@pytest.fixture
def landed(postgres: PostgreSQL) -> Iterator[str]:
    """The URL of a database as the code of schema 0013 left it."""
    name = postgres.create_database("landed")
    with psycopg.connect(postgres.url(name), autocommit=True) as connection:
        connection.execute((HERE / "landed_0013.sql").read_bytes())
    yield postgres.url(name)
    postgres.drop_database(name)


def read(url, query):
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return connection.execute(query).fetchall()


def counts(url):
    return {table: read(url, f"SELECT count(*) AS n FROM tides.{table}")[0]["n"] for table in COUNTED}


def upgrade(url):
    return migrate(opening(url), load_settings(DEFAULT_FILE).database)


def test_a_filled_database_of_0013_comes_to_the_newest_schema_with_all_its_rows(postgres, landed):
    targets = "SELECT tides_id, name, ra, dec, active, pk_4most, merged_into FROM tides.target ORDER BY tides_id"
    told = "SELECT id, state, wanted, told, told_at FROM tides.fourmost_target ORDER BY id"
    before = counts(landed), read(landed, targets), read(landed, told)
    assert min(before[0].values()) > 0
    applied = upgrade(landed).applied
    assert [name for name in applied if "/" not in name] == [m.name for m in read_files().migrations if m.version > 13]
    assert (counts(landed), read(landed, targets), read(landed, told)) == before
    # What older code has read of this day is not known.
    assert read(landed, "SELECT stream, read FROM tides.night_stream ORDER BY stream") == read(
        landed, "SELECT DISTINCT stream, NULL::integer AS read FROM tides.stream_offset WHERE lane = 'live' ORDER BY 1"
    )
    assert schema_of(postgres, landed.rsplit("/", 1)[1]) == FILE.read_text(encoding="utf-8")
    with psycopg.connect(landed, row_factory=dict_row) as connection:
        assert demand_schema(connection) == f"{read_files().newest:04d}"
    assert upgrade(landed).applied == ()


@pytest.fixture
def database(landed: str) -> str:
    """The same, upgraded: what `make_bridge` works on."""
    upgrade(landed)
    return landed


def test_an_upgraded_database_goes_on_with_its_hour(make_bridge, outside):
    outside.add_rows(json.loads((HERE / "landed_0013_at_4most.json").read_text(encoding="utf-8")))
    bridge = make_bridge()
    bridge.publish("lsst", an_lsst_message(AN_ID + 50, ra=200.0, days_ago=1))
    bridge.publish("lsst", an_lsst_message(AN_ID + FADING - 1, ra=150.0 + FADING - 1, days_ago=2, mag=24.5))
    bridge.publish("lsst", an_lsst_message(AN_ID + VETOED - 1, ra=150.0 + VETOED - 1, days_ago=3))
    told = bridge.run()
    told.or_raise()
    assert told.created == 1
    target = {row["tides_id"]: row for row in bridge.rows("SELECT * FROM tides.target")}
    (new,) = set(target) - set(range(1, 9))
    there = {row["name"]: row["is_active"] for row in outside.rows()}
    wanted = {LIVE, HOST, new}
    assert {id for id, row in target.items() if row["active"]} == wanted
    assert {id for id, row in target.items() if there.get(row["name"])} == wanted
    assert [step.step for step in history(bridge.connection, new)] == ["selected", "created"]
    assert [step.step for step in history(bridge.connection, FADING)][-1] == "deactivated"
    assert bridge.run().created == 0
