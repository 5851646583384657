"""The view *Tonight*: the new targets of a night as a deck of cards, and what people say of them."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from tides.page.acts import By, Why, from_the_page, writing
from tides.page.frame import EDIT, READ, May, reading, view
from tides.reports.tonight import MOST, read_deck
from tides.reports.trace import find_one
from tides.targets.comments import comment

views = APIRouter(dependencies=[READ])
acts = APIRouter(dependencies=[EDIT, Depends(from_the_page)])

A_DAY = timedelta(days=1)


@views.get("/tonight")
def tonight(request: Request, edits: May, night: str = "", at: str = "") -> Response:
    """A night (UTC day) and one of its new targets, by its name; without them this night, and its first one."""
    moment = datetime.now(UTC)
    shown, problem = _night(night, moment)
    with reading() as connection:
        deck = read_deck(connection, shown, at.replace("\0", " "))
    if at and not (deck.card and deck.card.new.name == at):
        problem = problem or f"{at} is not among the new targets of this night."
    days = {
        "earlier": shown - A_DAY if shown > date.min else None,
        "later": shown + A_DAY if shown < moment.date() else None,
    }
    data = {"deck": deck, "problem": problem}
    return view(request, "tonight.html", data, moment=moment, edits=edits, address=_address, most=MOST, **days)


@acts.post("/comment")
def say(by: By, why: Why, q: Annotated[str, Form()] = "", night: Annotated[str, Form()] = "") -> RedirectResponse:
    """Keeps what somebody says of a target, and goes back to its card."""
    with writing(by) as connection:
        comment(connection, find_one(connection, q.replace("\0", " ")), by, why)
    return RedirectResponse(f"{_address(night, q)}#comments", 303)


def _night(asked: str, now: datetime) -> tuple[date, str]:
    """The night (UTC day) that is asked for; with words where it is none, and then this one."""
    if not asked:
        return now.date(), ""
    try:
        night = date.fromisoformat(asked)
    except ValueError:
        return now.date(), f"{asked} is no night: give it as {now.date()}."
    return (night, "") if night <= now.date() else (now.date(), f"The night {night} has not come yet.")


def _address(night: date | str, name: str = "") -> str:
    """The address of a night's card."""
    given = {"night": str(night), "at": name}
    return f"tonight?{urlencode({key: value for key, value in given.items() if value}, quote_via=quote)}"
