"""What the broker changes about a stream's columns is counted and told once, not turned into NULLs in silence."""

import json

from tests.builders import AN_ID, an_lsst_message


def without(column, **changes):
    return {key: value for key, value in (an_lsst_message() | changes).items() if key != column}


def events(bridge):
    return bridge.rows(
        "SELECT subject, detail, seen, closed_at FROM tides.event WHERE kind = 'schema drift' ORDER BY 1"
    )


def test_columns_that_are_as_ever_are_no_news(bridge):
    for number in range(3):
        bridge.publish("lsst", an_lsst_message(AN_ID + number), an_lsst_message(AN_ID, g_psfFlux=None))
        assert bridge.drain("lsst").notes == []
    assert events(bridge) == []


def test_a_column_that_the_bridge_reads_and_that_vanishes_is_counted_and_told_once_until_it_is_back(bridge):
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    bridge.publish("lsst", without("ra"), without("ra", diaObjectId=AN_ID + 1))
    assert bridge.drain("lsst").notes == ["column ra vanished in 2 of 2 messages; it is NULL there"]
    bridge.publish("lsst", without("ra"))
    assert bridge.drain("lsst").notes == []
    (event,) = events(bridge)
    assert (event["subject"], event["seen"], event["closed_at"]) == ("lsst.ra", 2, None)
    assert event["detail"] == {"what": "vanished", "messages": 1, "of": 1, "read": True}
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    assert events(bridge)[0]["closed_at"] is not None


def test_a_column_that_the_bridge_reads_and_that_changes_type_is_counted(bridge):
    bridge.publish("lsst", an_lsst_message(), an_lsst_message(decl="-30.0"))
    assert bridge.drain("lsst").notes == ["column decl of a wrong type in 1 of 2 messages; it is NULL there"]


def test_a_column_that_the_bridge_reads_and_that_comes_late_is_told_once(bridge):
    bridge.publish("lsst", without("ra"))
    assert bridge.drain("lsst").notes == ["column ra vanished in 1 of 1 messages; it is NULL there"]
    for told in (["column ra appeared"], []):
        bridge.publish("lsst", an_lsst_message())
        assert bridge.drain("lsst").notes == told


def test_another_column_that_appears_turns_and_vanishes_is_recorded_once_each(bridge):
    for extra in ({}, {"new": 1}, {"new": 2.5}, {"new": "text"}, {"new": None}, {}):
        bridge.publish("lsst", an_lsst_message(**extra))
        bridge.drain("lsst")
    told = [event["detail"]["what"] for event in events(bridge)]
    assert told == ["column new appeared", "column new turned from number to text", "column new vanished"]
    assert all(event["closed_at"] for event in events(bridge))


def test_a_drain_of_dead_letters_alone_says_nothing_of_columns(bridge):
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    bridge.publish("lsst", json.dumps([]).encode())
    assert bridge.drain("lsst").notes == []


EVIL = "x\x1b[2J\u202e<script>|[a](b)"


def test_a_column_with_a_name_of_markup_and_control_characters_is_shown_and_obeyed_by_nothing(bridge):
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    bridge.publish("lsst", an_lsst_message(**{EVIL: 1, "n" * 250: 2}))
    drained = bridge.drain("lsst")
    told = [*drained.notes, *(text for e in events(bridge) for text in (e["subject"], e["detail"]["what"]))]
    assert told
    assert all(text.isprintable() and len(text) <= 1000 for text in told)
    text = bridge.report(drained=[drained])
    assert text.replace("\n", "").isprintable()
    assert "<script>" not in text
    assert "[a](b)" not in text
    assert r"x\\x1b\[2J\\u202e&lt;script&gt;\|\[a\](b)" in text
