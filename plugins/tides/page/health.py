"""The view *Health*: the last nights, events, dead letters, what people did, and how far each stream is read."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tides.database.session import Connection
from tides.journal.kinds import Kind
from tides.page.frame import READ, May, reading, view
from tides.page.nights import Nights, read_nights
from tides.reports.nights import NIGHTS
from tides.reports.now import standing
from tides.reports.rows import Compared, DeadLetter, Event, LastRun, Mark, Read, ask
from tides.settings.model import load_settings

MOST_EVENTS = 100
"""How many open events, and how many closed ones, are listed."""

MOST_LETTERS = 50
"""How many dead letters are listed."""

BYTES = 600
"""How many bytes of a dead letter are shown."""


@dataclass(frozen=True)
class Told:
    """An event with its kind's remedy, which is empty for a kind of another version of the code."""

    event: Event
    remedy: str
    detail: str


@dataclass(frozen=True)
class Lag:
    """How far a stream is read (UTC), and how many messages the last run left at the broker; None: unknown."""

    stream: str
    as_of: datetime | None
    messages: int | None


@dataclass(frozen=True)
class Health:
    """All of the view."""

    open: list[Told]
    closed: list[Told]
    letters: list[DeadLetter]
    lags: list[Lag]
    compared: list[Compared]
    bookmarks: list[Mark]
    acts: list[Event]
    nights: Nights
    run: LastRun | None


views = APIRouter(dependencies=[READ])


@views.get("/health")
def health(request: Request, edits: May) -> Response:
    """The view."""
    moment = datetime.now(UTC)
    with reading() as connection:
        found = read_health(connection, moment)
        stands = standing(connection, found.run, load_settings().alarms.no_good_run_h)
    return view(
        request, "health.html", {"health": found}, moment=moment, edits=edits, most=MOST_EVENTS, standing=stands
    )


def read_health(connection: Connection, now: datetime) -> Health:
    """Asks for all of the view, at a moment (UTC)."""
    run = next(iter(ask(connection, LastRun, "page/last_run", {"until": now})), None)
    backlog = run.backlog if run else {}
    letters = ask(connection, DeadLetter, "page/dead_letters", {"most": MOST_LETTERS, "bytes": BYTES})
    reads = ask(connection, Read, "page/streams")
    shown = {"since": now - timedelta(days=NIGHTS)}
    return Health(
        open=[_told(event) for event in ask(connection, Event, "page/open_events", {"most": MOST_EVENTS})],
        closed=[_told(event) for event in ask(connection, Event, "page/closed_events", {"most": MOST_EVENTS})],
        letters=letters,
        lags=[Lag(read.stream, read.as_of, backlog.get(read.stream, {}).get("messages")) for read in reads],
        compared=ask(connection, Compared, "page/compared", shown),
        bookmarks=ask(connection, Mark, "page/bookmarks"),
        acts=ask(connection, Event, "page/acts", {**shown, "most": MOST_EVENTS}),
        nights=read_nights(connection, now),
        run=run,
    )


def _told(event: Event) -> Told:
    kind = next((kind for kind in Kind if kind.value == event.kind), None)
    return Told(event, kind.remedy if kind else "", _in_words(event.detail))


def _in_words(detail: dict[str, Any]) -> str:
    """The detail of an event on one line: its own words, else what it holds by name."""
    if words := detail.get("words"):
        return str(words)
    named = (
        f"{key.replace('_', ' ')}: {value if isinstance(value, str) else _json(value)}" for key, value in detail.items()
    )
    return "; ".join(named)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
