"""A target that turns out something else: two refreshes switch it off, and two switch it on again."""

import json
from typing import Any

import pytest

from tests.bridge import Bridge
from tests.builders import an_lsst_message
from tests.integration.test_stream_refresh import a_message_of, rows  # noqa: F401 - fixture
from tests.standins import Standins
from tides.functions.functions import load_functions, read_functions
from tides.journal.states import history, unexpected
from tides.reports.trace import trace


class Target:
    """A live target of the stand-in's sky, told to 4MOST, of which catalogues come to say something."""

    def __init__(self, bridge: Bridge, outside: Standins, rows: list[dict[str, Any]]):  # noqa: F811 - the fixture
        self.bridge, self.outside = bridge, outside
        live = {source["lsst"] for source in outside.truth() if source["live"] == "yes"}
        row = next(row for row in rows if row["diaObjectId"] in live)
        self.object_id = row["diaObjectId"]
        bridge.take_in("lsst", a_message_of(row))
        self.said(sherlock="SN")
        bridge.refresh("lsst")
        bridge.run()
        assert self.stands == (True, "live")

    def said(self, **words: Any) -> None:
        """What catalogues say from now on."""
        self.outside.say(self.object_id, **words)

    def refresh(self, hours_later: float) -> tuple[bool, str]:
        """A refresh so many hours after the last one, and a run; how the target stands then."""
        self.bridge.connection.execute(
            "UPDATE tides.tides_context SET said_since = said_since - make_interval(secs => %s * 3600)", (hours_later,)
        )
        self.bridge.refresh("lsst")
        self.bridge.run()
        return self.stands

    @property
    def stands(self) -> tuple[bool, str]:
        row = self.bridge.row(
            "SELECT active, words FROM tides.tides_master JOIN tides.reason_in_words USING (tides_id)"
        )
        return row["active"], row["words"]

    @property
    def active_at_4most(self) -> bool:
        (row,) = self.outside.rows()
        return row["is_active"]

    @property
    def steps(self) -> list[tuple[str, str]]:
        return [(step.step, step.reason) for step in history(self.bridge.connection, 1)]


@pytest.fixture
def target(bridge, outside, rows) -> Target:  # noqa: F811 - the fixture
    return Target(bridge, outside, rows)


def test_two_refreshes_switch_it_off_and_two_on_again_each_with_its_reason(target, bridge):
    target.said(sherlock="AGN")
    assert target.refresh(24) == (True, "live")
    assert target.refresh(21) == (False, "reclassified: AGN by Sherlock")
    assert not target.active_at_4most
    step, words = target.steps[-1]
    assert step == "deactivated"
    assert words.startswith("reclassified: AGN by Sherlock, said in refreshes from 20")
    event = bridge.row("SELECT kind, detail, closed_at FROM tides.event")
    assert (event["kind"], event["closed_at"]) == ("reclassified target", None)
    assert "reclassified: AGN by Sherlock" in trace(bridge.connection, 1).as_text()

    target.said(sherlock="SN")
    assert target.refresh(24) == (False, "reclassified: AGN by Sherlock")
    assert target.refresh(21) == (True, "live")
    assert target.active_at_4most
    step, words = target.steps[-1]
    assert step == "reactivated"
    assert words.startswith("no longer reclassified: AGN by Sherlock; lsst: ")
    assert bridge.row("SELECT closed_at IS NOT NULL AS closed FROM tides.event")["closed"]
    assert unexpected([step for step, _ in target.steps]) == []


def test_a_second_refresh_too_soon_and_one_without_a_class_say_nothing_new(target):
    target.said(sherlock="AGN")
    target.refresh(24)
    assert target.refresh(19) == (True, "live")
    target.said(sherlock=None)
    assert target.refresh(2) == (True, "live"), "no class is no word"
    target.said(sherlock="VS")
    assert target.refresh(0) == (False, "reclassified: VS by Sherlock")
    target.said(sherlock="SN")
    target.refresh(24)
    target.said(sherlock="CV")
    assert target.refresh(30)[0] is False, "one refresh does not switch it on"


@pytest.mark.parametrize("sherlock", [None, "ORPHAN", "UNCLEAR", "NT"])
def test_classes_that_a_supernova_can_have_leave_it_as_it_is(target, sherlock):
    target.said(sherlock=sherlock)
    target.refresh(24)
    assert target.refresh(24) == (True, "live")


def test_what_turns_nuclear_is_reported(target):
    target.said(sherlock="NT")
    notes = target.bridge.refresh("lsst").notes
    assert notes == [f"1 are now nuclear transients (NT); nothing else changes: {target.object_id}"]
    assert target.bridge.refresh("lsst").notes == []


def test_what_tns_calls_a_supernova_is_not_touched_and_what_it_calls_a_galaxy_is_off(target):
    target.said(sherlock="AGN", tns={"tns_prefix": "SN", "tns_name": "2026abc", "type": "SN Ia"})
    target.refresh(24)
    assert target.refresh(24) == (True, "live")
    target.said(sherlock="SN", tns={"tns_prefix": "AT", "tns_name": "2026abc", "type": "Galaxy"})
    target.refresh(24)
    assert target.refresh(24) == (False, "reclassified: Galaxy by TNS")


