"""What we want 4MOST to hold of a target: the one place where its row is made.

The fields, their units and the server's defaults: the published contract of the 4MOST transients API.
"""

import math
from dataclasses import dataclass
from typing import Any

from tides.photometry.bands import TOLD_FIRST
from tides.photometry.sky import SAME_PLACE_ARCSEC, separation_arcsec
from tides.settings.sections import FourMost, TargetTemplate

SERVER_DEFAULTS: dict[str, Any] = {
    "pmra": 0.0,
    "pmdec": 0.0,
    "parallax": 0.0,
    "template_redshift": 0.0,
    "redshift_error": 0.0,
    "extent_flag": 0,
    "extent_parameter": 0.0,
    "extent_index": 0.0,
    "reddening": 0.0,
    "cal_mag_blue": 0.0,
    "cal_mag_green": 0.0,
    "cal_mag_red": 0.0,
    "cal_mag_err_blue": 0.0,
    "cal_mag_err_green": 0.0,
    "cal_mag_err_red": 0.0,
    "cal_mag_id_blue": "",
    "cal_mag_id_green": "",
    "cal_mag_id_red": "",
    "completeness": 0.0,
}
"""What neither a rule nor a template names is sent as the server's default, written out: a field left out would get it
anyway, and some of its defaults are real and wrong values."""

EPOCH_YR = 2000.0

RANGES = {
    "ra": (0, 360),
    "dec": (-90, 90),
    "mag": (5, 30),
    "mag_err": (0, 5),
    "date_earliest": (0, 3e6),
    "date_latest": (0, 3e6),
    "resolution": (1, 2),
    "extent_flag": (0, 2),
    "extent_parameter": (0, 3600),
    "redshift_estimate": (0, 10),
    **{f"t_exp_{sky}": (0, 1e5) for sky in "dgbs"},
}
"""What a field may be: degrees, AB mag, JD, min. Wider than any target; a number outside it is a mistake of ours."""

SAME = 1e-6
"""Relative difference below which two floats are the same number, sent and stored."""


@dataclass(frozen=True)
class BandMagnitude:
    """A survey's current magnitude (AB) of a target in a band, and the date (JD UTC) of its newest detection.

    Where several surveys have one in a band, that of the lowest `precedence` counts. Of a host galaxy `survey` is
    "catalogue", and the date 0.
    """

    survey: str
    band: str
    mag: float
    err: float | None
    jd: float
    precedence: int = 0


@dataclass(frozen=True)
class Target:
    """What the payload is made from. Positions are ICRS degrees, dates JD UTC; `magnitudes` are the current ones.

    `redshift` is a measured one, of the transient or of its host; None where there is none. `radius_arcsec` is a
    galaxy's, None for a point.
    """

    tides_id: int
    name: str
    ra: float
    dec: float
    magnitudes: tuple[BandMagnitude, ...]
    date_latest: float | None = None
    redshift: float | None = None
    radius_arcsec: float | None = None


class Unsendable(Exception):
    """Why a target cannot be told to 4MOST, in words."""


def wanted_row(target: Target, template: TargetTemplate, now_jd: float) -> dict[str, Any]:
    """The whole row that 4MOST should hold of a live target.

    The magnitude is the current one of the transient alone, AB, in the first known band of r, i, g, z, and that band
    decides `mag_type`. `date_latest` is kept once it has been sent; before, it is `now_jd` + the template's window.
    A measured redshift takes the place of the template's estimate. What has a radius is told as a Sérsic profile.
    Raises Unsendable when no magnitude is current, no exposure time is set for it, or a number is out of its range.
    """
    chosen = _magnitude(target, template)
    exposure = next((e for e in template.exposures if chosen.mag > e.fainter_than), None)
    if exposure is None:
        raise Unsendable(f"no exposure time is set for {chosen.mag:.2f} mag")
    if target.date_latest is not None:
        date_latest = target.date_latest
    else:
        date_latest = round(now_jd + template.window_days, 5) if template.window_days else 0.0
    row = {
        **SERVER_DEFAULTS,
        **(_extent(target.radius_arcsec) if target.radius_arcsec else {}),
        "name": target.name,
        "uploadedfor_survey_id": template.uploadedfor_survey_id,
        "ra": target.ra,
        "dec": target.dec,
        "epoch": EPOCH_YR,
        "resolution": template.resolution,
        "subsurvey": template.subsurvey,
        "cadence": template.cadence,
        "template": template.template,
        "ruleset": template.ruleset,
        "redshift_estimate": round(
            float(template.redshift_estimate if target.redshift is None else target.redshift), 5
        ),
        "mag": round(float(chosen.mag), 4),
        "mag_err": round(float(chosen.err or 0.0), 4),
        "mag_type": template.mag_type[chosen.survey][chosen.band],
        "date_earliest": 0.0,
        "date_latest": date_latest,
        "t_exp_d": float(exposure.t_exp_d),
        "t_exp_g": float(exposure.t_exp_g),
        "t_exp_b": float(exposure.t_exp_b),
        "t_exp_s": float(exposure.t_exp_s),
        "classification": template.classification,
        "is_active": True,
    }
    demand_valid(row)
    return row


