"""What a person changes by the page. Each act needs the right to edit, a reason, and a request of the page itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from airflow.api_fastapi.core_api.security import GetUserDep
from airflow.configuration import conf
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse

from tides.database.session import Connection
from tides.errors import TidesError
from tides.foreign import quoted
from tides.fourmost.guard import release_held
from tides.hooks.database import DatabaseHook
from tides.hooks.stream import StreamHook
from tides.journal.events import acknowledge
from tides.journal.kinds import Kind
from tides.page.frame import EDIT
from tides.page.health import MOST_LETTERS
from tides.reports.rows import Event, ask
from tides.reports.words import at
from tides.settings.model import load_settings
from tides.stream.dead_letters import bury, replay

LIMITS = {"statement_timeout_s": 30, "lock_timeout_s": 5}
"""The longest step of an act: a flood may have many rows, and a run may hold some of them for a moment."""

MOST_WORDS = 500
"""The longest reason, in characters."""

LATELY = timedelta(days=1)
"""For so long what was done is shown beside what may be done."""


class Declined(Exception):
    """An act that was not done. It becomes a page that says why, and what to do."""

    def __init__(self, status: int, title: str, words: str, todo: str = ""):
        super().__init__(title)
        self.status, self.title, self.words, self.todo = status, title, words, todo


def from_the_page(request: Request) -> None:
    """Raises Declined for a request that a page of another site had a browser send."""
    # No script can set these two headers. Browsers send Sec-Fetch-Site over TLS, and Origin with each POST. Airflow's
    # cookie is SameSite=Lax besides: it comes with no POST from another site. So a token in each form adds nothing.
    site = request.headers.get("Sec-Fetch-Site")
    origin = urlsplit(request.headers.get("Origin", "")).netloc
    # A proxy may put another Host; Airflow's settings have the address that browsers use.
    own = {request.headers.get("Host"), urlsplit(conf.get("api", "base_url", fallback="")).netloc}
    if site != "same-origin" if site else not origin or origin not in own:
        words = "The request did not come from this page, and nothing was changed."
        raise Declined(403, "This did not come from the page", words, "Open the page in Airflow, and do it there.")


def actor(user: GetUserDep) -> str:
    """Who acts: the name of Airflow's user."""
    return quoted(user.get_name())


def given_reason(reason: Annotated[str, Form()] = "") -> str:
    """Why somebody acts. Raises Declined without a reason."""
    words = " ".join(reason.split())
    if not words or len(words) > MOST_WORDS:
        asked = f"Each change needs a reason of 1 to {MOST_WORDS} characters. Nothing was changed."
        raise Declined(422, "Say why", asked, "Go back, and write why you do it.")
    return words


By = Annotated[str, Depends(actor)]
Why = Annotated[str, Depends(given_reason)]

acts = APIRouter(dependencies=[EDIT, Depends(from_the_page)])


@contextmanager
def writing(by: str) -> Iterator[Connection]:
    """A session that may change something, in the name of a person.

    Raises as `DatabaseHook.get_conn`, and Declined for what the act itself cannot do.
    """
    limits = load_settings().database.model_copy(update=LIMITS)
    with DatabaseHook("page", limits, by=by).get_conn() as connection:
        try:
            yield connection
        except TidesError as error:
            raise Declined(409, "This was not done", str(error), "Go back, and look how it stands now.") from error


@acts.post("/release")
def release(
    by: By, why: Why, held: Annotated[str, Form()] = "", run_id: Annotated[str, Form()] = ""
) -> RedirectResponse:
    """Releases what the guard holds for one reason, up to the end of the run that the view showed."""
    with writing(by) as connection:
        freed = release_held(connection, held, run_id, by, why)
        if not freed:
            raise Declined(
                409, "Nothing of it is still held", _who_was_quicker(connection), "Look at what is held now."
            )
    # A reload of the view that follows sends nothing anew.
    return RedirectResponse("held#acts", 303)


@acts.post("/replay")
def replay_letters(by: By, why: Why, letter: Annotated[list[int], Form(default_factory=list)]) -> RedirectResponse:
    """Tries dead letters again, those that are ticked."""
    if not letter:
        raise Declined(
            422, "Say which ones", "No dead letter was ticked. Nothing was changed.", "Go back, and tick some."
        )
    with writing(by) as connection:
        # Each letter is a transaction of its own: another replay may have some of them.
        if not replay(connection, load_settings().streams, by, letters=letter[:MOST_LETTERS], words=why):
            words = "They are no dead letters any more: another replay had them. Nothing was changed."
            raise Declined(409, "Somebody else was quicker", words, "Look at what is left.")
    return RedirectResponse("health#acts", 303)


@acts.post("/bury")
def bury_message(by: By, why: Why, place: Annotated[str, Form()] = "") -> RedirectResponse:
    """Makes the message at a bookmark a dead letter: STREAM PARTITION OFFSET, as the view showed it."""
    name, _, rest = place.partition(" ")
    partition, _, offset = rest.partition(" ")
    settings = load_settings()
    if name not in settings.streams or not (partition.isdecimal() and offset.isdecimal()):
        raise Declined(422, "Say which message", "No such stream is in the settings. Nothing was changed.")
    with writing(by) as connection, StreamHook(name).open(settings.streams[name], settings.drain) as topic:
        bury(connection, topic, name, int(partition), int(offset), by, why)
    return RedirectResponse("health#acts", 303)


@acts.post("/acknowledge")
def take_up(by: By, why: Why, event_id: Annotated[int, Form()] = 0) -> RedirectResponse:
    """Notes on an open event who has taken it up."""
    with writing(by) as connection:
        if not acknowledge(connection, event_id, by, why):
            words = "It is closed, or somebody has taken it up meanwhile: Health says who. Nothing was changed."
            raise Declined(409, "Somebody else was quicker", words, "Look at how it stands now.")
    return RedirectResponse("health#open", 303)


def lately(connection: Connection, now: datetime, *kinds: Kind) -> list[Event]:
    """What people did by these kinds of events within `LATELY`, the newest first."""
    found = ask(connection, Event, "page/acts", {"since": now - LATELY, "most": 50})
    return [event for event in found if event.kind in kinds]


RELEASES = (Kind.RELEASED, Kind.FIRST_START_RELEASED)


def _who_was_quicker(connection: Connection) -> str:
    newest = next(iter(lately(connection, datetime.now(UTC), *RELEASES)), None)
    if newest is None:
        return "It was released long ago, or it ebbed away. Nothing was changed."
    by, why = newest.detail.get("by"), newest.detail.get("reason", "no reason given")
    return f"{by} released what was held at {at(newest.opened_at)} UTC ({why}). Nothing was changed."
