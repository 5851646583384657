"""The verdicts that the rules must reach on the sky's objects: yes, no, or "either" where a limit is near.

The rules: docs/science.md, "A counted detection", "The deliverable's four functions", "Live or not". Each is judged
twice: with every limit made harder by its margin and with every limit made easier. Where both say the same, that is
the truth; where they differ, nobody may be held to one side.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from sandbox.sky.cadence import DEPTH
from sandbox.sky.clock import lsst_night, ztf_night
from sandbox.sky.photometry import Photometry
from sandbox.sky.templates import BANDS

YES, NO, EITHER = 1, 0, -1
WORDS = {YES: "yes", NO: "no", EITHER: "either"}
SIGMA_MARGIN = 1.0
MAG_MARGIN = 0.3
DAYS_MARGIN = 2.0
COUNTED_BANDS = "griz"
COUNTED_SN = 5.0
MAG_A_NOISE = 2.5 / np.log(10)
LINE_SCATTER_MAG = 0.05
USUAL_SLOPE = (0.03, 0.15)  # mag a day, and its spread
BAND_SLOPE_SPREAD = 0.02
OUTLIER_SIGMA = 2.5
DECLINE_FOLLOWED_D, RISE_FOLLOWED_D = 10.0, 1.0
ASKED_LATER_D = 1.5  # a verdict holds for so long
VALUE_BITS = 20  # a night or a band and its owner share one integer: sorting pairs is many times slower
FRACTION_MARGIN = 0.05
KNOWN_KEYS = {
    "filters", "significance", "positiveOnly", "reliability", "historyDays", "minBands", "minNights", "magLimit",
    "currentMag", "positiveFraction", "maxAge", "quietBefore", "classes",
}  # fmt: skip
CONFIG = Path(__file__).parents[2] / "include" / "config"
OVERLAY = Path(__file__).parents[1] / "settings.yaml"


@dataclass(frozen=True)
class Rules:
    """The settings that the truth depends on, read from the project's own files."""

    functions: dict[str, dict[str, Any]]  # by survey: name → limits
    live_functions: dict[str, set[str]]  # by survey
    live: dict[str, dict[str, Any]]  # by survey: faint_limit (mag), windows (d), unobserved_visits
    hysteresis_mag: float
    unobserved_days: float
    survey_night_objects: int
    visit_objects: int
    other_survey_days: float
    reach: dict[str, float]


def read_rules() -> Rules:
    """Rules from bridge.yaml with the sandbox's overlay and selection_functions.yaml.

    Raises ValueError for a selection function with a key whose truth the sandbox does not know.
    """
    bridge = yaml.safe_load((CONFIG / "bridge.yaml").read_text())
    overlay = yaml.safe_load(OVERLAY.read_text())
    live = bridge["live"] | overlay.get("live", {})
    functions: dict[str, dict[str, Any]] = {"lsst": {}, "ztf": {}}
    for name, limits in yaml.safe_load((CONFIG / "selection_functions.yaml").read_text()).items():
        unknown = set(limits) - KNOWN_KEYS
        if unknown:
            raise ValueError(
                f"sandbox/sky/truth.py knows no truth for {sorted(unknown)} of function {name}: add it there"
            )
        functions["lsst" if "LSST" in name else "ztf"][name] = limits
    return Rules(
        functions=functions,
        live_functions={s: {f["name"] for f in bridge["streams"][s]["functions"]} for s in ("lsst", "ztf")},
        live={s: bridge["streams"][s]["live"] for s in ("lsst", "ztf")},
        hysteresis_mag=live["hysteresis_mag"],
        unobserved_days=live["unobserved_days"],
        survey_night_objects=live["survey_night_objects"],
        visit_objects=live["visit_objects"],
        other_survey_days=live["other_survey_days"],
        reach=bridge["reach"],
    )


def night_of(survey: str, mjd_utc: np.ndarray) -> np.ndarray:
    """The survey's night of each time, as an integer that ascends by one a night."""
    return lsst_night(mjd_utc) if survey == "lsst" else ztf_night(mjd_utc)


