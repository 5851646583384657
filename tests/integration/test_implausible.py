"""Values that cannot be true, and messages that nobody can read: unknown or buried, told, and no harm to the others."""

import re

import pytest

from tests.builders import AN_ID, NOW, a_ztf_message, an_lsst_message
from tests.integration.test_runbook_queries import QUESTIONS
from tides.__main__ import main
from tides.clock import MJD_EPOCH_JD
from tides.errors import SettingsError, ValuesImplausible
from tides.stream.dead_letters import bury


def implausible(bridge):
    return bridge.rows(
        "SELECT subject, detail, closed_at IS NOT NULL AS over FROM tides.event WHERE kind = 'implausible values'"
    )


def test_a_date_in_another_unit_is_unknown_and_told_and_does_not_pin_the_object(bridge):
    right, later = an_lsst_message(), an_lsst_message(days_ago=1, sherlock="AGN", sent=NOW)
    wrong = right["lastDiaSourceMjdTai"] + MJD_EPOCH_JD + 1
    bridge.publish("lsst", right, an_lsst_message(lastDiaSourceMjdTai=wrong), later)
    (note,) = bridge.drain("lsst").notes
    assert note.startswith("column lastDiaSourceMjdTai implausible in 1 of 3 messages")
    assert "looks like JD" in note
    candidate = bridge.row("SELECT last_jd, sherlock_class FROM tides.candidate")
    assert abs(candidate["last_jd"] - (later["lastDiaSourceMjdTai"] + MJD_EPOCH_JD)) < 0.001
    assert candidate["sherlock_class"] == "AGN"
    (event,) = implausible(bridge)
    assert event["subject"] == "lsst.lastDiaSourceMjdTai"
    assert event["detail"] == {"messages": 1, "of": 3, "example": wrong, "looks_like": "JD"}
    bridge.publish("lsst", later)
    bridge.drain("lsst")
    assert implausible(bridge)[0]["over"]


def test_columns_in_lower_case_are_the_same_alert(bridge):
    message = an_lsst_message()
    bridge.publish("lsst", message)
    bridge.drain("lsst")
    before = bridge.row("SELECT alert_hash, waiting FROM tides.candidate")
    bridge.publish("lsst", {name if name in ("UTC", "alert") else name.lower(): v for name, v in message.items()})
    assert bridge.drain("lsst").notes == []
    assert bridge.row("SELECT alert_hash, waiting FROM tides.candidate") == before


def test_a_stamp_out_of_the_calendar_and_a_deep_column_are_dead_letters_and_the_next_message_is_stored(bridge):
    deep = a_ztf_message("ZTF26aaaaaab")
    for _ in range(900):
        deep["x"] = [deep.get("x", "\0")]
    bridge.publish("ztf", a_ztf_message(UTC="0001-01-01T00:00:00+14:00"), deep, a_ztf_message("ZTF26aaaaaac"))
    assert bridge.drain("ztf").dead_letters == 2
    reasons = [row["reason"] for row in bridge.rows('SELECT reason FROM tides.dead_letter ORDER BY "offset"')]
    assert reasons == ["UTC lies outside the years 1 to 9999", "nested too deeply"]
    assert bridge.row("SELECT object_id FROM tides.candidate")["object_id"] == "ZTF26aaaaaac"


def test_a_number_written_in_words_is_no_position(bridge):
    bridge.publish("lsst", an_lsst_message(decl="Unexpected type in json.dumps:<class 'decimal.Decimal'>"))
    assert bridge.drain("lsst").notes == ["column decl of a wrong type in 1 of 1 messages; it is NULL there"]
    assert bridge.row("SELECT dec FROM tides.candidate")["dec"] is None


def test_what_postgresql_finds_too_large_is_buried_alone(bridge):
    bridge.connection.execute("CREATE INDEX too_small ON tides.candidate (alert)")
    noise = "".join(chr(0x4E00 + (n * n * 7919) % 20000) for n in range(20_000))
    bridge.publish("lsst", an_lsst_message(), an_lsst_message(AN_ID + 1, note=noise), an_lsst_message(AN_ID + 2))
    drained = bridge.drain("lsst")
    assert (drained.objects, drained.dead_letters) in ((2, 1), (3, 1))
    assert "refused by the database" in bridge.row("SELECT reason FROM tides.dead_letter")["reason"]
    assert len(bridge.rows("SELECT FROM tides.candidate")) == 2


def test_of_a_message_with_new_columns_without_end_the_first_are_told_one_by_one(bridge):
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    bridge.publish("lsst", an_lsst_message(**{f"c{n:04}": 1 for n in range(1500)}))
    notes = bridge.drain("lsst").notes
    assert notes[0] == "column c0000 appeared"
    assert notes[20:] == ["and 1480 more columns appeared, vanished or changed their type"]
    drift = "SELECT subject, detail FROM tides.event WHERE kind = 'schema drift' ORDER BY event_id"
    events = bridge.rows(drift)
    assert len(events) == 21
    assert events[-1]["subject"] == "lsst"
    assert events[-1]["detail"]["columns"] == 1480
    bridge.publish("lsst", an_lsst_message())
    assert len(bridge.drain("lsst").notes) == 21
    assert len(bridge.rows(drift)) == 42


