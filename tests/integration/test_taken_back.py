"""What the broker takes back, what comes late, and what frees an object that a wrong word holds."""

import json
from datetime import timedelta

import pytest

from tests.bridge import LIVE
from tests.builders import AN_ID, NOW, a_ztf_message, an_lsst_message
from tides.__main__ import main
from tides.clock import jd_utc, jd_utc_to_mjd_tai, mjd_tai_to_jd_utc
from tides.settings.model import load_settings
from tides.stream.fold import fold_alerts
from tides.stream.free import free
from tides.stream.messages import read_alert


def brighter_at_last(**columns):
    """A message whose newest night is 0.75 mag brighter than the others."""
    message = an_lsst_message(days_ago=1, **columns)
    for source in message["alert"]["diaSourcesList"][-3:]:
        source["psfFlux"] *= 2
    for band in "gri":
        message[f"{band}_psfFlux"] *= 2
    return message


def without_its_last_night(**columns):
    """The same object, said later, whose newest night has been withdrawn."""
    return an_lsst_message(days_ago=2, nights=3, sent=NOW, **columns)


def take_in(bridge, *messages):
    for message in messages:
        bridge.take_in("lsst", message)


def known(bridge):
    """What the candidate and the target say of the newest detection and of the magnitudes."""
    return bridge.row(
        "SELECT round(c.last_jd::numeric, 3) AS last_jd, c.detections, round(m.jdmax::numeric, 3) AS jdmax,"
        " round(m.rmag::numeric, 2) AS rmag, round(m.magrmin::numeric, 2) AS magrmin, round(b.current_mag::numeric, 2)"
        " AS current_mag FROM tides.candidate AS c JOIN tides.tides_alias AS a USING (survey, object_id)"
        " JOIN tides.tides_master AS m USING (tides_id)"
        " JOIN tides.target_band AS b ON b.tides_id = m.tides_id AND b.band = 'r' WHERE c.lane = 'live'"
    )


def events(bridge, kind="taken back"):
    return bridge.rows("SELECT subject, detail FROM tides.event WHERE kind = %s ORDER BY event_id", kind)


def test_a_withdrawn_newest_detection_lowers_dates_and_magnitudes_and_is_told(bridge):
    take_in(bridge, brighter_at_last())
    assert float(known(bridge)["rmag"]) == float(known(bridge)["magrmin"]) == pytest.approx(20.25, abs=0.01)
    take_in(bridge, without_its_last_night())
    (row,) = bridge.rows("SELECT last_jd FROM tides.candidate")
    assert row["last_jd"] == pytest.approx(jd_utc(NOW - timedelta(days=2)), abs=1e-6)
    after = known(bridge)
    assert {after["rmag"], after["magrmin"]} == {21}
    assert float(after["current_mag"]) == pytest.approx(21, abs=0.05)
    assert float(after["jdmax"]) == pytest.approx(row["last_jd"], abs=1e-3)
    (told,) = events(bridge)
    assert (told["subject"], told["detail"]["objects"], told["detail"]["object_id"]) == ("lsst", 1, str(AN_ID))
    assert told["detail"]["from_jd"] - told["detail"]["to_jd"] == pytest.approx(1)


def test_the_state_after_taking_back_is_that_of_an_object_that_never_had_the_detection(make_bridge):
    outcomes = []
    for messages in ([brighter_at_last(), without_its_last_night()], [without_its_last_night()]):
        bridge = make_bridge()
        bridge.connection.execute(
            "TRUNCATE tides.candidate, tides.light_curve, tides.selection, tides.stream_offset,"
            " tides.tides_master CASCADE"
        )
        take_in(bridge, *messages)
        outcomes.append(known(bridge))
    assert outcomes[0] == outcomes[1]


def test_what_comes_back_after_it_was_taken_back_counts_again(bridge):
    take_in(bridge, brighter_at_last())
    first = known(bridge)
    take_in(bridge, without_its_last_night())
    again = brighter_at_last(sent=NOW + timedelta(minutes=5))
    take_in(bridge, again)
    assert known(bridge) == first


def test_a_late_message_overwrites_nothing_whatever_its_dates(bridge):
    take_in(bridge, without_its_last_night())
    before = known(bridge)
    take_in(bridge, brighter_at_last())
    assert known(bridge) == before
    assert events(bridge) == []


def test_a_detection_that_a_second_object_of_the_target_has_stays(bridge):
    other = AN_ID + 1
    faint = an_lsst_message(other, mag=21.5, days_ago=1.2, ra=150.0 + 0.2 / 3600)
    take_in(bridge, brighter_at_last(), faint)
    take_in(bridge, without_its_last_night())
    bands = bridge.row("SELECT newest_mag, brightest_mag FROM tides.target_band WHERE band = 'r'")
    assert bands["newest_mag"] == pytest.approx(21.5, abs=0.01), "the other object's, which nobody took back"
    assert bands["brightest_mag"] == pytest.approx(21.0, abs=0.01)