def function_verdicts(
    survey: str, photometry: Photometry, count: int, limits: dict[str, Any], sherlock: np.ndarray
) -> np.ndarray:
    """Yes, no or either for each of `count` owners: does the selection function pass some prefix of its light curve?

    `sherlock` is the class of each owner. No light curve of the sky is older than a function's `historyDays`.
    """
    detections = photometry.rows(photometry.detected)
    # The other criteria that hold once hold for ever. With these, each night's end is asked.
    passing = {"currentMag", "maxAge", "positiveFraction"} & limits.keys()
    ends = np.unique(np.ceil(detections.mjd_utc)) if passing else np.array([np.inf])
    verdicts = np.full(count, NO)
    for end in ends:
        known = detections.rows(detections.mjd_utc <= end)
        verdict = _verdicts(survey, known, count, limits, sherlock)
        verdicts = np.where((verdict == YES) | ((verdicts == NO) & (verdict == EITHER)), verdict, verdicts)
    return verdicts


def _verdicts(
    survey: str, detections: Photometry, count: int, limits: dict[str, Any], sherlock: np.ndarray
) -> np.ndarray:
    signed = survey == "lsst" or limits.get("positiveOnly", False)
    strength = detections.signal_to_noise if signed else np.abs(detections.signal_to_noise)
    counts = np.isin(detections.band, [BANDS.index(b) for b in limits["filters"]])
    counts &= detections.reliability >= limits.get("reliability", 0)
    sure = counts & (strength >= limits["significance"] + SIGMA_MARGIN)
    possible = counts & (strength >= limits["significance"] - SIGMA_MARGIN)

    answers = [_deliverable(survey, detections, count, limits, sure, possible)]
    if "currentMag" in limits:
        answers.append(_current_mag(detections, count, limits["currentMag"], sure, possible))
    if "maxAge" in limits:
        answers.append(_max_age(detections, count, limits["maxAge"], sure, possible))
    if "positiveFraction" in limits:
        answers.append(_positive_fraction(detections, count, limits["positiveFraction"]))
    if "quietBefore" in limits:
        answers.append(_quiet_before(detections, count, limits["quietBefore"], sure, possible))
    if "classes" in limits:
        answers.append(np.where(np.isin(sherlock.astype(str), limits["classes"]), YES, NO))
    every = np.stack(answers)
    return np.where((every == NO).any(axis=0), NO, np.where((every == YES).all(axis=0), YES, EITHER))


def _deliverable(
    survey: str, detections: Photometry, count: int, limits: dict[str, Any], sure: np.ndarray, possible: np.ndarray
) -> np.ndarray:
    night = night_of(survey, detections.mjd_utc)
    available = int(np.isfinite(DEPTH[survey][[BANDS.index(b) for b in limits["filters"]]]).sum())
    bright = _brightest(detections, sure, count) <= limits["magLimit"] - MAG_MARGIN
    yes = bright & (_distinct(detections.band, sure, detections.owner, count) >= min(limits["minBands"] + 1, available))
    yes &= _distinct(night, sure, detections.owner, count) >= limits["minNights"] + 1

    measured = detections.flux_njy > 0 if survey == "lsst" else np.ones(len(detections), bool)
    no = _brightest(detections, measured, count) >= limits["magLimit"] + MAG_MARGIN
    no |= _distinct(detections.band, possible, detections.owner, count) < limits["minBands"]
    no |= _distinct(night, possible, detections.owner, count) < limits["minNights"]
    return np.where(yes, YES, np.where(no, NO, EITHER))


def _current_mag(
    detections: Photometry, count: int, asked: dict[str, Any], sure: np.ndarray, possible: np.ndarray
) -> np.ndarray:
    newest = _newest(detections, np.ones(len(detections), bool), count)
    recent = newest[detections.owner] - detections.mjd_utc <= asked["days"]
    yes = _brightest(detections, sure & recent, count) <= asked["limit"] - MAG_MARGIN
    no = _brightest(detections, possible & recent, count) >= asked["limit"] + MAG_MARGIN
    return np.where(yes, YES, np.where(no, NO, EITHER))


