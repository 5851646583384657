"""Which detections a function counts (docs/science.md, "A counted detection"), and why it does not count the others."""

from enum import StrEnum

import numpy as np

from tides.functions.functions import Function
from tides.lightcurves.model import Bools, Detections, is_in


class Uncounted(StrEnum):
    """Why a detection does not count. Several may hold of one."""

    DISOWNED = "disowned"
    """The survey disowns it: it is flagged, withdrawn, or a known solar-system object."""

    OTHER_BAND = "other band"
    """The function does not count its band, or the band is not known."""

    NEGATIVE = "negative"
    """It is fainter than its reference, and the function counts positive ones only."""

    NO_MAGNITUDE = "no magnitude"
    """It has no magnitude, as a negative flux has none, or no error."""

    LOW_SIGNAL = "low signal"
    """Its signal to noise is below the function's."""

    LOW_SCORE = "low score"
    """The survey's own score against artefacts is below the function's."""

    MOVING = "moving"
    """A known solar-system object is near, and the function takes these for its cause."""

    OLD = "old"
    """It is older than the part of the light curve at which the function looks."""


def uncounted(seen: Detections, function: Function) -> dict[Uncounted, Bools]:
    """By reason the detections that a function does not count, whatever the survey says of them and however old."""
    reasons = {
        # Written as negations, so that what is not known (NaN) does not count.
        Uncounted.LOW_SIGNAL: ~(seen.snr >= function.significance),
        Uncounted.NO_MAGNITUDE: ~(np.isfinite(seen.mag) & np.isfinite(seen.mag_err)),
        Uncounted.OTHER_BAND: ~is_in(seen.band, function.filters),
    }
    if function.positive_only:
        reasons[Uncounted.NEGATIVE] = ~seen.positive
    if function.reliability is not None:
        # No negation: a detection without a score (NaN) counts.
        reasons[Uncounted.LOW_SCORE] = seen.reliability < function.reliability
    if function.without_solar_system:
        reasons[Uncounted.MOVING] = seen.solar_system
    return reasons
