"""Plausible values: the one gate for what comes from outside (docs/science.md, "Plausible values").

A value outside its bounds is unknown. Who asks here counts it and tells it: nothing is dropped in silence.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Bounds:
    """The least and the most plausible value, both included."""

    least: float
    most: float

    def hold(self, values: Floats | float) -> NDArray[np.bool_]:
        """Tell which values are plausible. NaN and infinity never are."""
        values = np.asarray(values, dtype=np.float64)
        return (values >= self.least) & (values <= self.most)

    def hold_all(self, values: Floats) -> bool:
        """Tell whether all values are plausible, without an array of answers."""
        # The least and the greatest of values with a NaN are NaN, with which no comparison holds.
        return not len(values) or bool(values.min() >= self.least and values.max() <= self.most)

    def __contains__(self, value: float) -> bool:
        """Tell whether one value is plausible, as `hold` does; an array is too slow for one."""
        return self.least <= value <= self.most


DEC_DEG = Bounds(-90.0, 90.0)

RA_DEG = Bounds(-360.0, 540.0)
"""What wraps into [0, 360): some write RA from -180 to 180. Degrees."""

MAG = Bounds(0.0, 40.0)
"""AB mag, of a detection or an upper limit. Sentinels such as -999 and -99999 lie outside."""

MAG_ERR = Bounds(1e-9, 10.0)
"""mag; 0 marks an error that was not measured."""

FLUX_NJY = Bounds(-1e12, 1e12)
"""nJy; the flux of 1.4 mag."""

FLUX_ERR_NJY = Bounds(1.0, 1e6)
"""nJy. Recorded errors lie between 65 and 31,371 nJy: one outside has another unit. 0 marks one that was not measured.
"""

USUAL_FLUX_ERR_NJY = Bounds(10.0, 1e5)
"""nJy. A single error may lie outside, most of them cannot."""

SCORE = Bounds(0.0, 1.0)
"""A survey's score against artefacts."""

MARGIN_D = 1.0
"""Days by which a date may lie after the moment at which it was sent: two clocks, and a night's exposures."""

MARGIN = timedelta(days=MARGIN_D)
"""The same, for moments."""


def wrapped_ra(ra_deg: float) -> float:
    """Give a plausible RA (degrees) in [0, 360)."""
    wrapped = ra_deg % 360.0
    # The remainder of a tiny negative number rounds to 360 itself.
    return 0.0 if wrapped >= 360.0 else wrapped
