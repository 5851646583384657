"""Gets raw light curves from Lasair's API, by a stream's settings and ids."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from tides.brokers.broker import asks_for_light_curves
from tides.brokers.parts import InParts
from tides.errors import TidesError
from tides.settings.streams import Stream
from tides.surveys.survey import survey as known_by_name

UNKNOWN_OBJECT = "Lasair does not know this object (its database can lag the message by minutes)"

Source = Literal["bulk", "object"]
"""The call that brought a light curve, as `tides.light_curve` names it."""


@dataclass
class Fetched:
    """Raw light curves by object id, and the reasons for those that could not be had.

    Every object asked for stands in one of the two, unless `failure` tells why the calls ended early. `failed` has
    those of the `problems` at which Lasair itself failed, though it answered for others.
    """

    source: Source
    raw: dict[str, bytes] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    failure: TidesError | None = None

    def add(self, part: "Fetched") -> None:
        """Adds the result of a part of the calls."""
        self.raw |= part.raw
        self.problems |= part.problems


class LightCurveClient(Protocol):
    """The calls that `fetch` needs. `again` is called before each repeated attempt, since that is a call too.

    With `part` no failure is repeated: the question is a part of one that was.
    """

    @property
    def objects_a_call(self) -> int:
        """How many objects one call of `light_curves` may ask for."""
        ...

    def light_curves(self, survey: str, ids: Sequence[str], again: Callable[[], None], part: bool) -> Fetched:
        """The light curves of a survey's objects by one call."""
        ...

    def object(self, survey: str, object_id: str, again: Callable[[], None], part: bool) -> bytes | None:
        """One object; None when Lasair does not know it."""
        ...


def fetch(
    stream: Stream,
    ids: Sequence[str],
    lasair: LightCurveClient,
    quota: Callable[[int], None],
    keep: Callable[[Fetched], None] = lambda part: None,
) -> Fetched:
    """The raw light curves of a stream's objects: by `bulk` in ceil(n/50) calls, else by one call an object.

    `keep` gets what each call brought, at once: to find an object that Lasair is silent at takes minutes. One object's
    fault is its own problem in the result. `quota(n)` takes n calls before they are made. It raises QuotaSpent, which
    is raised here when not even the first calls can be had. Later on, whatever ends the calls early is the `failure` of
    the result: Lasair is away or refuses us, the hour's calls are spent, or all answers are broken.
    """
    known = known_by_name(stream.survey)
    askable = [object_id for object_id in dict.fromkeys(ids) if known.is_id(object_id)]  # another form spoils the call
    if not asks_for_light_curves(stream):
        reason = f"broker {stream.broker} sends light curves in messages only, and none came"
        fetched = Fetched("object", problems=dict.fromkeys(askable, reason))
    elif stream.light_curves == "bulk":
        fetched = _fetch_bulk(stream.survey, askable, lasair, quota, keep)
    else:
        fetched = _fetch_objects(stream.survey, askable, lasair, quota, keep)
    for object_id in set(ids).difference(askable):
        fetched.problems[object_id] = f"not an object id of survey {stream.survey}"
    return fetched


def _fetch_bulk(
    survey: str,
    ids: Sequence[str],
    lasair: LightCurveClient,
    quota: Callable[[int], None],
    keep: Callable[[Fetched], None],
) -> Fetched:
    size = lasair.objects_a_call
    chunks = [ids[start : start + size] for start in range(0, len(ids), size)]

    def call(part: Sequence[str], whole: bool) -> Fetched:
        return lasair.light_curves(survey, part, lambda: quota(1), not whole)

    return _fetch_parts("bulk", survey, chunks, call, quota, keep)


def _fetch_objects(
    survey: str,
    ids: Sequence[str],
    lasair: LightCurveClient,
    quota: Callable[[int], None],
    keep: Callable[[Fetched], None],
) -> Fetched:
    def call(part: Sequence[str], whole: bool) -> Fetched:
        raw = lasair.object(survey, part[0], lambda: quota(1), not whole)
        if raw is None:
            return Fetched("object", problems={part[0]: UNKNOWN_OBJECT})
        return Fetched("object", raw={part[0]: raw})

    alone = [[object_id] for object_id in ids]
    return _fetch_parts("object", survey, alone, call, quota, keep)


def _fetch_parts(
    source: Source,
    survey: str,
    wholes: Sequence[Sequence[str]],
    call: Callable[[Sequence[str], bool], Fetched],
    quota: Callable[[int], None],
    keep: Callable[[Fetched], None],
) -> Fetched:
    # All calls at once: an hour that has too few is noticed before the first is spent.
    if wholes:
        quota(len(wholes))

    def ask(part: Sequence[str], whole: bool) -> Fetched:
        if not whole:
            quota(1)
        return call(part, whole)

    fetched = Fetched(source)
    in_parts = InParts(ask, lambda: ask([known_by_name(survey).unused_id], False))
    for _, part in in_parts.answers(wholes):
        keep(part)
        fetched.add(part)
    fetched.failed |= in_parts.failed.keys()
    fetched.problems |= {object_id: str(error) for object_id, error in in_parts.failed.items()}
    fetched.failure = in_parts.failure
    return fetched
