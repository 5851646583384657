"""The rule by which a rate of a night is held against the usual one (docs/science.md, "Rates of a night")."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import median

from tides.settings.sections import Rates


@dataclass(frozen=True)
class Rate:
    """How many of so many objects did something: passed, were read, held or failed a criterion."""

    hits: int
    of: int

    @property
    def share(self) -> float:
        """The hits as a share of all, 0 of none."""
        return self.hits / self.of if self.of else 0.0


def fell_from(now: Rate, before: Sequence[Rate], limits: Rates) -> float | None:
    """The usual share of a rate that fell far below it; None for a rate that did not.

    `before` are the nights that it is compared with. The usual share is their median. A rate has fallen when it is zero
    or at most `limits.fraction` of the usual, and chance would give so few hits less often than `limits.chance` even on
    the poorest of these nights. Fewer objects or nights than the limits ask for say nothing.
    """
    known = [rate for rate in before if rate.of >= limits.objects_least]
    if now.of < limits.objects_least or len(known) < limits.nights_least:
        return None
    usual = median(rate.share for rate in known)
    if now.share > limits.fraction * usual:
        return None
    # Objects of one night are alike (one field, one weather), so that rates vary more than by counting. The rule of
    # succession keeps a night of few objects, and no hit among them, from making every zero ordinary.
    poorest = min(usual, *((rate.hits + 1) / (rate.of + 2) for rate in known))
    return usual if _chance(now, poorest) < limits.chance else None


def _chance(rate: Rate, share: float) -> float:
    """An upper bound of the chance of so few hits, where each object is a hit with the chance `share` (Chernoff 1952).

    It is exact, (1 - share)^n, for no hits. Above the expected number of hits it is 1.
    """
    found = rate.share
    if found >= share:
        return 1.0
    if share >= 1.0:
        return 0.0
    excess = (1 - found) * log((1 - found) / (1 - share))
    if found:
        excess += found * log(found / share)
    return exp(-rate.of * excess)
