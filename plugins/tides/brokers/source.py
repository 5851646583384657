"""Gets raw light curves from Lasair's API, by a stream's settings and ids."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from tides.brokers.broker import asks_for_light_curves
from tides.errors import AnswerBroken
from tides.settings.streams import Stream
from tides.surveys.survey import survey

BROKEN_AT_FIRST = 3
"""When the first so many single objects all have broken answers, the service is at fault, and no object."""

UNKNOWN_OBJECT = "Lasair does not know this object (its database can lag the message by minutes)"

Source = Literal["bulk", "object"]
"""The call that brought a light curve, as `tides.light_curve` names it."""


@dataclass(frozen=True)
class Fetched:
    """Raw light curves by object id, and the reasons for those that could not be had.

    Every object asked for stands in one of the two.
    """

    source: Source
    raw: dict[str, bytes] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def add(self, part: "Fetched") -> None:
        """Adds the result of a part of the calls."""
        self.raw.update(part.raw)
        self.problems.update(part.problems)


class LightCurveClient(Protocol):
    """The calls that `fetch` needs. `again` is called before each repeated attempt, since that is a call too."""

    @property
    def objects_a_call(self) -> int:
        """How many objects one call of `light_curves` may ask for."""
        ...

    def light_curves(self, survey: str, ids: Sequence[str], again: Callable[[], None]) -> Fetched:
        """The light curves of a survey's objects by one call."""
        ...

    def object(self, survey: str, object_id: str, again: Callable[[], None]) -> bytes | None:
        """One object; None when Lasair does not know it."""
        ...


def fetch(stream: Stream, ids: Sequence[str], lasair: LightCurveClient, quota: Callable[[int], None]) -> Fetched:
    """The raw light curves of a stream's objects: by `bulk` in ceil(n/50) calls, else by one call an object.

    `quota(n)` takes n calls before they are made, and raises QuotaSpent. One object's fault is its own problem in the
    result. Raises ServiceAway when Lasair is away, AccessRefused, and AnswerBroken when all answers are broken.
    """
    known = survey(stream.survey)
    askable = [object_id for object_id in dict.fromkeys(ids) if known.is_id(object_id)]  # another form spoils the call
    if not asks_for_light_curves(stream):
        reason = f"broker {stream.broker} sends light curves in messages only, and none came"
        fetched = Fetched("object", problems=dict.fromkeys(askable, reason))
    elif stream.light_curves == "bulk":
        fetched = _fetch_bulk(stream.survey, askable, lasair, quota)
    else:
        fetched = _fetch_objects(stream.survey, askable, lasair, quota)
    for object_id in set(ids).difference(askable):
        fetched.problems[object_id] = f"not an object id of survey {stream.survey}"
    return fetched


def _fetch_bulk(survey: str, ids: Sequence[str], lasair: LightCurveClient, quota: Callable[[int], None]) -> Fetched:
    fetched = Fetched("bulk")
    size = lasair.objects_a_call
    chunks = [ids[start : start + size] for start in range(0, len(ids), size)]
    # All calls at once: an hour that has too few is noticed before the first is spent.
    if chunks:
        quota(len(chunks))
    for chunk in chunks:
        try:
            fetched.add(lasair.light_curves(survey, chunk, lambda: quota(1)))
        # One object can spoil the answer of a whole call.
        except AnswerBroken:
            quota(len(chunk))
            fetched.add(
                _each_alone("bulk", chunk, lambda alone: lasair.light_curves(survey, [alone], lambda: quota(1)))
            )
    return fetched


def _fetch_objects(survey: str, ids: Sequence[str], lasair: LightCurveClient, quota: Callable[[int], None]) -> Fetched:
    def ask(object_id: str) -> Fetched:
        raw = lasair.object(survey, object_id, lambda: quota(1))
        if raw is None:
            return Fetched("object", problems={object_id: UNKNOWN_OBJECT})
        return Fetched("object", raw={object_id: raw})

    if ids:
        quota(len(ids))
    return _each_alone("object", ids, ask)


def _each_alone(source: Source, ids: Sequence[str], ask: Callable[[str], Fetched]) -> Fetched:
    """One call an object, so that a broken answer is the problem of one."""
    fetched, broken = Fetched(source), 0
    for object_id in ids:
        try:
            fetched.add(ask(object_id))
        except AnswerBroken as error:
            fetched.problems[object_id] = str(error)
            broken += 1
            # Later on good answers stand beside the broken ones, and show that the service works.
            if broken == len(fetched.problems) + len(fetched.raw) == BROKEN_AT_FIRST:
                raise
    return fetched