def _max_age(detections: Photometry, count: int, days: float, sure: np.ndarray, possible: np.ndarray) -> np.ndarray:
    newest = _newest(detections, np.ones(len(detections), bool), count)
    latest, earliest = _oldest(detections, sure, count), _oldest(detections, possible, count)
    yes = np.isfinite(latest) & (newest - earliest <= days - DAYS_MARGIN)
    no = np.isinf(earliest) | (newest - latest >= days + DAYS_MARGIN)
    return np.where(yes, YES, np.where(no, NO, EITHER))


def _quiet_before(
    detections: Photometry, count: int, asked: dict[str, Any], sure: np.ndarray, possible: np.ndarray
) -> np.ndarray:
    """What was off zero before: each exposure of 5 sigma is a detection of the sky, so that these tell all."""
    owner, mjd_utc = detections.owner, detections.mjd_utc
    latest, earliest = _oldest(detections, sure, count), _oldest(detections, possible, count)
    maybe = mjd_utc < latest[owner] - asked["days"] + DAYS_MARGIN
    surely = mjd_utc < earliest[owner] - asked["days"] - DAYS_MARGIN
    surely &= np.isfinite(earliest)[owner] & (np.abs(detections.signal_to_noise) >= COUNTED_SN + SIGMA_MARGIN)
    yes = np.bincount(owner[maybe], minlength=count) <= asked["limit"]
    no = np.bincount(owner[surely], minlength=count) > asked["limit"]
    return np.where(yes, YES, np.where(no, NO, EITHER))


def _positive_fraction(detections: Photometry, count: int, least: float) -> np.ndarray:
    number = np.bincount(detections.owner, minlength=count)
    positive = np.bincount(detections.owner[detections.flux_njy > 0], minlength=count)
    fraction = positive / np.maximum(number, 1)
    yes = (number > 0) & ((fraction >= least + FRACTION_MARGIN) | (positive == number))
    return np.where(yes, YES, np.where(fraction <= least - FRACTION_MARGIN, NO, EITHER))


@dataclass(frozen=True)
class Off:
    """What one survey says of its objects: does it switch them off, and has it a say?"""

    faint: np.ndarray
    unobserved: np.ndarray
    age_d: np.ndarray  # since the last counted detection; inf where there is none
    magnitude: np.ndarray  # is a current magnitude known, so that the target can be told to 4MOST?

    @property
    def off(self) -> np.ndarray:
        """Faint or unobserved."""
        yes = (self.faint == YES) | (self.unobserved == YES)
        no = (self.faint == NO) & (self.unobserved == NO)
        return np.where(yes, YES, np.where(no, NO, EITHER))


@dataclass(frozen=True)
class Visited:
    """In which nights a survey visited which field: pairs of night and field, each once."""

    sure: np.ndarray  # the stream shows it: two columns
    possible: np.ndarray  # it may show it, or already does

    @classmethod
    def told(cls, night: np.ndarray, field: np.ndarray, owner: np.ndarray, rules: Rules) -> "Visited":
        """From what the stream told: the night and field in which each owner was last detected; field -1 is none."""
        seen = np.unique(np.stack([night, field, owner], axis=1), axis=0)
        nights, objects = np.unique(seen[:, 0], return_counts=True)
        crowded = nights[objects >= 2 * rules.survey_night_objects]
        pairs, here = np.unique(seen[seen[:, 1] >= 0][:, :2], axis=0, return_counts=True)
        sure = np.isin(pairs[:, 0], crowded) & (here > rules.visit_objects)
        return cls(pairs[sure], pairs)


