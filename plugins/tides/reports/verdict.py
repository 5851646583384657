"""What a run's report says first: how it went, as on the page *Now*, and what is unusual."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tides.database.session import Connection
from tides.foreign import LONGEST_DETAIL, in_markdown
from tides.journal.kinds import Kind
from tides.journal.runs import good_run_within
from tides.reports.attention import Level, Need, anchor_of, needs
from tides.reports.now import line_of
from tides.reports.rows import LastRun, OpenKind, ask
from tides.reports.words import at
from tides.settings.sections import CutOff

WORDS = {Level.GOOD: "Good", Level.LOOK: "Look at it", Level.ACT: "Act"}
"""The word that the verdict begins with. A run with a failed task is not good."""


def asking_beside(connection: Connection, run: LastRun, no_good_run_h: float) -> list[Need]:
    """What needs somebody at the end of a live run, beside its own failed tasks, the most urgent first."""
    stands_still = not run.good and not good_run_within(connection, no_good_run_h)
    found = needs(run, ask(connection, OpenKind, "page/open_kinds"), run.ended_at, stands_still)
    return [need for need in found if need.run_id is None]


def verdict(
    connection: Connection,
    run: LastRun,
    asking: Sequence[Need],
    counts: Mapping[str, Any],
    cut_off: CutOff | None,
) -> str:
    """The first line of a live run's report: what the page's first line says, and what this run has done."""
    line = line_of(connection, run, asking, cut_off, run.ended_at)
    off = f", {counts['deactivated']} of them switched off" if counts["deactivated"] else ""
    return f"**{_word(line.level, run.good)}:** {line.words}. {_done(counts)}, {counts['sent']} told to 4MOST{off}."


def verdict_of_replay(counts: Mapping[str, Any], good: bool) -> str:
    """The first line of a replay's report."""
    return f"**{_word(Level.GOOD, good)}:** {_done(counts)}."


def unusual(
    asking: Sequence[Need], told: Collection[Kind], counts: Mapping[str, Any], words: Mapping[str, str]
) -> list[str]:
    """What is unusual, as a list in Markdown: `words` by the key of a count, and what needs somebody.

    The report tells of the kinds `told` elsewhere.
    """
    elsewhere = {anchor_of(kind) for kind in told}
    found = [f"- {said}: {counts[key]}" for key, said in words.items() if counts[key]]
    found += [_in_words(need) for need in asking if need.anchor not in elsewhere]
    return ["**Unusual:**\n\n" + "\n".join(found)] if found else []


def _word(level: Level, good: bool) -> str:
    return WORDS[level] if good else "Not good"


def _done(counts: Mapping[str, Any]) -> str:
    new, judged = counts["targets_new"], counts["verdicts_new"]
    return f"This run: {judged} verdicts, {counts['selected']} objects selected, {new} new targets"


def _in_words(need: Need) -> str:
    about = f" ({', '.join(in_markdown(name) for name in need.about)})" if need.about else ""
    said = in_markdown(need.words, LONGEST_DETAIL)
    return f"- {need.what}{about}, since {at(need.since)} UTC: {said}"