def test_what_was_known_of_the_time_before_a_light_curve_begins_stays(bridge):
    take_in(bridge, an_lsst_message(mag=20.0, days_ago=30))
    take_in(bridge, an_lsst_message(mag=21.0, days_ago=1))
    assert known(bridge)["magrmin"] == 20


def test_a_date_in_another_unit_holds_no_later_message_back(bridge):
    message = an_lsst_message(days_ago=3, sent=NOW - timedelta(days=2))
    in_jd = {**message, "lastDiaSourceMjdTai": jd_utc(NOW - timedelta(days=2))}
    right = {
        **message,
        "lastDiaSourceMjdTai": float(jd_utc_to_mjd_tai(jd_utc(NOW - timedelta(days=1)))),
        "sherlock_classifications": "AGN",
        "UTC": f"{NOW:%Y-%m-%d %H:%M:%S}",
    }
    take_in(bridge, message, in_jd, right)
    row = bridge.row("SELECT last_jd, sherlock_class FROM tides.candidate")
    assert row["last_jd"] == pytest.approx(mjd_tai_to_jd_utc(right["lastDiaSourceMjdTai"]))
    assert row["sherlock_class"] == "AGN"
    assert bridge.row("SELECT sherlock_class FROM tides.tides_master")["sherlock_class"] == "AGN"


def fold_row(bridge, message, origin, known_at):
    stream = bridge.settings.streams["ztf"]
    columns = {name: value for name, value in message.items() if name != "UTC"}
    with bridge.connection.transaction():
        alert = read_alert(json.dumps(columns).encode(), known_at, stream)
        fold_alerts(bridge.connection, "live", "ztf", stream, [alert], origin)


def test_a_lagging_row_of_the_database_overwrites_no_newer_message(bridge):
    bridge.publish("ztf", a_ztf_message(days_ago=1, ncandgp=9))
    bridge.drain("ztf", LIVE)
    fold_row(bridge, a_ztf_message(days_ago=2, ncandgp=8), "refresh", NOW)
    assert bridge.row("SELECT detections, origin FROM tides.candidate") == {"detections": 9, "origin": "stream"}


@pytest.mark.parametrize("order", [("older", "newer"), ("newer", "older")])
def test_a_message_of_a_newer_detection_counts_over_a_row_that_was_read_after_it_was_sent(bridge, order):
    messages = {
        "older": a_ztf_message(days_ago=3, ncandgp=7, UTC=f"{NOW - timedelta(hours=2):%Y-%m-%d %H:%M:%S}"),
        "newer": a_ztf_message(days_ago=1, ncandgp=9, UTC=f"{NOW - timedelta(hours=1):%Y-%m-%d %H:%M:%S}"),
    }
    bridge.publish("ztf", messages[order[0]])
    bridge.drain("ztf", LIVE)
    fold_row(bridge, a_ztf_message(days_ago=2, ncandgp=8), "refresh", NOW)
    bridge.publish("ztf", messages[order[1]])
    bridge.drain("ztf", LIVE)
    assert bridge.row("SELECT detections, messages FROM tides.candidate") == {"detections": 9, "messages": 2}


@pytest.mark.parametrize("sent", ["2036-01-01 00:00:00", "1994-01-01 00:00:00"])
def test_a_sent_time_that_cannot_be_gives_way_to_the_brokers_stamp(sent):
    stream = load_settings().streams["ztf"]
    assert read_alert(json.dumps(a_ztf_message(UTC=sent)).encode(), NOW, stream).known_at == NOW


def test_a_freed_object_is_asked_of_the_api_and_any_message_counts_for_it(bridge, outside):
    take_in(bridge, brighter_at_last(sent=NOW))
    free(bridge.connection, "lsst", str(AN_ID), "somebody")
    bridge.evaluate()
    assert outside.calls("/api/object/") == 1
    take_in(bridge, an_lsst_message(days_ago=2, nights=3, sent=NOW - timedelta(days=1)))
    after = known(bridge)
    assert {after["rmag"], after["magrmin"], after["detections"]} == {21, 9}
    (told,) = events(bridge, "freed")
    assert told == {"subject": f"lsst {AN_ID}", "detail": {"by": "somebody"}}


def test_the_command_frees_an_object_or_says_that_none_came(bridge, capsys):
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    assert main(["free", "lsst", str(AN_ID), "--by", "somebody"]) == 0
    assert "any message counts as newer" in capsys.readouterr().out
    assert main(["free", "lsst", "7", "--by", "somebody"]) == 1
    assert "no stream has brought lsst 7" in capsys.readouterr().err
