"""Values that cannot be true, and messages that nobody can read: unknown or buried, told, and no harm to the others."""

from tests.builders import AN_ID, NOW, a_ztf_message, an_lsst_message
from tides.clock import MJD_EPOCH_JD


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


def test_a_fault_of_the_reader_buries_one_message_and_opens_an_event(bridge, monkeypatch):
    from tides.stream import drain as module

    read = module.read_alert

    def faulty(value, *rest):
        if str(AN_ID + 1).encode() in value:
            raise KeyError("a bug")
        return read(value, *rest)

    monkeypatch.setattr(module, "read_alert", faulty)
    bridge.publish("lsst", *[an_lsst_message(AN_ID + n) for n in range(3)])
    drained = bridge.drain("lsst")
    assert (drained.messages, drained.objects, drained.dead_letters) == (3, 2, 1)
    assert bridge.row("SELECT reason FROM tides.dead_letter")["reason"] == "the reader failed (KeyError)"
    event = bridge.row("SELECT subject, detail FROM tides.event WHERE kind = 'reader fault'")
    assert (event["subject"], event["detail"]["offset"], event["detail"]["exception"]) == ("lsst", 1, "KeyError")


def test_what_postgresql_finds_too_large_is_buried_alone(bridge):
    bridge.connection.execute("CREATE INDEX too_small ON tides.candidate (alert)")
    noise = "".join(chr(0x4E00 + (n * n * 7919) % 20000) for n in range(20_000))
    bridge.publish("lsst", an_lsst_message(), an_lsst_message(AN_ID + 1, note=noise), an_lsst_message(AN_ID + 2))
    drained = bridge.drain("lsst")
    assert (drained.objects, drained.dead_letters) in ((2, 1), (3, 1))
    assert "refused by the database" in bridge.row("SELECT reason FROM tides.dead_letter")["reason"]
    assert len(bridge.rows("SELECT FROM tides.candidate")) == 2
