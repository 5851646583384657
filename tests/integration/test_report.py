"""The report speaks first: how it went, then what is unusual, then tables without zeros."""

import re

from psycopg.types.json import Jsonb

from tests.builders import a_red_task
from tests.targets import put_targets
from tides.journal.events import note_event
from tides.journal.kinds import Kind
from tides.runs.context import RunContext

DONE = "This run: 0 verdicts, 0 objects selected, 0 new targets"


def test_a_good_run_says_so_in_its_first_line_as_the_page_does_and_shows_no_zeros(bridge):
    text = bridge.report(RunContext("first"))
    title, _, line, *rest = text.splitlines()
    assert title == "# TiDES bridge: live run"
    assert line == (f"**Good:** 0 targets are live, 0 are active at 4MOST; no cut-off is set. {DONE}, 0 told to 4MOST.")
    assert "Unusual" not in text
    assert "Failed" not in text
    assert not re.search(r"\| +0(\.0)? +\|", text)
    assert re.search(r"Run `first`, \d{4}-\d\d-\d\d \d\d:\d\d to \d\d:\d\d UTC, code ", "\n".join(rest))


def test_what_is_unusual_stands_before_the_tables_and_foreign_words_are_harmless(bridge):
    bridge.report(RunContext("good"))
    put_targets(bridge.connection, 2)
    bridge.connection.execute(
        "INSERT INTO tides.fourmost_target (id, name, state, wanted, refusal)"
        " SELECT tides_id, name, 'live', %s, 'no' FROM tides.tides_master",
        (Jsonb({"is_active": True}),),
    )
    note_event(bridge.connection, Kind.LAG_GROWS, "lsst", {"words": "[x](javascript:alert(1)) <b>"})
    note_event(bridge.connection, Kind.REFUSES_EVERYTHING, "4MOST", {"words": "401 to everything"})
    text = bridge.report(RunContext("red"), red=[a_red_task()])
    first = text.split("\n## ")[0]
    assert first.splitlines()[2].startswith("**Not good:** 0 targets are live")
    assert "needs somebody now" in first.splitlines()[2]
    assert "- refused by 4MOST: 2\n" in first
    assert re.search(r"- lag grows \(lsst\), since .* UTC: \\\[x\\\]\(javascript:alert\(1\)\) &lt;b&gt;", first)
    assert first.count("4MOST refuses everything") == 1, "it stands above with its words"


def test_a_replay_tells_of_its_own_work_alone(bridge):
    note_event(bridge.connection, Kind.LAG_GROWS, "lsst", {})
    text = bridge.report(RunContext("again", lane="replay/objects/x"))
    assert text.splitlines()[2] == f"**Good:** {DONE}."
    assert "lag grows" not in text
