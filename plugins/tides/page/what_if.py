"""The view *What if*: what an edit of a selection function would change, judged by the code of `tides preview`.

It changes nothing: PostgreSQL refuses it, and the file of functions stays as it is. So who may read may ask. A look is
bounded, and one is judged at a time, since it works in the process that serves Airflow's UI.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from threading import Lock
from typing import Annotated

import psycopg
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from tides.clock import utc
from tides.database.session import Connection
from tides.errors import SettingsError, TidesError
from tides.evaluation.edits import edit_of, in_force, written_functions
from tides.evaluation.previewed import MEANING, Change, How, Night
from tides.foreign import quoted
from tides.functions.functions import DEFAULT_FILE, Function, load_functions
from tides.functions.texts import block_of, difference, text_of, with_block
from tides.judgement.form import Said
from tides.page.acts import from_the_page
from tides.page.frame import LIMITS, READ, reading, view
from tides.reports.now import standing
from tides.reports.objects import Outcome
from tides.reports.rows import LastRun, ask
from tides.settings.model import BUNDLE, Settings, load_settings
from tides.settings.yaml_text import MOST_BYTES, line_of

MOST_OBJECTS = 1000
"""A look judges so many objects of each stream, those that it spoke of last, and says where it ended."""

MOST_SECONDS = 10.0
"""A look begins no further chunk of objects after this time (s)."""

MOST_NIGHTS = 60
"""The longest look back on the page (nights). A night more costs a step of the live rule for each object."""

NIGHTS = 7
"""How far a look goes back when nobody says (nights)."""

MOST_LISTED = 50
"""The view lists so many changes of each kind, and says how many there are. JSON has all of them."""

WAITS_S = 5.0
"""So long a look waits for another one to end (s): as long as a question of a view may last."""

PLACE = str(DEFAULT_FILE.relative_to(BUNDLE))
"""Where the functions are in the repository."""

ONE_AT_A_TIME = Lock()

views = APIRouter(dependencies=[READ])

asks = APIRouter(dependencies=[READ, Depends(from_the_page)])
"""What is asked by a form, and changes nothing."""


@dataclass(frozen=True)
class Wrong:
    """What is wrong with what was typed: in which line (from 1) and at which key, where that is known."""

    words: str
    line: int | None = None
    key: str = ""


@dataclass(frozen=True)
class Choice:
    """A function in force: the streams that use it, and its text. `differs`: the file on this server has another."""

    name: str
    streams: list[str]
    text: str
    differs: bool


@dataclass(frozen=True)
class Asked:
    """A function, its text as it is typed, and how many nights are looked at; None: what was typed is no number."""

    function: str
    text: str
    nights: int | None


@dataclass(frozen=True)
class Measured:
    """A criterion on one side of the edit: what was found, the limit, and how far apart they are, in their unit.

    The margin is negative where the criterion fails, and None where the two are no numbers.
    """

    value: object
    limit: object
    held: bool | None
    margin: float | None


@dataclass(frozen=True)
class Decisive:
    """A criterion of a function that decides a change, on both sides of the edit. None: it is not asked for there."""

    function: str
    name: str
    before: Measured | None
    after: Measured | None


@dataclass(frozen=True)
class Changed:
    """What changes of an object or a target, and why. `trigger` (UTC) is of the functions that select it."""

    survey: str | None
    object_id: str | None
    target: str | None
    trigger: datetime | None
    decides: list[Decisive]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """All changes of a kind."""

    how: How
    meaning: str
    number: int
    changes: list[Changed]


@dataclass(frozen=True)
class Found:
    """What an edit would change, on so many `objects`, of which some are `unjudged`.

    `live` and `hours` (fibre hours) are of their targets now, before and after the edit. `ended` says that a bound has
    left out objects.
    """

    words: tuple[str, ...]
    notes: list[str] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    live: tuple[int, int] = (0, 0)
    hours: tuple[float, float] = (0.0, 0.0)
    nights: tuple[Night, ...] = ()
    objects: int = 0
    unjudged: int = 0
    ended: bool = False


@dataclass(frozen=True)
class Known:
    """What the view knows before anything is judged: the functions in force, and what it says first of old numbers."""

    choices: list[Choice] = field(default_factory=list)
    standing: str | None = None


@views.get("/what-if")
def what_if(request: Request, function: str = "", nights: str = "") -> Response:
    """The form, with the function as it is in force."""
    settings = load_settings()
    with reading() as connection:
        known = _known(connection, settings)
    choices = known.choices
    chosen = next((each for each in choices if each.name == function), choices[0] if choices else None)
    asked = Asked(chosen.name if chosen else "", chosen.text if chosen else "", _nights(nights) or NIGHTS)
    words = f"No function {quoted(function)} is in force."
    unknown = Wrong(words, key="function") if function not in ("", asked.function) else None
    return _answer(request, known, asked, unknown)


@asks.post("/what-if")
def judge_edit(
    request: Request,
    function: Annotated[str, Form()] = "",
    text: Annotated[str, Form()] = "",
    nights: Annotated[str, Form()] = "",
) -> Response:
    """What the typed text would change. What is wrong with it is said beside it, and nothing typed is lost."""
    # A browser sends the lines of a form with CR LF.
    asked, known = Asked(function, text.replace("\r\n", "\n"), _nights(nights)), Known()
    try:
        settings = load_settings()
        with reading() as connection:
            known = _known(connection, settings)
        wrong, written = _read(asked, known.choices)
        if wrong:
            return _answer(request, known, asked, wrong, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        with _alone(), reading() as connection:
            found = _found(connection, settings, written, asked.nights or NIGHTS)
    # Whatever keeps us from an answer, what was typed is not lost by it.
    except (_Busy, TidesError, psycopg.Error) as error:
        is_typed = isinstance(error, SettingsError)
        status = HTTPStatus.UNPROCESSABLE_ENTITY if is_typed else HTTPStatus.SERVICE_UNAVAILABLE
        return _answer(request, known, asked, Wrong(_why_not(error)), status=status)
    return _answer(request, known, asked, None, found)


def _why_not(error: Exception) -> str:
    if isinstance(error, psycopg.errors.QueryCanceled | psycopg.errors.LockNotAvailable):
        return f"The database did not answer a question within {LIMITS['statement_timeout_s']} s. Ask for fewer nights."
    return "The session with the database broke off." if isinstance(error, psycopg.Error) else str(error)


class _Busy(Exception):
    """Another look is judged just now."""


@contextmanager
def _alone() -> Iterator[None]:
    if not ONE_AT_A_TIME.acquire(timeout=WAITS_S):
        raise _Busy("Somebody else's edit is judged just now. Try again in a few seconds.")
    try:
        yield
    finally:
        ONE_AT_A_TIME.release()


def _nights(written: str) -> int | None:
    number = int(written) if written.isascii() and written.isdecimal() and len(written) < 4 else 0
    return number if 1 <= number <= MOST_NIGHTS else None


def _known(connection: Connection, settings: Settings) -> Known:
    run = next(iter(ask(connection, LastRun, "page/last_run", {"until": datetime.now(UTC)})), None)
    return Known(_choices(connection, settings), standing(connection, run, settings.alarms.no_good_run_h))


def _choices(connection: Connection, settings: Settings) -> list[Choice]:
    """The functions in force, each once, with their texts: those of the file where they say the same."""
    file, here = DEFAULT_FILE.read_text(encoding="utf-8"), load_functions()
    found: dict[str, Choice] = {}
    for use in in_force(connection, settings).uses:
        if use.name in found:
            found[use.name].streams.append(use.stream)
            continue
        same = use.name in here and here[use.name].hash == use.hash
        # Of a function that this code cannot read any more, the file has the newest text.
        text = text_of(use.function) if use.function and not same else block_of(file, use.name) or ""
        found[use.name] = Choice(use.name, [use.stream], text, not same)
    return list(found.values())


def _read(asked: Asked, choices: Sequence[Choice]) -> tuple[Wrong | None, dict[str, Function]]:
    """What is wrong with what was typed, or the function that it gives."""
    if asked.nights is None:
        return Wrong(f"The nights must be a whole number from 1 to {MOST_NIGHTS}.", key="nights"), {}
    if not any(choice.name == asked.function for choice in choices):
        return Wrong(f"No function {quoted(asked.function)} is in force.", key="function"), {}
    try:
        written = written_functions(asked.text)
    except SettingsError as error:
        line = line_of(asked.text, error.place) if error.place else error.line
        keys = [part for part in error.place if isinstance(part, str)]
        return Wrong(str(error), line, keys[-1] if keys else ""), {}
    for name in written:
        if name != asked.function:
            words = f"{name}: the text must have the function {asked.function}, and no other."
            return Wrong(words, line_of(asked.text, (name,)), name), {}
    return None, written


def _found(connection: Connection, settings: Settings, written: dict[str, Function], nights: int) -> Found:
    """What `tides preview` says of the edit, within the bounds. Raises as `edit_of`."""
    # The process that serves Airflow's UI needs none of this before somebody asks.
    from tides.efficiency.lifetimes import nights_live
    from tides.evaluation.looks import Bound
    from tides.evaluation.preview import preview

    edit = edit_of(connection, settings, load_functions() | written)
    if not edit.changed:
        return Found(())
    bound = Bound(MOST_OBJECTS, MOST_SECONDS)
    said = preview(connection, edit, settings.enabled_streams(), nights, nights_live, lambda words: None, bound)
    return Found(
        words=edit.words,
        notes=[f"filter of {name}: {words}" for name, filter_ in said.filters.items() for words in filter_.in_words()],
        groups=[_group(how, [change for change in said.changes if change.how is how]) for how in How],
        live=said.live,
        hours=said.hours,
        nights=said.nights,
        objects=said.counts.get("objects", 0),
        unjudged=said.counts.get("unjudged", 0),
        ended=said.ended,
    )


def _group(how: How, changes: Sequence[Change]) -> Group:
    return Group(how, MEANING[how], len(changes), [_changed(change) for change in changes])


def _changed(change: Change) -> Changed:
    trigger = None if change.trigger_jd is None else utc(change.trigger_jd)
    decides = [Decisive(d.function, d.name, _measured(d.before), _measured(d.after)) for d in change.decides]
    return Changed(change.survey, change.object_id, change.target, trigger, decides, change.reasons)


def _measured(said: Said | None) -> Measured | None:
    if said is None:
        return None
    outcome = Outcome(said["name"], said["value"], said["limit"], said["held"], said.get("note"), 0)
    margin = outcome.margin
    return Measured(outcome.value, outcome.limit, outcome.held, -margin if margin and not outcome.held else margin)


def _answer(
    request: Request, known: Known, asked: Asked, wrong: Wrong | None, found: Found | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:  # fmt: skip
    chosen = next((each for each in known.choices if each.name == asked.function), None)
    patch = _patch(asked) if found and found.words else ""
    data = {"choices": known.choices, "asked": asked, "wrong": wrong, "found": found, "patch": patch}
    answer = view(
        request, "what_if.html", data, chosen=chosen, standing=known.standing, most=MOST_OBJECTS,
        most_listed=MOST_LISTED, most_nights=MOST_NIGHTS, most_bytes=MOST_BYTES, place=PLACE,
    )  # fmt: skip
    answer.status_code = status
    return answer


def _patch(asked: Asked) -> str:
    file = DEFAULT_FILE.read_text(encoding="utf-8")
    return difference(file, with_block(file, asked.function, asked.text), PLACE)
