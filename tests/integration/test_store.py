"""The table of light curves on real PostgreSQL."""

import hashlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tides.database.session import Connection, connect
from tides.evaluation.store import LightCurveRow, Measured, Stored, content_hash, get, measure, pack, put
from tides.settings.model import load_settings

OLD = b'{"objectId":"ZTF20aaaaaaa","candidates":[]}'
NEW = b'{"objectId":"ZTF20aaaaaaa","candidates":[{"jd":2460000.5}]}'


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with connect(database, load_settings().database, "test") as opened:
        yield opened


def a_row(object_id: str = "A", raw: bytes = OLD, alert_hash: bytes = b"alert") -> LightCurveRow:
    return LightCurveRow(object_id, pack(raw), "bulk", alert_hash)


def a_measure(object_id: str = "A", raw: bytes = OLD, **fields: Any) -> Measured:
    values = {
        "detections": 3,
        "nights": 2,
        "first_jd": 2460000.5,
        "last_jd": 2460010.5,
        "resumed_jd": None,
        "bands": {"g": {"newest": None}},
    }
    return Measured(object_id, content_hash(raw), **{**values, **fields})


def everything(connection: Connection) -> dict[str, dict[str, Any]]:
    rows = connection.execute("SELECT *, xmin::text FROM tides.light_curve").fetchall()
    return {row["object_id"]: row for row in rows}


def test_a_light_curve_comes_back_as_it_was_sent(connection):
    put(connection, "live", "ztf", [a_row(), a_row("B", b"\x00\xff" * 1000)])
    found = get(connection, "live", "ztf", ["A", "B", "C"])
    assert found["A"] == Stored(pack(OLD), "bulk", b"alert", {}, found["A"].stored_at)
    assert (found["A"].packed.raw, found["A"].packed.hash) == (OLD, hashlib.sha256(OLD).digest())
    assert abs(found["A"].stored_at - datetime.now(UTC)) < timedelta(minutes=5)
    assert found["B"].packed.raw == b"\x00\xff" * 1000
    assert set(found) == {"A", "B"}


def test_lanes_and_surveys_do_not_mix(connection):
    put(connection, "live", "ztf", [a_row()])
    put(connection, "replay", "ztf", [a_row(raw=NEW)])
    put(connection, "live", "lsst", [a_row(raw=b"lsst")])
    assert get(connection, "live", "ztf", ["A"])["A"].packed.raw == OLD
    assert get(connection, "replay", "ztf", ["A"])["A"].packed.raw == NEW
    assert get(connection, "live", "lsst", ["A"])["A"].packed.raw == b"lsst"


def test_a_newer_light_curve_replaces_the_old_one_and_keeps_its_measures(connection):
    put(connection, "live", "ztf", [a_row()])
    measure(connection, "live", "ztf", [a_measure()])
    assert put(connection, "live", "ztf", [a_row(raw=NEW, alert_hash=b"newer")]) == 1
    row = everything(connection)["A"]
    assert (row["hash"], row["alert_hash"]) == (content_hash(NEW), b"newer")
    assert (row["detections"], row["bands"]) == (3, {"g": {"newest": None}})


def test_the_same_again_touches_no_row(connection):
    rows = [a_row("A"), a_row("B")]
    assert put(connection, "live", "ztf", rows) == 2
    before = everything(connection)
    assert put(connection, "live", "ztf", rows) == 0
    assert everything(connection) == before


def test_the_last_one_given_of_an_object_holds(connection):
    assert put(connection, "live", "ztf", [a_row(raw=OLD), a_row(raw=NEW)]) == 1
    assert get(connection, "live", "ztf", ["A"])["A"].packed.raw == NEW


def test_nothing_to_store_is_no_error(connection):
    assert put(connection, "live", "ztf", []) == 0
    assert measure(connection, "live", "ztf", []) == 0
    assert get(connection, "live", "ztf", []) == {}


def test_measures_are_written_beside_their_light_curve(connection):
    put(connection, "live", "ztf", [a_row("A"), a_row("B")])
    bands = {"r": {"newest": {"jd": 2460000.5, "mag": 18.25, "err": 0.1}, "limit": None}}
    given = [a_measure("A", bands=bands), a_measure("B", detections=0, nights=0, first_jd=None, last_jd=None, bands={})]
    assert measure(connection, "live", "ztf", given) == 2
    rows = everything(connection)
    assert rows["A"]["bands"] == bands
    assert (rows["A"]["detections"], rows["A"]["nights"]) == (3, 2)
    assert (rows["A"]["first_jd"], rows["A"]["last_jd"]) == (2460000.5, 2460010.5)
    assert (rows["B"]["first_jd"], rows["B"]["bands"]) == (None, {})


def test_a_light_curve_that_was_replaced_meanwhile_keeps_its_own_measures(connection):
    put(connection, "live", "ztf", [a_row(raw=NEW)])
    assert measure(connection, "live", "ztf", [a_measure(raw=OLD)]) == 0
    assert everything(connection)["A"]["detections"] is None


def test_the_same_measures_again_touch_no_row(connection):
    put(connection, "live", "ztf", [a_row()])
    measure(connection, "live", "ztf", [a_measure()])
    before = everything(connection)
    assert measure(connection, "live", "ztf", [a_measure()]) == 0
    assert everything(connection) == before


def test_a_nan_does_not_enter_the_database(connection):
    put(connection, "live", "ztf", [a_row()])
    with pytest.raises(ValueError, match="JSON"):
        measure(connection, "live", "ztf", [a_measure(bands={"g": float("nan")})])


def test_two_writers_of_the_same_rows_in_opposite_order_do_not_deadlock(database):
    ids = [f"{n:04}" for n in range(300)]
    failures: list[Exception] = []

    def write(order: list[str], marks: range) -> None:
        with connect(database, load_settings().database, "test") as opened:
            for mark in marks:
                raw = str(mark).encode()
                try:
                    put(opened, "live", "ztf", [a_row(name, raw) for name in order])
                    measure(opened, "live", "ztf", [a_measure(name, raw, detections=mark) for name in order])
                except Exception as error:
                    failures.append(error)

    writers = [
        threading.Thread(target=write, args=(ids, range(0, 40, 2))),
        threading.Thread(target=write, args=(ids[::-1], range(1, 40, 2))),
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failures == []
