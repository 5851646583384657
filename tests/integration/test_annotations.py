"""What became of its objects, told back to Lasair: once for each change, within the quota, at nobody's cost."""

from datetime import UTC, datetime

import pytest

from tests.bridge import Bridge
from tests.builders import AN_ID, an_lsst_message
from tests.standins import Standins
from tides.brokers.parts import FAILED_IN_A_ROW
from tides.errors import AnswerBroken, ServiceAway, SettingsError
from tides.settings.model import DEFAULT_FILE, load_settings

OTHER = AN_ID + 1
ON = {"enabled": True, "topic": "tides"}


@pytest.fixture
def bridge(make_bridge) -> Bridge:
    return make_bridge(annotations=ON)


def take_two_in(bridge: Bridge) -> None:
    bridge.take_in("lsst", an_lsst_message(AN_ID), an_lsst_message(OTHER, ra=200.0, dec=45.0))


def calls(outside: Standins) -> int:
    return outside.calls("/api/annotate/")


def test_verdict_and_state_at_4most_are_told_and_told_again_when_they_change(bridge, outside):
    take_two_in(bridge)
    assert bridge.annotate("lsst").sent == 2
    assert outside.annotations()[str(AN_ID)]["classification"] == "live, not at 4MOST yet"
    assert outside.annotations()[str(OTHER)]["classification"] == "not live"
    bridge.tell()
    assert bridge.annotate("lsst").sent == 1
    said = outside.annotations()[str(AN_ID)]
    target = bridge.row("SELECT name, pk_4most FROM tides.tides_master WHERE active")
    assert said["classification"] == "live, submitted to 4MOST"
    assert said["explanation"] == f"{target['name']}: live; selected by tidesSNLSST"
    assert (said["classdict"]["name"], said["classdict"]["4most_id"]) == (target["name"], target["pk_4most"])
    assert said["version"] == bridge.functions["tidesSNLSST"].hash[:16]
    assert said["classdict"]["trigger_jd"] > 2_400_000


def test_a_retry_and_another_audit_send_nothing_twice(bridge, outside):
    take_two_in(bridge)
    outside.fault({"path": "/api/annotate/", "kind": "status", "status": 400, "times": 1})
    first = bridge.annotate("lsst")
    assert (first.sent, first.refused) == (1, 1)
    assert "400" in first.notes[0]
    assert bridge.annotate("lsst").sent == 1, "only what was refused is tried again"
    before = calls(outside)
    assert bridge.annotate("lsst").sent == 0
    assert calls(outside) == before


def test_an_object_that_lasair_fails_at_is_told_last_and_then_rests(make_bridge, outside):
    bridge = make_bridge(annotations=ON, lasair={"attempts": 1})
    take_two_in(bridge)
    poison = str(AN_ID)  # the live one, which is told first
    outside.fault(
        {"path": "/api/annotate/", "contains": poison, "kind": "status", "status": 500, "times": None},
    )
    done = bridge.annotate("lsst")
    assert (done.sent, done.refused, done.waiting) == (1, 1, 0)
    assert outside.annotations().keys() == {str(OTHER)}
    assert [bridge.annotate("lsst").refused for _ in range(2)] == [1, 0]
    bridge.connection.execute("UPDATE tides.lasair_failure SET failed_at = now() - interval '37 h'")
    assert bridge.annotate("lsst").refused == 1
    event = "SELECT subject, closed_at FROM tides.event WHERE kind = 'Lasair fails at an object'"
    assert bridge.row(event) == {"subject": f"lsst {poison}: annotation", "closed_at": None}
    outside.no_faults()
    bridge.connection.execute("UPDATE tides.lasair_failure SET failed_at = now() - interval '1 min'")
    assert bridge.annotate("lsst").sent == 0, "it rests"
    bridge.publish("lsst", an_lsst_message(AN_ID, sent=datetime.now(UTC)))
    bridge.drain("lsst")
    assert bridge.annotate("lsst").sent == 1, "a newer alert ends the pause"
    assert bridge.row(event)["closed_at"] is not None


def test_what_is_told_before_lasair_goes_away_stays_told(bridge, outside):
    take_two_in(bridge)
    outside.fault({"path": "/api/", "kind": "status", "status": 500, "skip": 1, "times": None})
    with pytest.raises(ServiceAway):
        bridge.annotate("lsst")
    assert len(bridge.rows("SELECT FROM tides.annotation")) == 1
    outside.no_faults()
    assert bridge.annotate("lsst").sent == 1


def test_the_quota_bounds_it_and_the_rest_waits(make_bridge, outside):
    bridge = make_bridge(annotations=ON, audit={"quota_share": 0.5}, lasair={"calls_an_hour": 2})
    take_two_in(bridge)
    done = bridge.annotate("lsst")
    assert (done.sent, done.waiting, done.refused) == (1, 1, 0)
    assert "calls left" in done.notes[0]
    assert calls(outside) == 1


def test_a_topic_that_lasair_does_not_know_stops_it_with_lasairs_words(make_bridge, outside):
    bridge = make_bridge(annotations={"enabled": True, "topic": "nobodys"})
    bridge.take_in("lsst", *(an_lsst_message(AN_ID + n, ra=150.0 + n) for n in range(FAILED_IN_A_ROW + 1)))
    with pytest.raises(AnswerBroken, match="topic nobodys does not exist"):
        bridge.annotate("lsst")
    assert calls(outside) == FAILED_IN_A_ROW
    assert bridge.row("SELECT count(*) AS n FROM tides.lasair_failure")["n"] == FAILED_IN_A_ROW
    assert bridge.rows("SELECT FROM tides.annotation") == []


def test_it_is_off_unless_the_settings_say_so_and_then_needs_a_topic(tmp_path):
    assert load_settings(DEFAULT_FILE).annotations.enabled is False
    overlay = tmp_path / "on.yaml"
    overlay.write_text("annotations: {enabled: true}", encoding="utf-8")
    with pytest.raises(SettingsError, match="annotations: topic: name the annotator's topic"):
        load_settings(DEFAULT_FILE, overlay)