def judge_off(
    survey: str, photometry: Photometry, field: np.ndarray, rules: Rules, visited: Visited, now_mjd_utc: float
) -> Off:
    """Faint and unobserved at `now` and for a day and a half after it, for each owner, whose `field` is given."""
    count = len(field)
    counted = photometry.detected & (photometry.signal_to_noise >= COUNTED_SN)
    counted &= np.isin(photometry.band, [BANDS.index(b) for b in COUNTED_BANDS])
    last = _newest(photometry, counted, count)
    age_d = now_mjd_utc - last
    faint, magnitude = _faint(survey, photometry, counted, count, rules, now_mjd_utc)

    limits = rules.live[survey]
    last_night = night_of(survey, np.where(np.isfinite(last), last, 0))
    sure, possible = (_visits_since(last_night, field, pairs) for pairs in (visited.sure, visited.possible))
    yes = (sure > limits["unobserved_visits"]) | (age_d >= rules.unobserved_days + DAYS_MARGIN)
    # Forced photometry and upper limits of its own show a visit, where the bridge has them.
    nights = night_of(survey, photometry.mjd_utc)
    own = _distinct(nights, nights > last_night[photometry.owner], photometry.owner, count)
    no = (np.maximum(possible, own) < limits["unobserved_visits"] - 1) & (age_d <= rules.unobserved_days - DAYS_MARGIN)
    return Off(faint, np.where(yes, YES, np.where(no, NO, EITHER)), age_d, magnitude)


