"""What happened between two moments: for the digest of a day, and for whoever comes back to the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tides.database.session import Connection
from tides.foreign import quoted
from tides.reports.rows import ask
from tides.reports.screen import counted
from tides.reports.words import at

MOST_ACTS = 20
"""So many acts of people are told; the page has all."""

BEGAN = ("new", "live again")
"""What targets did, but for those that ended."""


@dataclass(frozen=True)
class Runs:
    """How many live runs have ended, and how many of them were not good."""

    runs: int
    bad_runs: int


@dataclass(frozen=True)
class Did:
    """How many targets did the same: were new, came back, or ended for the same reason."""

    what: str
    number: int


@dataclass(frozen=True)
class Events:
    """How many events of a kind were opened, and how many were closed."""

    kind: str
    opened: int
    closed: int


@dataclass(frozen=True)
class Act:
    """What a person did, when (UTC), and why as far as they said it. All but `at` are foreign words."""

    at: datetime
    by: str | None
    what: str
    about: str
    reason: str | None


@dataclass(frozen=True)
class Since:
    """All that happened between two moments (UTC)."""

    since: datetime
    until: datetime
    runs: Runs
    targets: list[Did]
    events: list[Events]
    acts: list[Act]


def read_since(connection: Connection, since: datetime, until: datetime) -> Since:
    """Asks for what happened between two moments (UTC)."""
    span = {"since": since, "until": until}
    (runs,) = ask(connection, Runs, "reports/runs_since", span)
    return Since(
        since,
        until,
        runs,
        ask(connection, Did, "reports/steps_since", span),
        ask(connection, Events, "reports/events_since", span),
        ask(connection, Act, "reports/acts_since", {**span, "most": MOST_ACTS}),
    )


def in_words(found: Since) -> list[str]:
    """What happened, a phrase each: runs, targets, events. What is zero is left out, but for runs and new targets."""
    bad = f", {found.runs.bad_runs} of them not good" if found.runs.bad_runs else ""
    numbers = {each.what: each.number for each in found.targets}
    ended = [f"{number} {what.replace('_', ' ')}" for what, number in numbers.items() if what not in BEGAN]
    again = numbers.get("live again", 0)
    phrases = [
        f"{counted(found.runs.runs, 'run')}{bad}",
        counted(numbers.get("new", 0), "new target"),
        f"{again} live again" if again else "",
        f"ended: {', '.join(ended)}" if ended else "",
        _events("opened", [(each.kind, each.opened) for each in found.events]),
        _events("closed", [(each.kind, each.closed) for each in found.events]),
    ]
    return [phrase for phrase in phrases if phrase]


def acts_in_words(found: Since) -> list[str]:
    """What people did, a sentence each, the newest first."""
    return [
        f"{quoted(act.by or 'somebody')}: {quoted(act.what)}, {quoted(act.about)}, at {at(act.at)} UTC"
        f"{f' ({quoted(act.reason)})' if act.reason else ''}"
        for act in found.acts
    ]


def _events(verb: str, numbers: Sequence[tuple[str, int]]) -> str:
    of = [(kind, number) for kind, number in numbers if number]
    if not of:
        return ""
    kinds = ", ".join(quoted(kind) if number == 1 else f"{quoted(kind)} ({number})" for kind, number in of)
    return f"{counted(sum(number for _, number in of), 'event')} {verb}: {kinds}"
