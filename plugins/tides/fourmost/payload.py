"""The row that 4MOST should hold of a target: the one place where it is made, and when a difference is noise.

The fields of the row, their units, ranges and defaults: fields.py.
"""

import math
from collections.abc import Sequence
from typing import Any

from tides.fourmost.fields import FIELDS, NAMES, BandMagnitude, Facts, Target
from tides.photometry.bands import TOLD_FIRST
from tides.photometry.sky import SAME_PLACE_ARCSEC, separation_arcsec
from tides.settings.sections import FourMost, TargetTemplate

FRESH_DAYS = 2.0
"""Bands seen within so many days of the newest one are equally fresh: last night is as good as this one (days)."""

SAME = 1e-6
"""Relative difference below which two floats are the same number, sent and stored."""


BY_MAGNITUDE = ("mag", "mag_err", "mag_type", "t_exp_d", "t_exp_g", "t_exp_b", "t_exp_s")
"""The fields that follow from the magnitude that is told."""


class Unsendable(Exception):
    """Why a target cannot be told to 4MOST, in words."""


def wanted_row(target: Target, template: TargetTemplate, now_jd: float) -> dict[str, Any]:
    """The whole row that 4MOST should hold of a live target.

    The magnitude is the current one of the transient alone, AB, in a band that was seen lately (`magnitude_to_tell`).
    The band decides `mag_type`. `date_latest` is kept once it has been sent; before, it is `now_jd` + the template's
    window. A measured redshift takes the place of the template's estimate. A target with a radius is told as a Sérsic
    profile.
    Raises Unsendable when no magnitude is current, no exposure time is set for it, or a number is out of its range.
    """
    chosen = magnitude_to_tell(target.magnitudes, template)
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


def magnitude_to_tell(magnitudes: Sequence[BandMagnitude], template: TargetTemplate) -> BandMagnitude:
    """The magnitude to tell: of the bands seen within FRESH_DAYS of the newest one, the first of r, i, g, z.

    Within a band it is the newest survey's. A band that is fainter than its survey's limit is told only while no known
    one is brighter; then it is the brightest of the fresh ones. Raises Unsendable where no magnitude is known.
    """
    known = [m for m in magnitudes if m.band in TOLD_FIRST and m.band in template.mag_type.get(m.survey, {})]
    if not known:
        raise Unsendable(f"no current magnitude in {', '.join(TOLD_FIRST[:-1])} or {TOLD_FIRST[-1]}")
    bright = [m for m in known if m.is_bright]
    fresh = _fresh(known)
    if not bright:
        return min(fresh, key=lambda m: m.mag)
    candidates = [m for m in fresh if m.is_bright] or _fresh(bright)
    return min(candidates, key=lambda m: (TOLD_FIRST.index(m.band), -m.newest_jd, m.precedence))


def _fresh(magnitudes: Sequence[BandMagnitude]) -> list[BandMagnitude]:
    newest_jd = max(m.newest_jd for m in magnitudes)
    return [m for m in magnitudes if m.newest_jd >= newest_jd - FRESH_DAYS]


def keep_noise_out(
    wanted: dict[str, Any], told: dict[str, Any], limits: FourMost, same_band: BandMagnitude | None
) -> dict[str, Any]:
    """The wanted row, with 4MOST's values wherever the difference is noise.

    Tolerances: `magnitude_tolerance` (mag), `position_tolerance_arcsec`; other floats 1e-6. `same_band` is the current
    magnitude in the band that 4MOST holds, None where it is not to be told any more. The dates of the first send are
    never a difference.
    """
    # Noise that is sent would make an update of each target in every run (decision 3).
    row = {k: told[k] if k not in ("ra", "dec") and k in told and _same(v, told[k]) else v for k, v in wanted.items()}
    # Another band of each night is no news while what 4MOST holds of its own band is still right.
    if same_band and _near({"mag": same_band.mag}, told, "mag", limits.magnitude_tolerance):
        # The exposure times follow from the magnitude, so they stay with it.
        row |= {k: told[k] for k in BY_MAGNITUDE if k in told}
    if _separation_arcsec(wanted, told) <= limits.position_tolerance_arcsec:
        row |= {"ra": told["ra"], "dec": told["dec"]}
    return row | {k: told[k] for k in ("date_earliest", "date_latest") if k in told}


def in_the_band_told(target: Target, template: TargetTemplate, mag_type: str | None) -> BandMagnitude | None:
    """The current magnitude in the band and survey that 4MOST holds, by its `mag_type`.

    None where it is not known, or too faint while that of another band is not.
    """
    same = [m for m in target.magnitudes if mag_type == template.mag_type.get(m.survey, {}).get(m.band, "")]
    if not same or (not same[0].is_bright and magnitude_to_tell(target.magnitudes, template).is_bright):
        return None
    return same[0]


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