def _visits_since(last_night: np.ndarray, field: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """How often each owner's field was visited after its last night."""
    visits = np.zeros(len(field), int)
    for each in np.unique(field):
        nights = np.sort(pairs[pairs[:, 1] == each, 0])
        here = field == each
        visits[here] = len(nights) - np.searchsorted(nights, last_night[here], side="right")
    return visits


def _faint(
    survey: str, photometry: Photometry, counted: np.ndarray, count: int, rules: Rules, now_mjd_utc: float
) -> tuple[np.ndarray, np.ndarray]:
    """Faint, and whether any magnitude is current at all."""
    limits = rules.live[survey]
    bright_limit = limits["faint_limit"] - MAG_MARGIN
    faint_limit = limits["faint_limit"] + rules.hysteresis_mag + MAG_MARGIN
    surely_known = np.zeros(count, bool)
    maybe_known = np.zeros(count, bool)
    every_faint = np.ones(count, bool)
    some_bright = np.zeros(count, bool)
    newest_of, mag_of, slope_of = _lines(photometry, counted, count, limits["current_window_days"])
    for name in COUNTED_BANDS:
        band = BANDS.index(name)
        newest, slope = newest_of[:, band], slope_of[:, band]
        age_d = now_mjd_utc - newest
        maybe = age_d <= limits["current_max_age_days"] + 1
        surely = age_d <= limits["current_max_age_days"] - DAYS_MARGIN
        followed_d = np.where(slope > 0, DECLINE_FOLLOWED_D, RISE_FOLLOWED_D)
        mags = [mag_of[:, band] + slope * np.clip(age_d + later, 0, followed_d) for later in (0, ASKED_LATER_D)]
        brightest, faintest = np.minimum(*mags), np.maximum(*mags)
        fainter_later = _fainter_later(survey, photometry, name, newest, bright_limit, count)
        surely_known |= surely
        maybe_known |= maybe
        every_faint &= ~maybe | (brightest >= faint_limit)
        some_bright |= surely & (faintest <= bright_limit) & ~fainter_later
    yes = surely_known & every_faint
    no = some_bright | ~maybe_known
    known = np.where(surely_known, YES, np.where(maybe_known, EITHER, NO))
    return np.where(yes, YES, np.where(no, NO, EITHER)), known


def _lines(
    photometry: Photometry, counted: np.ndarray, count: int, window_d: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The newest detection (MJD UTC, -inf for none) of each owner and band, the magnitude there and the slope a day.

    The rule: docs/science.md, "Current magnitude".
    """
    rows = photometry.rows(counted)
    key, size = rows.owner * len(BANDS) + rows.band, count * len(BANDS)
    newest = np.full(size, -np.inf)
    np.maximum.at(newest, key, rows.mjd_utc)
    day = rows.mjd_utc - newest[key]
    weight = np.exp(-((day / window_d) ** 2)) / ((MAG_A_NOISE / rows.signal_to_noise) ** 2 + LINE_SCATTER_MAG**2)

    def sums(values: np.ndarray) -> np.ndarray:
        return np.bincount(key, values, size)

    def of_owner(values: np.ndarray) -> np.ndarray:
        return np.repeat(values.reshape(count, len(BANDS)).sum(axis=1), len(BANDS))

    for _ in range(2):
        total = np.where(sums(weight) > 0, sums(weight), 1)
        mean_day, mean_mag = sums(weight * day) / total, sums(weight * rows.magnitude) / total
        from_mean = day - mean_day[key]
        lever = sums(weight * from_mean**2)
        rise = sums(weight * from_mean * (rows.magnitude - mean_mag[key]))
        usual = (of_owner(rise) + USUAL_SLOPE[0] / USUAL_SLOPE[1] ** 2) / (of_owner(lever) + USUAL_SLOPE[1] ** -2)
        slope = (rise + usual / BAND_SLOPE_SPREAD**2) / (lever + BAND_SLOPE_SPREAD**-2)
        mag = mean_mag - slope * mean_day
        off = np.abs(rows.magnitude - mag[key] - slope[key] * day) * np.sqrt(weight)
        weight = weight * np.minimum(1, OUTLIER_SIGMA / np.maximum(off, 1e-9))
    shape = (count, len(BANDS))
    return newest.reshape(shape), mag.reshape(shape), slope.reshape(shape)


def _fainter_later(
    survey: str, photometry: Photometry, band: str, newest: np.ndarray, bright_limit: float, count: int
) -> np.ndarray:
    """Owners whose later exposures in the band, detected or not, no longer show a clearly bright source.

    Forced photometry and upper limits may make a band fainter (docs/science.md, "Upper limits and forced photometry").
    """
    later = (photometry.band == BANDS.index(band)) & (photometry.mjd_utc > newest[photometry.owner])
    shown = photometry.magnitude if survey == "lsst" else photometry.depth_mag
    fainter = later & ((shown > bright_limit) | (photometry.flux_njy <= 0))
    return np.bincount(photometry.owner[fainter], minlength=count) > 0


def combine_surveys(offs: list[tuple[np.ndarray, np.ndarray]], other_survey_days: float) -> np.ndarray:
    """Off, over the surveys that see a source: only if each that detected it within 60 d says so.

    `offs` holds for each survey its off and the age (d) of its last counted detection, one entry a source, with
    off = YES and age = inf where the survey does not have the source.
    """
    yes = np.ones(len(offs[0][0]), bool)
    no = np.zeros(len(offs[0][0]), bool)
    for off, age_d in offs:
        yes &= (off == YES) | (age_d >= other_survey_days + DAYS_MARGIN)
        no |= (off == NO) & (age_d <= other_survey_days - DAYS_MARGIN)
    return np.where(yes, YES, np.where(no, NO, EITHER))


def _distinct(values: np.ndarray, mask: np.ndarray, owner: np.ndarray, count: int) -> np.ndarray:
    pairs = np.unique(owner[mask].astype(np.int64) << VALUE_BITS | values[mask])
    return np.bincount(pairs >> VALUE_BITS, minlength=count)


def _brightest(photometry: Photometry, mask: np.ndarray, count: int) -> np.ndarray:
    brightest = np.full(count, np.inf)
    np.minimum.at(brightest, photometry.owner[mask], photometry.magnitude[mask])
    return brightest


def _newest(photometry: Photometry, mask: np.ndarray, count: int) -> np.ndarray:
    newest = np.full(count, -np.inf)
    np.maximum.at(newest, photometry.owner[mask], photometry.mjd_utc[mask])
    return newest


def _oldest(photometry: Photometry, mask: np.ndarray, count: int) -> np.ndarray:
    oldest = np.full(count, np.inf)
    np.minimum.at(oldest, photometry.owner[mask], photometry.mjd_utc[mask])
    return oldest
