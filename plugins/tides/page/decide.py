"""The view *Decisions*: vetoes, forces and their undoing, each with what 4MOST will be told of it and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal
from urllib.parse import quote, urlencode

import psycopg
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from tides.database.session import Connection
from tides.errors import SettingsError
from tides.fourmost.cutoff import is_too_late_to_create, next_cut_off
from tides.fourmost.dry_run import WouldTell, would_tell
from tides.functions.functions import functions_in_use, load_functions
from tides.page.acts import By, Declined, Why, from_the_page, writing
from tides.page.frame import EDIT, LIMITS, READ, May, reading, view
from tides.reports.decided import Decided, Subject, decided, decided_on, newest_act, state_of, subject_of
from tides.reports.trace import trace
from tides.runs.schedules import next_hourly
from tides.settings.model import Settings, load_settings
from tides.targets.decisions import decide, decide_alone, undo

views = APIRouter(dependencies=[READ])
acts = APIRouter(dependencies=[EDIT, Depends(from_the_page)])

RADIUS_ARCSEC = "1"
"""The radius around a position, where none is given; as that of the command."""

MASTER_LIMITS = {"master_lock_timeout_s": 2, "master_statement_timeout_s": LIMITS["statement_timeout_s"]}
"""A look must not wait for a run that writes the master, nor a run for a look."""


@dataclass(frozen=True)
class Stands:
    """How a target or host stands: live or not, with the reason, and its state at 4MOST in words."""

    name: str
    active: bool
    reason: str
    at_4most: str


@dataclass(frozen=True)
class When:
    """When the next run begins by its clock, and 4MOST's cut-off after it (UTC; None: no cut-off is set).

    `only_flags`: at that time a run begins no create, and sends the flag alone.
    """

    run: datetime
    cut_off: datetime | None
    only_flags: bool


@dataclass(frozen=True)
class Asked:
    """An act that is asked for: what, of which decision if it is undone, and the state in which it was looked at."""

    verb: str
    number: int | None
    state: str


@dataclass(frozen=True)
class Preview:
    """What the next run makes of an act; `problem` says why that cannot be said, or why the act cannot be done."""

    told: list[WouldTell]
    problem: str


@views.get("/decide")
def decisions(
    request: Request, edits: May, q: str = "", radius: str = RADIUS_ARCSEC, act: str = "", number: str = ""
) -> Response:
    """The newest decisions; of a target or a place what was decided, and what an act would tell 4MOST."""
    settings, moment = load_settings(), datetime.now(UTC)
    subject, problem, found, stands = None, "", [], []
    with reading() as connection:
        newest = decided(connection)
        if q.strip():
            try:
                subject = _subject(connection, q, radius)
            except SettingsError as error:
                problem = str(error)
        if subject:
            found = decided_on(connection, subject)
            stands = [_stands(connection, tides_id) for tides_id in subject.ids]
    asked = _asked(act, number, found) if subject else None
    preview = _preview(settings, subject, asked) if subject and asked and edits else None
    data = {
        "asked": q, "radius_arcsec": radius, "problem": problem, "subject": subject, "stands": stands,
        "decisions": found, "act": asked, "preview": preview, "when": _when(settings, moment), "newest": newest,
    }  # fmt: skip
    return view(request, "decide.html", data, moment=moment, edits=edits, address=_address)


@acts.post("/decide")
def decide_or_undo(
    by: By,
    why: Why,
    q: Annotated[str, Form()] = "",
    radius: Annotated[str, Form()] = RADIUS_ARCSEC,
    act: Annotated[str, Form()] = "",
    number: Annotated[str, Form()] = "",
    state: Annotated[str, Form()] = "",
) -> RedirectResponse:
    """Vetoes, forces or undoes, if nobody has decided anything of the same since the view was shown."""
    with writing(by) as connection, connection.transaction():
        decide_alone(connection)
        subject = _subject(connection, q, radius)
        found = decided_on(connection, subject)
        if state != state_of(found):
            words = f"{newest_act(found)} Nothing was changed."
            raise Declined(409, "Somebody else was quicker", words, "Look at how it stands now.")
        asked = _asked(act, number, found)
        if asked is None:
            raise Declined(422, "Say what to do", "It can be vetoed, forced or undone. Nothing was changed.")
        _do(connection, subject, asked, by, why)
    return RedirectResponse(f"{_address(q, radius)}#decided", 303)


def _subject(connection: Connection, asked: str, radius: str) -> Subject:
    try:
        radius_arcsec = float(radius)
    except ValueError:
        raise SettingsError(f"{radius!r} is no radius: give a number of arcsec, up to 60") from None
    # PostgreSQL takes no NUL, so nothing has one in its name.
    return subject_of(connection, asked.replace("\0", " "), radius_arcsec)


def _stands(connection: Connection, tides_id: int) -> Stands:
    known = trace(connection, tides_id, newest=0)
    target = known.target
    return Stands(target["name"] or f"host {tides_id}", target["active"], target["reason"] or "", known.standing)


def _asked(act: str, number: str, found: Sequence[Decided]) -> Asked | None:
    """The act that an address or a form names; None for what cannot be done."""
    if act in ("veto", "force"):
        return Asked(act, None, state_of(found))
    standing = {str(each.decision_id): each.decision_id for each in found if each.undone_at is None}
    return Asked(act, standing[number], state_of(found)) if act == "undo" and number in standing else None


def _do(connection: Connection, subject: Subject, asked: Asked, by: str, why: str) -> None:
    if asked.number is not None:
        undo(connection, asked.number, by, why)
    else:
        verb: Literal["veto", "force"] = "veto" if asked.verb == "veto" else "force"
        decide(connection, verb, subject.where, why, by)


def _preview(settings: Settings, subject: Subject, asked: Asked) -> Preview:
    """What the next run would tell 4MOST after an act. It is tried in a transaction that is rolled back."""
    limits = settings.database.model_copy(update=MASTER_LIMITS)
    functions = functions_in_use(settings.enabled_streams(), load_functions())
    try:
        with writing("preview") as connection:
            settings = settings.model_copy(update={"database": limits})
            told = would_tell(
                connection, settings, functions, subject.ids, lambda: _do(connection, subject, asked, "you", "tried")
            )
    except Declined as error:
        return Preview([], error.words)
    except psycopg.errors.QueryCanceled:
        return Preview([], f"The database is busy: it did not say within {LIMITS['statement_timeout_s']} s.")
    return Preview(told, "")


def _when(settings: Settings, now: datetime) -> When:
    cut_off = settings.fourmost.cut_off
    run = next_hourly(settings.schedules, cut_off, now)
    if cut_off is None:
        return When(run, None, only_flags=False)
    return When(run, next_cut_off(run, cut_off), is_too_late_to_create(run, cut_off))


def _address(q: str, radius: str | float | None = None, **more: object) -> str:
    """The address of the view for what is asked for."""
    given = {"q": q, **({"radius": radius} if radius not in (None, RADIUS_ARCSEC, 1.0) else {}), **more}
    return f"decide?{urlencode(given, quote_via=quote)}"