@pytest.mark.parametrize("tns_type", ["TDE", "Kilonova", "ILRT", "SLSN-I"])
def test_any_other_type_of_tns_protects_it(target, tns_type):
    target.said(sherlock="AGN", tns={"tns_prefix": "AT", "tns_name": "2026abc", "type": tns_type})
    target.refresh(24)
    assert target.refresh(24) == (True, "live")


def test_a_class_that_its_function_asks_for_does_not_speak_against_it(make_bridge, outside, rows):  # noqa: F811
    bridge = make_bridge()
    bridge.functions |= read_functions("tidesSNLSST: {filters: [g, r, i, z], significance: 5, classes: [SN, AGN]}", "x")
    target = Target(bridge, outside, rows)
    target.said(sherlock="AGN")
    target.refresh(24)
    assert target.refresh(24) == (True, "live")
    target.said(sherlock="VS")
    target.refresh(24)
    assert target.refresh(24) == (False, "reclassified: VS by Sherlock")


@pytest.mark.parametrize("by", ["function", "template"])
def test_a_function_and_a_template_have_words_of_their_own(make_bridge, outside, rows, by):  # noqa: F811 - the fixture
    against = {"against": {"classes": ["VS"], "tns_types": ["CV"]}}
    use = {"name": "tidesSNLSST", "template": "tides-sn"} | (against if by == "function" else {})
    targets = {"tides-sn": against if by == "template" else {}}
    target = Target(make_bridge(streams={"lsst": {"functions": [use]}}, targets=targets), outside, rows)
    target.said(sherlock="AGN")
    target.refresh(24)
    assert target.refresh(24) == (True, "live")
    target.said(sherlock="VS")
    assert target.refresh(24) == (True, "live")
    assert target.bridge.row("SELECT against FROM tides.tides_context")["against"] == "VS by Sherlock"
    target.said(tns={"tns_prefix": "AT", "tns_name": "2026abc", "type": "AGN"})
    target.refresh(24)
    assert target.refresh(24) == (True, "live"), "a type that is not named protects it"
    target.said(tns={"tns_prefix": "AT", "tns_name": "2026abc", "type": "CV"})
    target.refresh(24)
    assert target.refresh(24) == (False, "reclassified: CV by TNS")


def test_what_the_settings_do_not_name_ends_nothing(make_bridge, outside, rows):  # noqa: F811 - the fixture
    target = Target(make_bridge(reclassified={"classes": []}), outside, rows)
    target.said(sherlock="AGN")
    target.refresh(24)
    assert target.refresh(24) == (True, "live")


def test_by_setting_a_verdict_that_does_not_heal_ends_it_and_any_other_failing_one_does_not(
    make_bridge,
    outside,
    rows,  # noqa: F811 - the fixture
):
    bridge = make_bridge(reclassified={"criteria": ["maxAge"]})
    target = Target(bridge, outside, rows)
    for failing, expected in (
        ("currentMag", (True, "live")),
        ("maxAge", (False, "reclassified: fails maxAge")),
    ):
        bridge.connection.execute(
            "INSERT INTO tides.selection (lane, stream, survey, object_id, function, function_hash, input_hash, passed,"
            " criteria, detections, code_version, run_id, merged_at)"
            " VALUES ('live', 'lsst', 'lsst', %s, 'tidesSNLSST', %s, %s, false, %s, 5, 'c', 'r', now())",
            (
                str(target.object_id),
                load_functions()["tidesSNLSST"].hash,
                failing,
                json.dumps([{"name": failing, "held": False}]),
            ),
        )
        target.refresh(24)
        assert target.refresh(24) == expected


def test_what_another_survey_still_calls_a_supernova_stays_live(target, bridge):
    bridge.connection.execute(
        "INSERT INTO tides.tides_alias (survey, object_id, tides_id, last_jd) SELECT 'ztf', 'ZTF26a', 1, last_jd"
        " FROM tides.tides_alias"
    )
    bridge.connection.execute("INSERT INTO tides.tides_context (survey, object_id) VALUES ('ztf', 'ZTF26a')")
    target.said(sherlock="AGN")
    target.refresh(24)
    assert target.refresh(24) == (True, "live")


def test_a_refresh_that_is_told_the_same_changes_no_row(target, bridge):
    version = "SELECT xmin::text FROM tides.tides_context"
    before = bridge.rows(version)
    bridge.refresh("lsst")
    assert bridge.rows(version) == before


def test_an_object_that_no_refresh_has_asked_for_is_live_without_a_word(bridge):
    bridge.take_in("lsst", an_lsst_message(sherlock="SN"))
    assert bridge.row("SELECT active FROM tides.tides_master")["active"]


def test_the_guard_counts_it_as_reclassified(make_bridge, outside, rows):  # noqa: F811 - the fixture
    bridge = make_bridge(guard={"initial": False, "reclassified": 0.0, "at_least": 0})
    target = Target(bridge, outside, rows)
    target.said(sherlock="AGN")
    target.refresh(24)
    assert target.refresh(24)[0] is False
    assert bridge.row("SELECT held FROM tides.fourmost_target")["held"] == "reclassified"
    assert target.active_at_4most, "it is held until somebody releases it"
