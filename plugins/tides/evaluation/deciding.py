"""Which criteria decide that an edit takes an object in, or lets it go."""

from collections.abc import Iterator
from dataclasses import dataclass

from tides.judgement.form import Said
from tides.judgement.judge import Verdict
from tides.judgement.words import criterion_in_words


@dataclass(frozen=True)
class Decides:
    """A criterion of a function that fails on one side of an edit: what it found, and its limit, on each side.

    A side is None where the function does not ask for it there, or has not judged the object.
    """

    function: str
    name: str
    before: Said | None
    after: Said | None


def deciding(failing: Verdict, before: Verdict | None, after: Verdict | None) -> Iterator[Decides]:
    """The criteria that fail in one of the verdicts `before` and `after`: `failing`."""
    sides = [{said["name"]: said for said in verdict.criteria} if verdict else {} for verdict in (before, after)]
    for said in failing.criteria:
        if said["held"] is False:
            yield Decides(failing.function, said["name"], *(side.get(said["name"]) for side in sides))


def fails_in_words(verdict: Verdict) -> str:
    """The function, and its criteria that fail, each with its value and limit."""
    failed = [criterion_in_words(said) for said in verdict.criteria if said["held"] is False]
    why = "; ".join(failed) or "no prefix of the light curve holds all criteria at once"
    return f"{verdict.function} fails: {why}"