def test_a_row_of_the_brokers_database_is_believed_no_more_than_a_message(bridge, outside):
    bridge.connection.execute(
        "INSERT INTO tides.stream_offset (lane, stream, partition, next_offset, caught_up_at)"
        " VALUES ('live', 'lsst', 0, 0, %s)",
        (NOW,),
    )
    outside.fault({"kind": "values", "path": "/query/", "rows": 3, "values": {"decl": -999.0}, "times": 1})
    rows = bridge.complete("lsst").rows
    subject = "lsst.decl (row of the database, completeness)"
    told = implausible(bridge)
    assert told == [
        {
            "subject": subject,
            "detail": {"messages": 3, "of": rows, "example": -999.0, "looks_like": None},
            "over": False,
        }
    ]
    assert len(bridge.rows("SELECT FROM tides.candidate WHERE dec IS NULL")) == 3
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    assert implausible(bridge) == told
    bridge.complete("lsst")
    assert [event["over"] for event in implausible(bridge)] == [True]


def test_a_selected_object_without_a_position_is_listed_and_becomes_a_target_with_its_next_message(bridge):
    words = "Unexpected type in json.dumps:<class 'decimal.Decimal'>"
    bridge.take_in("lsst", an_lsst_message(decl=words))
    assert bridge.rows("SELECT FROM tides.tides_master") == []
    counted = re.compile(r"\| selected, but without a position +\| +(\d+) \|")
    report = bridge.report()
    assert counted.search(report).group(1) == "1"
    assert "**Unusual:**\n\n- selected, but without a position: 1\n" in report
    (question,) = [question for question in QUESTIONS if "c.dec IS NULL" in question]
    assert [row["object_id"] for row in bridge.rows(question)] == [str(AN_ID)]
    bridge.take_in("lsst", an_lsst_message(days_ago=1.0))
    assert counted.search(bridge.report()) is None
    assert bridge.rows(question) == []
    assert bridge.row("SELECT dec FROM tides.tides_master")["dec"] == -30.0


def in_jd(count, first=0):
    right = an_lsst_message()
    return [
        an_lsst_message(AN_ID + n, lastDiaSourceMjdTai=right["lastDiaSourceMjdTai"] + MJD_EPOCH_JD)
        for n in range(first, first + count)
    ]


def test_a_stream_of_implausible_values_is_stopped_before_it_is_stored_until_a_person_accepts_them(bridge, capsys):
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    bridge.publish("lsst", *in_jd(20))
    for _ in range(2):
        with pytest.raises(ValuesImplausible, match=r"20 of 20 values of the column lastDiaSourceMjdTai .*like JD"):
            bridge.drain("lsst")
    assert bridge.row("SELECT next_offset FROM tides.stream_offset")["next_offset"] == 1
    assert bridge.row("SELECT messages FROM tides.candidate")["messages"] == 1
    assert implausible(bridge)[0]["detail"]["stopped"] is True
    assert main(["stream", "lsst", "--accept-unknown", "lastDiaSourceMjdTai", "--by", "ann"]) == 0
    assert bridge.drain("lsst").messages == 20
    assert bridge.row("SELECT count(*) AS n FROM tides.candidate WHERE last_jd IS NULL")["n"] == 19
    bridge.publish("lsst", *[an_lsst_message(AN_ID + n) for n in range(20)])
    bridge.drain("lsst")
    assert bridge.rows("SELECT FROM tides.accepted_unknown") == []
    assert implausible(bridge)[0]["over"]
    assert bridge.rows("SELECT FROM tides.candidate WHERE last_jd IS NULL") == []


def test_fewer_than_twenty_values_are_told_and_stop_nothing(bridge):
    bridge.publish("lsst", *in_jd(19))
    assert bridge.drain("lsst").messages == 19
    assert "stopped" not in implausible(bridge)[0]["detail"]


def test_only_a_column_that_is_read_can_be_accepted(bridge, capsys):
    assert main(["stream", "lsst", "--accept-unknown", "colour"]) != 0
    assert "reads no column 'colour'" in capsys.readouterr().err


def test_a_person_buries_the_message_at_the_bookmark_and_no_other(bridge, capsys):
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    bridge.publish("lsst", b"poison", an_lsst_message(AN_ID + 1))
    with bridge.topic("lsst") as topic, pytest.raises(SettingsError, match="the bookmark stands at offset 1"):
        bury(bridge.connection, topic, "lsst", 0, 2, "ann")
    assert main(["dead-letters", "bury", "lsst", "0", "1", "--by", "ann"]) == 0
    letter = bridge.row('SELECT "offset", raw, reason FROM tides.dead_letter')
    assert letter == {"offset": 1, "raw": b"poison", "reason": "buried by ann"}
    event = bridge.row("SELECT subject, detail FROM tides.event WHERE kind = 'message buried'")
    assert event == {"subject": "lsst", "detail": {"by": "ann", "partition": 0, "offset": 1}}
    assert bridge.drain("lsst").messages == 1
    with bridge.topic("lsst") as topic, pytest.raises(SettingsError, match="no message at offset 3 yet"):
        bury(bridge.connection, topic, "lsst", 0, 3, "ann")
