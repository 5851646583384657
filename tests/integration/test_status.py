"""`tides status` on a real database: the first lines of the page, and an exit code for a monitor."""

import json
from datetime import datetime

import pytest

from tests.builders import a_red_task
from tests.runbook import command
from tides.__main__ import main
from tides.journal.events import note_event
from tides.journal.kinds import Kind
from tides.runs.context import RunContext

STATUS = command("tides status")[1:]


@pytest.fixture
def bridge(make_syncing):
    return make_syncing()


def said(capsys, code, *more):
    """What the command prints, on one line, when it ends with a code."""
    assert main([*STATUS, *more]) == code
    out, errors = capsys.readouterr()
    assert errors == ""
    assert max(map(len, out.splitlines())) <= 80
    return " ".join(out.split())


def test_before_the_first_run_somebody_is_to_look(bridge, capsys):
    assert said(capsys, 1) == "No run has ended yet: the first one comes with the hour. Nothing needs somebody."


def test_a_good_night_is_good(bridge, capsys):
    bridge.report()
    words = said(capsys, 0)
    assert words.startswith("0 targets are live, 0 are active at 4MOST; no cut-off is set The last live run ended at ")
    assert words.endswith(" UTC: good. Nothing needs somebody.")


def test_what_needs_somebody_stands_with_what_to_do_the_most_urgent_first(bridge, capsys):
    bridge.report(RunContext("good"))
    bridge.report(RunContext("red"), red=[a_red_task()])
    note_event(bridge.connection, Kind.REFUSES_EVERYTHING, "4MOST", {"words": "401 to\x1b everything"})
    note_event(bridge.connection, Kind.RECLASSIFIED, "TiDES26aaa", {})
    words = said(capsys, 1)
    assert "; one thing needs somebody now The last live run ended at" in words
    urgent, look = words.split("ACT ")[1].split("LOOK ")
    assert urgent.startswith("4MOST refuses everything, since ")
    assert r": 4MOST. 401 to\x1b everything What to do: mend the connection" in urgent
    assert "the last run was not good, since " in look
    assert ": evaluate ztf ZTF26a What to do: look at the report" in look
    assert look.endswith("docs/operations.md says more of each, by its name.")
    assert "reclassified" not in words


def test_a_program_gets_the_same_as_json_and_nothing_else(bridge, capsys):
    bridge.report(red=[a_red_task()])
    assert main([*STATUS, "--json"]) == 1
    out, errors = capsys.readouterr()
    assert errors == ""
    found = json.loads(out)
    words = (
        "No good run has ended for 3 h 0 min. 0 targets are live, 0 are active at 4MOST; no cut-off is set; one thing"
        " needs somebody now"
    )
    assert found["line"] == {"level": "act", "words": words}
    assert [(need["level"], need["what"]) for need in found["needs"]] == [
        ("act", "no good run"),
        ("look", "the last run was not good"),
    ]
    assert datetime.fromisoformat(found["run"]["ended_at"]).tzinfo
