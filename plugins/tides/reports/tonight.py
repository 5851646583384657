"""The new targets of a night, one at a time, each with the reason why it was selected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tides.database.session import Connection
from tides.reports.objects import Judged, Object, trace_object
from tides.reports.rows import ask
from tides.reports.trace import Trace, trace

MOST = 2000
"""So many new targets of a night are in the deck, the first ones."""

ABOUT = 50
"""So many before the card that is shown, and after it, are listed."""

VERDICTS = 12
"""So many verdicts of each object are looked at, the newest."""


@dataclass(frozen=True)
class New:
    """A target that was new in a night: when (UTC), its reason in words, and its place among `number` of that night."""

    tides_id: int
    name: str
    at: datetime
    reason: str
    place: int
    number: int


@dataclass(frozen=True)
class Magnitude:
    """A current magnitude (AB) with its 1 sigma error, in a survey's band, last detected at `newest_jd` (JD UTC)."""

    survey: str
    band: str
    mag: float
    err: float
    newest_jd: float


@dataclass(frozen=True)
class OfObject:
    """A survey's object of a target, with the newest verdict of each function in use that passes it."""

    survey: str
    object_id: str
    verdicts: list[Judged]


@dataclass(frozen=True)
class Card:
    """All that the deck shows of a target."""

    new: New
    trace: Trace
    sentence: str
    magnitudes: list[Magnitude]
    objects: list[OfObject]


@dataclass(frozen=True)
class Deck:
    """The new targets of a night (UTC day) about the one that is shown, and that one; None: there are none."""

    night: date
    cards: list[New]
    card: Card | None
    before: New | None
    after: New | None


def read_deck(connection: Connection, night: date, name: str) -> Deck:
    """Asks for the new targets of a night (UTC day), and for all of the one with a name; without it of the first."""
    since = datetime.combine(night, time.min, UTC)
    asked = {"since": since, "until": since + timedelta(days=1), "name": name, "most": MOST, "about": ABOUT}
    cards = ask(connection, New, "page/new_targets", asked)
    place = next((n for n, each in enumerate(cards) if each.name == name), 0)
    return Deck(
        night=night,
        cards=cards,
        card=_card(connection, cards[place]) if cards else None,
        before=cards[place - 1] if place else None,
        after=_at(cards, place + 1),
    )


def _at(cards: Sequence[New], place: int) -> New | None:
    return cards[place] if place < len(cards) else None


def _card(connection: Connection, new: New) -> Card:
    known = trace(connection, new.tides_id, newest=0)
    objects: list[OfObject] = []
    for row in known.objects:
        found = Object(row["survey"], row["object_id"], new.tides_id, new.name)
        # An object has a row for each stream that brings it.
        if all((each.survey, each.object_id) != (found.survey, found.object_id) for each in objects):
            newest = trace_object(connection, found, VERDICTS).newest
            passing = [verdict for verdict in newest if verdict.in_use and verdict.passed]
            objects.append(OfObject(found.survey, found.object_id, passing))
    magnitudes = ask(connection, Magnitude, "page/magnitudes", {"target": new.tides_id})
    return Card(new, known, known.stands.sentence, magnitudes, objects)
