"""A survey and a broker that the library has never heard of, by settings and a module each (tests/toys)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sandbox.services.servers import Kafka
from tests.bridge import Bridge, connections
from tests.builders import NOW, an_lsst_message
from tests.standins import Standins
from tests.toys.broker import FAULTY
from tides.clock import jd_utc
from tides.settings.model import BUNDLE
from tides.surveys.survey import survey

STREAM = {
    "survey": "toy",
    "broker": "toy",
    "group_id": "tides-bridge",
    "light_curves": "message",
    "columns": {
        "id": "name",
        "ra": "alpha",
        "dec": "delta",
        "first_detection": {"column": "t_first", "scale": "jd_utc"},
        "last_detection": {"column": "t_last", "scale": "jd_utc"},
        "detections": "n",
        "class": "kind",
        "bands": {"r": {"mag": "r_now", "date": {"column": "r_when", "scale": "jd_utc"}}},
    },
    "functions": [{"name": "tidesSNZTF", "template": "tides-sn"}],
    "filter": {"selected": "all", "tables": "none", "conditions": ""},
    "audit": {"settle_hours": 0},
    "live": {
        "faint_limit": 20.0,
        "current_window_days": 5,
        "current_max_age_days": 30,
        "unobserved_visits": 3,
        "recurrent_days": 100,
    },
}


def a_toy_message(name: str = "toy-0001", *, mag: float = 19.0, days_ago: float = 2.0, **columns: Any) -> bytes:
    """Seen in g and r on each of the last four nights before `days_ago`."""
    last_jd = jd_utc(NOW - timedelta(days=days_ago))
    epochs = [[last_jd - night - k / 100, band, mag, 0.02] for night in range(4) for k, band in enumerate("rg")]
    star = {"name": name, "alpha": 150.0, "delta": -30.0, "t_first": last_jd - 3, "t_last": last_jd, "n": 8}
    star |= {"kind": "SN", "r_now": mag, "r_when": last_jd, **columns}
    sent = NOW - timedelta(days=days_ago) + timedelta(minutes=5)
    envelope = {"sent_s": sent.timestamp(), "star": star, "curve": {"star": name, "epochs": epochs}}
    return msgspec.msgpack.encode(envelope)


@pytest.fixture
def bridge(
    database: str, kafka: Kafka, outside: Standins, topic: Callable[..., str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Bridge]:  # fmt: skip
    for name, value in connections(database, outside, kafka.bootstrap).items():
        monkeypatch.setenv(name, value)
    overlays = (BUNDLE / "tests" / "settings.yaml", tmp_path / "bridge.yaml")
    monkeypatch.setenv("TIDES_SETTINGS", ":".join(map(str, overlays)))
    made = Bridge(
        database,
        kafka.bootstrap,
        tmp_path,
        {"lsst": topic(), "ztf": topic(), "toy": topic()},
        streams={"toy": STREAM},
        surveys={"toy": "tests.toys.survey"},
        brokers={"toy": "tests.toys.broker"},
        targets={"tides-sn": {"mag_type": {"toy": {"g": "SDSS_g_AB", "r": "SDSS_r_AB"}}}},
    )
    yield made
    made.close()


def test_its_messages_become_targets_and_what_fades_is_switched_off(bridge):
    bridge.take_in("toy", a_toy_message())
    master = bridge.row("SELECT name, active, position_survey FROM tides.tides_master")
    assert (master["active"], master["position_survey"]) == (True, "toy")
    bridge.take_in("toy", a_toy_message(mag=20.1, days_ago=1.0))  # fainter than the limit, within the hysteresis
    assert bridge.row("SELECT active FROM tides.tides_master")["active"] is True
    bridge.take_in("toy", a_toy_message(mag=20.3, days_ago=0.5))
    assert bridge.row("SELECT active FROM tides.tides_master")["active"] is False


def test_its_sent_time_columns_nights_and_broken_messages_are_read_as_its_modules_say(bridge):
    bridge.publish("toy", a_toy_message(), a_toy_message("star-7"), b"{}", None)
    bridge.drain("toy")
    candidate = bridge.row("SELECT * FROM tides.candidate")
    assert candidate["known_at"] == NOW - timedelta(days=2) + timedelta(minutes=5)
    assert (candidate["ra"], candidate["detections"], candidate["sherlock_class"]) == (150.0, 8, "SN")
    night = bridge.row("SELECT stream, night FROM tides.survey_night")
    assert night == {"stream": "toy", "night": survey("toy").night(candidate["last_jd"])}
    reasons = [row["reason"] for row in bridge.rows('SELECT reason FROM tides.dead_letter ORDER BY "offset"')]
    assert reasons == ["name is not a TOY id", *["not an envelope of the toy broker"] * 2]


def test_a_fault_of_its_module_buries_one_message_and_opens_an_event(bridge):
    bridge.publish("toy", a_toy_message(), a_toy_message("toy-0002", kind=FAULTY), a_toy_message("toy-0003"))
    drained = bridge.drain("toy")
    assert (drained.messages, drained.objects, drained.dead_letters) == (3, 2, 1)
    assert drained.notes == ["the reader failed at partition 0, offset 1: KeyError"]
    assert bridge.row("SELECT reason FROM tides.dead_letter")["reason"] == "the reader failed (KeyError)"
    event = bridge.row("SELECT subject, detail FROM tides.event WHERE kind = 'reader fault'")
    assert (event["subject"], event["detail"]["offset"], event["detail"]["exception"]) == ("toy", 1, "KeyError")


def test_a_message_without_a_light_curve_is_set_aside_since_none_can_be_asked_for(bridge):
    envelope = msgspec.msgpack.decode(a_toy_message()) | {"curve": None}
    bridge.take_in("toy", msgspec.msgpack.encode(envelope))
    candidate = bridge.row("SELECT waiting, problem FROM tides.candidate")
    assert candidate["waiting"]
    assert candidate["problem"] == "broker toy sends light curves in messages only, and none came"


def test_a_target_of_two_surveys_is_placed_by_the_one_that_comes_first(bridge):
    bridge.take_in("toy", a_toy_message())
    bridge.take_in("lsst", an_lsst_message(ra=150.0001))
    (master,) = bridge.rows("SELECT ra, position_survey FROM tides.tides_master")
    assert (master["ra"], master["position_survey"]) == (150.0001, "lsst")


def test_4most_is_told_its_magnitudes_in_the_type_that_the_template_names(bridge):
    bridge.take_in("toy", a_toy_message())
    bridge.stage()
    wanted = bridge.row("SELECT wanted FROM tides.fourmost_target")["wanted"]
    assert (wanted["mag"], wanted["mag_type"]) == (pytest.approx(19.0, abs=0.05), "SDSS_r_AB")


def test_the_audit_of_a_broker_without_a_database_says_so_in_one_line(bridge):
    bridge.take_in("toy", a_toy_message())
    assert bridge.complete("toy").notes == [
        "broker toy has no database to compare with: what it did not send stays unknown"
    ]
    (note,) = bridge.refresh("toy").notes
    assert note == "broker toy has no database to ask: what became of its targets stays unknown"


@pytest.mark.parametrize("name", ["lsst", "ztf", "toy"])
def test_nights_are_the_same_in_sql_and_in_python(bridge, name):
    bridge.evaluate()  # a live run writes the surveys
    known = survey(name)
    start = jd_utc(datetime(2024, 2, 25, tzinfo=UTC))
    jds = [start + step * 0.61803 for step in range(1500)]
    rows = bridge.rows(
        "SELECT jd, tides.night(%s, jd) AS night, tides.night_end_jd(%s, tides.night(%s, jd)) AS ends"
        " FROM unnest(%s::double precision[]) AS jd",
        *(name, name, name, jds),
    )
    assert [(row["night"], row["ends"]) for row in rows] == [
        (known.night(row["jd"]), known.night_end(known.night(row["jd"]))) for row in rows
    ]
    assert len(rows) == len(jds)
