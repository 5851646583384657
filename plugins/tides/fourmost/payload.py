"""The row that 4MOST should hold of a target: the one place where it is made, and when a difference is noise.

The fields of the row, their units, ranges and defaults: fields.py.
"""

import math
from typing import Any

from tides.fourmost.fields import FIELDS, NAMES, BandMagnitude, Facts, Target
from tides.photometry.bands import TOLD_FIRST
from tides.photometry.sky import SAME_PLACE_ARCSEC, separation_arcsec
from tides.settings.sections import FourMost, TargetTemplate

SAME = 1e-6
"""Relative difference below which two floats are the same number, sent and stored."""


class Unsendable(Exception):
    """Why a target cannot be told to 4MOST, in words."""


def wanted_row(target: Target, template: TargetTemplate, now_jd: float) -> dict[str, Any]:
    """The whole row that 4MOST should hold of a live target.

    The magnitude is the current one of the transient alone, AB, in the first known band of r, i, g, z. That band
    decides `mag_type`. `date_latest` is kept once it has been sent; before, it is `now_jd` + the template's window. A
    measured redshift takes the place of the template's estimate. A target with a radius is told as a Sérsic profile.
    Raises Unsendable when no magnitude is current, no exposure time is set for it, or a number is out of its range.
    """
    chosen = _magnitude(target, template)
    exposure = template.exposure_of(chosen.mag)
    if exposure is None:
        raise Unsendable(f"no exposure time is set for {chosen.mag:.2f} mag")
    # 4MOST keeps the dates of the create: they are right at creation or never.
    if target.date_latest is not None:
        date_latest = target.date_latest
    else:
        date_latest = round(now_jd + template.window_days, 5) if template.window_days else 0.0
    facts = Facts(target, template, chosen, exposure, date_latest)
    row = {field.name: field.value(facts) for field in FIELDS}
    demand_valid(row)
    return row


def demand_valid(row: dict[str, Any]) -> None:
    """Raises Unsendable, naming the fields, for a number that is not finite or out of its range."""
    if bad := [problem for field in FIELDS if (problem := field.problem(row[field.name]))]:
        raise Unsendable("; ".join(bad))


def _magnitude(target: Target, template: TargetTemplate) -> BandMagnitude:
    """The current magnitude in the first band of the order that has one.

    Where several surveys have one in that band, it is that of the survey which comes first by precedence, also where
    another survey's is newer.
    """
    for band in TOLD_FIRST:
        known = [m for m in target.magnitudes if m.band == band and band in template.mag_type.get(m.survey, {})]
        if known:
            return min(known, key=lambda m: m.precedence)
    raise Unsendable(f"no current magnitude in {', '.join(TOLD_FIRST[:-1])} or {TOLD_FIRST[-1]}")


def keep_noise_out(wanted: dict[str, Any], told: dict[str, Any], limits: FourMost) -> dict[str, Any]:
    """The wanted row, with 4MOST's values wherever the difference is noise.

    Tolerances: `magnitude_tolerance` (mag) in the same `mag_type`, `position_tolerance_arcsec`; other floats 1e-6. The
    dates of the first send are never a difference.
    """
    # Noise that is sent would make an update of each target in every run (decision 3).
    row = {k: told[k] if k not in ("ra", "dec") and k in told and _same(v, told[k]) else v for k, v in wanted.items()}
    if wanted["mag_type"] == told.get("mag_type") and _near(wanted, told, "mag", limits.magnitude_tolerance):
        # The exposure times follow from the magnitude, so they stay with it.
        row |= {k: told[k] for k in ("mag", "mag_err", "t_exp_d", "t_exp_g", "t_exp_b", "t_exp_s") if k in told}
    if _separation_arcsec(wanted, told) <= limits.position_tolerance_arcsec:
        row |= {"ra": told["ra"], "dec": told["dec"]}
    return row | {k: told[k] for k in ("date_earliest", "date_latest") if k in told}


def _near(wanted: dict[str, Any], told: dict[str, Any], field: str, tolerance: float) -> bool:
    return isinstance(told.get(field), int | float) and abs(wanted[field] - told[field]) <= tolerance


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, int | float) and not isinstance(other, bool):
        # The absolute part is for values near 0, where a relative one allows nothing.
        return math.isclose(one, other, rel_tol=SAME, abs_tol=1e-9)
    return bool(one == other)


def _separation_arcsec(one: dict[str, Any], other: dict[str, Any]) -> float:
    """Great-circle distance of two rows; infinite when one has no position."""
    try:
        places = [float(row[key]) for row in (one, other) for key in ("ra", "dec")]
    except (KeyError, TypeError, ValueError):
        return math.inf
    return float(separation_arcsec(*places))


def same_place(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two rows lie at one place."""
    return _separation_arcsec(one, other) <= SAME_PLACE_ARCSEC


def as_told(row: dict[str, Any]) -> dict[str, Any]:
    """What we keep of a row in 4MOST's own words: the fields that we write."""
    return {k: row[k] for k in NAMES if k in row}
