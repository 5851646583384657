"""What became of our targets: Lasair's present rows, merged without a call where no new light curve is needed."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.bridge import Bridge
from tests.builders import AN_ID, NOW, an_lsst_message
from tests.standins import Standins
from tides.archive.refresh import row_is_faint
from tides.clock import jd_utc, mjd_tai_to_jd_utc
from tides.hooks.lasair import LasairHook
from tides.stream.messages import read_alert


@pytest.fixture
def rows(bridge, outside) -> list[dict[str, Any]]:
    """Lasair's present rows of all LSST objects."""
    asked = bridge.settings.streams["lsst"].filter
    return LasairHook().query("lsst", asked.selected, asked.tables, "objects.nPosDiaSources > 0", 1000)


def a_message_of(row: dict[str, Any], days_earlier: float = 0.0) -> dict[str, Any]:
    """A message that makes the row's object a target, as its row was some days earlier."""
    then = row["lastDiaSourceMjdTai"] - days_earlier
    days_ago = jd_utc(NOW) - float(mjd_tai_to_jd_utc(then))
    return an_lsst_message(
        row["diaObjectId"],
        days_ago=days_ago,
        ra=row["ra"],
        dec=row["decl"],
        sent=NOW - timedelta(days=days_ago) + timedelta(minutes=2),
        lastDiaSourceMjdTai=then,  # to the last digit
    )


def make_targets(bridge: Bridge, *messages: dict[str, Any]) -> None:
    bridge.take_in("lsst", *messages)
    assert len(bridge.rows("SELECT FROM tides.tides_alias")) == len(messages)


def is_faint(bridge: Bridge, row: dict[str, Any]) -> bool:
    stream = bridge.settings.streams["lsst"]
    alert = read_alert(json.dumps(row).encode(), NOW, stream)
    return row_is_faint(alert, stream.live, bridge.settings.live.hysteresis_mag)


def light_curve_calls(outside: Standins) -> int:
    return outside.calls("/api/object/")


def test_a_target_that_turned_out_an_agn_gets_its_class_without_a_call(bridge, outside, rows):
    agn = next(row for row in rows if row["sherlock_classifications"] == "AGN")
    make_targets(bridge, a_message_of(agn))
    done = bridge.refresh("lsst")
    assert (done.asked, done.changed, done.waiting, done.unknown) == (1, 1, 0, 0)
    bridge.evaluate()
    bridge.remember()
    assert bridge.row("SELECT sherlock_class FROM tides.tides_master")["sherlock_class"] == "AGN"
    assert bridge.row("SELECT origin, messages FROM tides.candidate") == {"origin": "refresh", "messages": 1}
    assert light_curve_calls(outside) == 0


def test_a_newer_detection_waits_for_evaluation_when_it_is_bright(bridge, rows):
    bright = next(row for row in rows if not is_faint(bridge, row))
    make_targets(bridge, a_message_of(bright, days_earlier=10))
    done = bridge.refresh("lsst")
    assert (done.changed, done.waiting) == (1, 1)
    assert bridge.row("SELECT waiting FROM tides.candidate")["waiting"] is True


def test_a_target_that_faded_is_switched_off_by_its_row_alone(bridge, outside, rows):
    stream = bridge.settings.streams["lsst"]  # with a limit so bright that whatever is current is faint
    strict = stream.model_copy(update={"live": stream.live.model_copy(update={"faint_limit": 11.0})})
    bridge.settings = bridge.settings.model_copy(update={"streams": bridge.settings.streams | {"lsst": strict}})
    faint = next(row for row in rows if is_faint(bridge, row))
    make_targets(bridge, a_message_of(faint, days_earlier=25))
    assert bridge.row("SELECT active FROM tides.tides_master")["active"] is True
    assert bridge.refresh("lsst").waiting == 0
    bridge.evaluate()
    bridge.remember()
    assert bridge.row("SELECT active, why FROM tides.tides_master") == {"active": False, "why": "faint"}
    assert light_curve_calls(outside) == 0


def test_a_refresh_that_brings_nothing_new_changes_no_row(bridge, rows):
    make_targets(bridge, *(a_message_of(row) for row in rows[:3]))
    bridge.refresh("lsst")
    bridge.remember()
    versions = "SELECT xmin::text FROM tides.candidate UNION ALL SELECT xmin::text FROM tides.tides_master ORDER BY 1"
    before = bridge.rows(versions)
    assert bridge.refresh("lsst").changed == 0
    bridge.remember()
    assert bridge.rows(versions) == before


