"""The row for 4MOST: one table of its fields, and the facts of a target that they are made from.

A new column is one line of `FIELDS`. Its value may be a fact of ours that is not told yet. Then it is also an attribute
of `Target`, and a column of the same name in targets_to_tell.sql. Fields, units and defaults:
docs/contracts/fourmost.md.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from tides.settings.sections import Exposure, TargetTemplate

EPOCH_YR = 2000.0


@dataclass(frozen=True)
class BandMagnitude:
    """A survey's current magnitude (AB) of a target in a band. Of a host galaxy `survey` is "catalogue".

    `newest_jd` (JD UTC) is of its newest detection, `faint_limit` (mag) the survey's. Of two surveys that are equally
    new in a band, that of the lowest `precedence` counts.
    """

    survey: str
    band: str
    mag: float
    err: float | None
    precedence: int = 0
    newest_jd: float = 0.0
    faint_limit: float = math.inf

    @property
    def is_bright(self) -> bool:
        """Whether it is at its survey's faint limit or brighter."""
        return self.mag <= self.faint_limit


@dataclass(frozen=True)
class Target:
    """What the payload is made from. Positions are ICRS degrees, dates JD UTC; `magnitudes` are the current ones.

    `redshift` is a measured one, of the transient or of its host; None where there is none. `radius_arcsec` is a
    galaxy's, None for a point. Each attribute is a column of the same name in targets_to_tell.sql.
    """

    tides_id: int
    name: str
    ra: float
    dec: float
    magnitudes: tuple[BandMagnitude, ...]
    date_latest: float | None = None
    redshift: float | None = None
    radius_arcsec: float | None = None


@dataclass(frozen=True)
class Facts:
    """All that a field's value comes from.

    `chosen` is the magnitude that is told, `exposure` the template's times for it, `date_latest` (JD UTC) the end of
    the window, 0 for none.
    """

    target: Target
    template: TargetTemplate
    chosen: BandMagnitude
    exposure: Exposure
    date_latest: float


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of the row. Its value comes from `source`; without one the server's `default` is sent, written out.

    `low` and `high` bound a number. They are wider than any target, so that a number outside is a mistake of ours.
    `sent` says until when the field is written: in the create alone, until 4MOST has ingested the row, or always.
    """

    name: str
    unit: str = ""
    source: Callable[[Facts], Any] | None = None
    default: float | str | None = None
    low: float = -math.inf
    high: float = math.inf
    sent: Literal["in the create", "until ingestion", "always"] = "until ingestion"

    def value(self, facts: Facts) -> Any:
        """What is sent of a target."""
        return self.default if self.source is None else self.source(facts)

    def problem(self, value: Any) -> str | None:
        """Why a value cannot be sent; None when it can."""
        if not isinstance(value, int | float) or (math.isfinite(value) and self.low <= value <= self.high):
            return None
        if math.isinf(self.high):
            return f"{self.name} {value} is not finite"
        return f"{self.name} {value} is not within {self.low:g} and {self.high:g}"


def _cut(digits: int, source: Callable[[Facts], float | None]) -> Callable[[Facts], float]:
    """A number with so many digits behind the point; 0 where there is none."""
    return lambda facts: round(float(source(facts) or 0.0), digits)


def _redshift(facts: Facts) -> float:
    """A measured redshift takes the place of the template's."""
    return facts.template.redshift_estimate if facts.target.redshift is None else facts.target.redshift


LATEST_JD = 3e6
"""A date (JD) beyond any survey."""

LONGEST_MIN = 1e5
"""An exposure longer than any that is asked for, also of the times that say "never" (min)."""

