"""The view *Any object*: what words stand for, how that stands, and why. Of what was never selected, too."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tides.database.session import Connection
from tides.errors import SettingsError
from tides.page.frame import POLICY, READ, reading, view
from tides.reports.lookup import LOOKED_FOR, choices, look_up, never_seen
from tides.reports.near import near
from tides.reports.objects import Object, ObjectTrace, trace_object
from tides.reports.trace import trace
from tides.settings.model import load_settings
from tides.settings.page import Page, filled, origin
from tides.targets.places import Position, coordinates, read_position

RADIUS_ARCSEC = 5.0
"""So far around a position is looked, unless the address says otherwise."""

WIDE_ARCSEC = 60.0
"""The largest radius, to which the view offers to go."""

MOST_OBJECTS = 6
"""Of so many objects of a target criteria and light curves are shown, at most."""

MOST_WORDS = 500
"""The longest words that are looked up, in characters: no name is longer."""

NUMBER = re.compile(r"\d{1,6}(\.\d{1,6})?")

views = APIRouter(dependencies=[READ])


class Answer(StrEnum):
    """What the view has found."""

    NOTHING_ASKED = "nothing asked"
    NO_POSITION = "no position"
    NEVER_SEEN = "never seen"
    NEAR = "near"
    SEVERAL = "several"
    TARGET = "target"
    OBJECT = "object"


@dataclass(frozen=True)
class Outside:
    """A link that leads beyond the bridge, with the object that it is about, where it is about one."""

    name: str
    object_id: str | None
    address: str


@dataclass(frozen=True)
class Criterion:
    """A criterion's outcome on the whole light curve, with its `margin` to the limit. `depth` is as of `Outcome`.

    Value, limit and margin are in `unit`, where they have one. `held` is None where it is unknown: `note` says why.
    """

    name: str
    depth: int
    value: object
    limit: object
    margin: float | None
    unit: str
    held: bool | None
    note: str | None


@dataclass(frozen=True)
class Judgement:
    """The newest verdict of a function on an object, with each criterion."""

    object: Object
    function: str
    function_hash: str
    in_use: bool
    judged_at: datetime
    run_id: str
    words: str
    criteria: list[Criterion]


@views.get("/object")
def any_object(request: Request, q: str = "", radius: str = "") -> Response:
    """Whatever the words `q` stand for; of a position, what lies within `radius` arcsec (60 at most)."""
    asked = " ".join(q.replace("\0", " ").split())[:MOST_WORDS]
    with reading() as connection:
        data = _answer(connection, asked, radius, load_settings().page)
    more = {"searched": asked, "looked_for": LOOKED_FOR, "wide": WIDE_ARCSEC, "curves": MOST_OBJECTS}
    answer = view(request, "object.html", {"asked": asked, **data}, **more)
    if image := data.get("image"):
        # Only where somebody has chosen it, and for that host alone.
        answer.headers["Content-Security-Policy"] = f"{POLICY}; img-src 'self' {origin(image)}"
    return answer


def _answer(connection: Connection, asked: str, radius: str, page: Page) -> dict[str, Any]:
    if not asked:
        return {"answer": Answer.NOTHING_ASKED}
    try:
        place = read_position(asked, float(radius) if NUMBER.fullmatch(radius) else RADIUS_ARCSEC)
    except SettingsError as error:
        return {"answer": Answer.NO_POSITION, "words": str(error)}
    if place:
        return _near(connection, place)
    found = look_up(connection, asked)
    if found.number > 1:
        return {"answer": Answer.SEVERAL, "choices": choices(connection, found)}
    if found.targets:
        return _target(connection, found.targets[0], page)
    if found.objects:
        return _object(connection, found.objects[0], page)
    return {"answer": Answer.NEVER_SEEN, "never": never_seen(connection, asked)}


def _near(connection: Connection, place: Position) -> dict[str, Any]:
    """All that lies near a position."""
    return {
        "answer": Answer.NEAR,
        "place": place,
        "coordinates": coordinates(place.ra, place.dec),
        "neighbours": near(connection, place),
    }


def _target(connection: Connection, tides_id: int, page: Page) -> dict[str, Any]:
    traced = trace(connection, tides_id)
    target, stands = traced.target, traced.stands
    ids = list(dict.fromkeys((row["survey"], row["object_id"]) for row in traced.objects))
    objects = [Object(survey, object_id, tides_id, target["name"]) for survey, object_id in ids]
    histories = [trace_object(connection, known) for known in objects[:MOST_OBJECTS]]
    found = {
        "answer": Answer.TARGET,
        "name": target["name"] or target["what"],
        "sentence": stands.sentence,
        "change": stands.change,
        "then": stands.then,
        "stands": stands,
        "objects": objects,
        "judgements": [each for history in histories for each in _judgements(history)],
        "ebv": next((seen.ebv for history in histories for seen in history.seen if seen.ebv is not None), None),
        "target": target,
        "visits": traced.visits,
        "tables": traced.tables,
        "gone": traced.gone,
    }
    return found | _places(page, target["ra"], target["dec"], objects, target["tns_names"])


def _object(connection: Connection, known: Object, page: Page) -> dict[str, Any]:
    history = trace_object(connection, known)
    at = next((seen for seen in history.seen if seen.ra is not None), None)
    found = {
        "answer": Answer.OBJECT,
        "name": known.name,
        "sentence": history.sentence,
        "standing": history.standing,
        "objects": [known],
        "judgements": list(_judgements(history)),
        "ebv": next((seen.ebv for seen in history.seen if seen.ebv is not None), None),
        "seen": history.seen,
        "verdicts": history.verdicts,
        "failures": history.failures,
        "events": history.events,
        "gone": history.gone,
    }
    return found | _places(page, at.ra if at else None, at.dec if at else None, [known], [])


def _judgements(history: ObjectTrace) -> Iterator[Judgement]:
    for verdict in history.newest:
        criteria = [
            Criterion(o.name, o.depth, o.value, o.limit, o.margin, o.unit, o.held, o.note) for o in verdict.outcomes
        ]
        yield Judgement(
            history.object, verdict.function, verdict.function_hash, verdict.in_use, verdict.judged_at,
            verdict.run_id, verdict.words, criteria,
        )  # fmt: skip


def _places(
    page: Page, ra: float | None, dec: float | None, objects: Sequence[Object], tns_names: Sequence[str]
) -> dict[str, Any]:
    """Where it lies, and where the settings' links lead from there."""
    place = {} if ra is None or dec is None else {"ra": f"{ra % 360:.6f}", "dec": f"{dec:.6f}"}
    return {
        "coordinates": None if ra is None or dec is None else coordinates(ra, dec),
        "links": list(_links(page, place, objects, tns_names)),
        "image": filled(page.image, place) if page.image else None,
    }


def _links(
    page: Page, place: Mapping[str, str], objects: Sequence[Object], tns_names: Sequence[str]
) -> Iterator[Outside]:
    for name, link in page.links.items():
        if link is None:
            continue
        if "{object}" in link.address:
            about = [("object", each.object_id) for each in objects if link.survey in (None, each.survey)]
        elif "{tns}" in link.address:
            about = [("tns", re.sub("^[A-Za-z]+ ?", "", each)) for each in tns_names]
        else:
            about = [("object", "")]
        for what, words in about:
            if address := filled(link.address, {**place, what: words}):
                yield Outside(name, words or None, address)