def test_what_waits_for_its_judgement_is_left_as_it_came(bridge, rows):
    agn = next(row for row in rows if row["sherlock_classifications"] == "AGN")
    make_targets(bridge, a_message_of(agn))
    bridge.connection.execute("UPDATE tides.candidate SET waiting = true")
    assert bridge.refresh("lsst").changed == 0
    assert bridge.row("SELECT sherlock_class FROM tides.candidate")["sherlock_class"] == "SN"


def test_a_light_curve_stays_that_of_the_refreshed_alert(bridge, outside, rows):
    agn = next(row for row in rows if row["sherlock_classifications"] == "AGN")
    make_targets(bridge, a_message_of(agn))
    bridge.refresh("lsst")
    bridge.connection.execute("UPDATE tides.candidate SET waiting = true")
    bridge.evaluate()
    assert bridge.row("SELECT waiting FROM tides.candidate")["waiting"] is False
    assert light_curve_calls(outside) == 0


def test_an_object_that_lasair_no_longer_has_is_counted_and_left_alone(bridge, rows):
    make_targets(bridge, a_message_of(rows[0]), an_lsst_message(AN_ID, ra=200.0))
    done = bridge.refresh("lsst")
    assert (done.asked, done.unknown) == (2, 1)
    untouched = bridge.row("SELECT origin, waiting FROM tides.candidate WHERE object_id = %s", str(AN_ID))
    assert untouched == {"origin": "stream", "waiting": False}


def test_ids_are_asked_in_blocks_that_fit_a_query(bridge, outside, rows):
    bridge.connection.execute(
        "WITH m AS (INSERT INTO tides.tides_master (name, ra, dec, position_survey, reachable, template, active)"
        " SELECT 'T' || n, 10, 10, 'lsst', true, 'tides-sn', true FROM generate_series(1, 500) AS n RETURNING tides_id)"
        " INSERT INTO tides.tides_alias (survey, object_id, tides_id)"
        " SELECT 'lsst', (170000000000000000 + tides_id)::text, tides_id FROM m"
    )
    done = bridge.refresh("lsst")
    assert (done.asked, done.unknown) == (500, 500)
    assert done.calls == outside.calls("/api/query/") - 1 == 3


def test_targets_that_have_been_off_for_long_are_not_asked_for(bridge, outside, rows):
    make_targets(bridge, a_message_of(rows[0]), an_lsst_message(AN_ID, ra=200.0))
    off = "UPDATE tides.tides_master SET active = false, updated = now() - interval '61 days' WHERE ra = 200"
    bridge.connection.execute(off)
    assert bridge.refresh("lsst").asked == 1


def test_an_object_that_spoils_a_query_leaves_the_others_refreshed(make_bridge, outside, rows):
    bridge = make_bridge(lasair={"attempts": 1})
    make_targets(bridge, *(a_message_of(row) for row in rows[:5]))
    poison = str(rows[1]["diaObjectId"])
    outside.fault({"path": "/api/query/", "contains": poison, "kind": "status", "status": 500, "times": None})
    done = bridge.refresh("lsst")
    assert (done.asked, done.unknown) == (5, 0)
    assert done.calls == outside.calls("/api/query/") - 1, "the fixture made one call"
    assert done.notes[0].startswith(f"Lasair fails at the row of {poison}: ")
    bridge.refresh("lsst")
    assert bridge.refresh("lsst").asked == 4, "it rests"
    outside.no_faults()
    bridge.connection.execute("UPDATE tides.lasair_failure SET failed_at = now() - interval '37 h'")
    assert (bridge.refresh("lsst").asked, bridge.rows("SELECT FROM tides.lasair_failure")) == (5, [])


def test_an_object_whose_entry_at_tns_spoils_a_query_has_its_row_and_no_half_word(make_bridge, outside, rows):
    bridge = make_bridge(lasair={"attempts": 1})
    make_targets(bridge, *(a_message_of(row) for row in rows[:3]))
    poison = str(rows[1]["diaObjectId"])
    outside.say(poison, tns={"tns_prefix": "SN", "tns_name": "2026abc", "type": "SN Ia"})
    outside.fault({"path": "/api/query/", "kind": "poison", "poison": "SN Ia", "times": None})
    done = bridge.refresh("lsst")
    assert (done.asked, done.unknown) == (3, 0)
    assert "entry at TNS" in done.notes[0]
    noted = {row["object_id"] for row in bridge.rows("SELECT object_id FROM tides.tides_context")}
    assert noted == {str(row["diaObjectId"]) for row in rows[:3]} - {poison}