# Every field is sent. 4MOST fills a missing one with a default, and some defaults are plausible but wrong.
FIELDS = (
    Field(name="name", source=lambda f: f.target.name, sent="in the create"),
    Field(name="uploadedfor_survey_id", source=lambda f: f.template.uploadedfor_survey_id, sent="in the create"),
    Field(name="ra", unit="deg", source=lambda f: f.target.ra, low=0, high=360),
    Field(name="dec", unit="deg", source=lambda f: f.target.dec, low=-90, high=90),
    Field(name="pmra", unit="mas/yr", default=0.0),
    Field(name="pmdec", unit="mas/yr", default=0.0),
    # The server's default is 2021, a plausible but wrong value.
    Field(name="epoch", unit="yr", source=lambda _: EPOCH_YR),
    Field(name="parallax", unit="mas", default=0.0),
    Field(name="resolution", source=lambda f: f.template.resolution, low=1, high=2),
    Field(name="subsurvey", source=lambda f: f.template.subsurvey),
    Field(name="cadence", unit="bit mask", source=lambda f: f.template.cadence),
    Field(name="template", source=lambda f: f.template.template),
    Field(name="ruleset", source=lambda f: f.template.ruleset),
    Field(name="template_redshift", default=0.0),
    Field(name="redshift_estimate", source=_cut(5, _redshift), low=0, high=10),
    Field(name="redshift_error", default=0.0),
    # An extended galaxy is told as a Sérsic profile of index 1, an exponential disk, since its index is not known.
    Field(name="extent_flag", source=lambda f: 2 if f.target.radius_arcsec else 0, low=0, high=2),
    Field(name="extent_parameter", unit="arcsec", source=_cut(3, lambda f: f.target.radius_arcsec), low=0, high=3600),
    Field(name="extent_index", source=lambda f: 1.0 if f.target.radius_arcsec else 0.0),
    Field(name="mag", unit="AB mag", source=_cut(4, lambda f: f.chosen.mag), low=5, high=30),
    Field(name="mag_err", unit="mag", source=_cut(4, lambda f: f.chosen.err), low=0, high=5),
    # The payload chose a magnitude whose survey and band have a type in this template.
    Field(name="mag_type", source=lambda f: f.template.mag_type[f.chosen.survey][f.chosen.band]),
    Field(name="reddening", unit="mag", default=0.0),
    Field(name="date_earliest", unit="JD", default=0.0, low=0, high=LATEST_JD),
    Field(name="date_latest", unit="JD", source=lambda f: f.date_latest, low=0, high=LATEST_JD),
    Field(name="t_exp_d", unit="min", source=lambda f: float(f.exposure.t_exp_d), low=0, high=LONGEST_MIN),
    Field(name="t_exp_g", unit="min", source=lambda f: float(f.exposure.t_exp_g), low=0, high=LONGEST_MIN),
    Field(name="t_exp_b", unit="min", source=lambda f: float(f.exposure.t_exp_b), low=0, high=LONGEST_MIN),
    Field(name="t_exp_s", unit="min", source=lambda f: float(f.exposure.t_exp_s), low=0, high=LONGEST_MIN),
    Field(name="cal_mag_blue", unit="mag", default=0.0),
    Field(name="cal_mag_green", unit="mag", default=0.0),
    Field(name="cal_mag_red", unit="mag", default=0.0),
    Field(name="cal_mag_err_blue", unit="mag", default=0.0),
    Field(name="cal_mag_err_green", unit="mag", default=0.0),
    Field(name="cal_mag_err_red", unit="mag", default=0.0),
    Field(name="cal_mag_id_blue", default=""),
    Field(name="cal_mag_id_green", default=""),
    Field(name="cal_mag_id_red", default=""),
    Field(name="classification", source=lambda f: f.template.classification),
    Field(name="completeness", default=0.0),
    # A row is made for a live target; wanted.py switches it off.
    Field(name="is_active", default=True, sent="always"),
)
"""Every field of the row, in the order of the contract."""

NAMES = tuple(field.name for field in FIELDS)

IDENTITY = tuple(field.name for field in FIELDS if field.sent == "in the create")
"""The fields that show whose row it is. A change leaves them out: sent, they would make the row of another target ours.
"""

AFTER_INGESTION = tuple(field.name for field in FIELDS if field.sent == "always")
"""The fields that 4MOST lets change after ingestion."""