def _extent(radius_arcsec: float) -> dict[str, Any]:
    """A Sérsic profile of index 1, an exponential disk, where the index is not known (contract: 4FS Web Interface)."""
    return {"extent_flag": 2, "extent_parameter": round(radius_arcsec, 3), "extent_index": 1.0}


def demand_valid(row: dict[str, Any]) -> None:
    """Raises Unsendable, naming the fields, for a number that is not finite or out of its range."""
    bad = [
        f"{name} {value} is not within {RANGES[name][0]:g} and {RANGES[name][1]:g}"
        if name in RANGES
        else f"{name} {value} is not finite"
        for name, value in row.items()
        if isinstance(value, int | float) and not _is_valid(name, value)
    ]
    if bad:
        raise Unsendable("; ".join(bad))


def _is_valid(name: str, value: float) -> bool:
    low, high = RANGES.get(name, (-math.inf, math.inf))
    return math.isfinite(value) and low <= value <= high


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
    """The wanted row with what 4MOST holds wherever the difference is noise: that is no reason for an update.

    Tolerances: `magnitude_tolerance` (mag) in the same `mag_type`, `position_tolerance_arcsec`; other floats 1e-6.
    The dates of the first send are never a difference.
    """
    row = {k: told[k] if k not in ("ra", "dec") and k in told and _same(v, told[k]) else v for k, v in wanted.items()}
    if wanted["mag_type"] == told.get("mag_type") and _near(wanted, told, "mag", limits.magnitude_tolerance):
        row |= {k: told[k] for k in ("mag", "mag_err", "t_exp_d", "t_exp_g", "t_exp_b", "t_exp_s") if k in told}
    if _separation_arcsec(wanted, told) <= limits.position_tolerance_arcsec:
        row |= {"ra": told["ra"], "dec": told["dec"]}
    return row | {k: told[k] for k in ("date_earliest", "date_latest") if k in told}


def _near(wanted: dict[str, Any], told: dict[str, Any], field: str, tolerance: float) -> bool:
    return isinstance(told.get(field), int | float) and abs(wanted[field] - told[field]) <= tolerance


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, int | float) and not isinstance(other, bool):
        return math.isclose(one, other, rel_tol=SAME, abs_tol=1e-9)
    return bool(one == other)


def _separation_arcsec(one: dict[str, Any], other: dict[str, Any]) -> float:
    """Great-circle distance of two rows; infinite when one has no position."""
    try:
        places = [float(row[key]) for row in (one, other) for key in ("ra", "dec")]
    except (KeyError, TypeError):
        return math.inf
    return float(separation_arcsec(*places))


def same_place(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two rows lie at one place."""
    return _separation_arcsec(one, other) <= SAME_PLACE_ARCSEC


def as_told(row: dict[str, Any]) -> dict[str, Any]:
    """What we keep of a row in 4MOST's own words: the fields that we write."""
    return {k: row[k] for k in (*WRITABLE, "is_active") if k in row}


WRITABLE = (
    *SERVER_DEFAULTS,
    *("name", "uploadedfor_survey_id", "ra", "dec", "epoch", "resolution", "subsurvey", "cadence", "template"),
    *("ruleset", "redshift_estimate", "mag", "mag_err", "mag_type", "date_earliest", "date_latest"),
    *("t_exp_d", "t_exp_g", "t_exp_b", "t_exp_s", "classification"),
)
"""The fields that a create writes, beside `is_active`."""
