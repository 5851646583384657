"""When each survey looks where, and how deep (docs/science.md, "The sky of the sandbox")."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from sandbox.sky.templates import BANDS

FIELDS = 24
Cadence = Literal["uniform", "rolling"]
"""`rolling`: in one month of nights the survey looks at the even fields only, in the next at the odd ones only."""

ROLLING_NIGHTS = 30
HISTORY_NIGHTS = 90
FUTURE_NIGHTS = 7
# 5σ depth, AB mag. A bright Moon costs 0.7 mag in u and g.
DEPTH = {
    "lsst": np.array([23.6, 24.4, 23.9, 23.3, 22.7, 21.9]),
    "ztf": np.array([np.nan, 20.8, 20.6, np.nan, np.nan, np.nan]),
}
MOON_LOSS_MAG = 0.7
SYNODIC_MONTH_D = 29.53
NIGHTS_LOST = 0.2
LONGEST_LOSS_NIGHTS = 6
CLEAR_AT_THE_END = 4
# The part of the UTC day in which a night's exposures lie: far from the boundaries of `nid` and of day_obs.
NIGHT = {"lsst": (0.03, 0.34), "ztf": (0.14, 0.46)}
GAPS_NIGHTS = {"lsst": (3, 4), "ztf": (2, 3)}
PAIR_APART_D = 33 / 1440
LSST_PAIRS = (("g", "r"), ("r", "i"), ("g", "i"), ("i", "z"), ("r", "z"), ("u", "g"), ("z", "y"))
LSST_PAIR_SHARES = (0.22, 0.2, 0.2, 0.13, 0.13, 0.06, 0.06)


@dataclass(frozen=True)
class Visits:
    """The exposures of one survey in one field, in order of time."""

    mjd_utc: np.ndarray
    band: np.ndarray  # index into "ugrizy"
    depth_mag: np.ndarray  # 5σ, AB


def schedule(
    rng: np.random.Generator,
    survey: str,
    now_mjd_utc: float,
    history_nights: int = HISTORY_NIGHTS,
    cadence: Cadence = "uniform",
) -> list[Visits]:
    """One `Visits` a field, from so many nights before to 7 nights after `now`.

    A fifth of the nights is lost in runs of one to six; the last four before `now` are clear. The Moon's age is drawn,
    not computed, so that a seed gives the same sky on every day.
    """
    first_day = int(np.floor(now_mjd_utc)) - history_nights
    nights = history_nights + FUTURE_NIGHTS
    clear = _clear_nights(rng, nights, history_nights)
    moon_age_d = (rng.uniform(0, SYNODIC_MONTH_D) + np.arange(nights)) % SYNODIC_MONTH_D
    bright = np.abs(moon_age_d - SYNODIC_MONTH_D / 2) < SYNODIC_MONTH_D / 6
    months = np.arange(nights) // ROLLING_NIGHTS
    turns = [clear if cadence == "uniform" else clear & (months % 2 == field % 2) for field in range(FIELDS)]
    return [_field(rng, survey, first_day, turn, bright) for turn in turns]


def _clear_nights(rng: np.random.Generator, nights: int, history_nights: int) -> np.ndarray:
    clear = np.ones(nights, bool)
    # Weather comes in runs of nights.
    while (~clear).mean() < NIGHTS_LOST:
        start = rng.integers(0, nights)
        clear[start : start + rng.integers(1, LONGEST_LOSS_NIGHTS + 1)] = False
        clear[history_nights - CLEAR_AT_THE_END :] = True
    return clear


def _field(rng: np.random.Generator, survey: str, first_day: int, clear: np.ndarray, bright: np.ndarray) -> Visits:
    times, bands, depths = [], [], []
    night = int(rng.integers(0, GAPS_NIGHTS[survey][1]))
    while night < len(clear):
        if not clear[night]:
            night += 1
            continue
        start = first_day + night + rng.uniform(NIGHT[survey][0], NIGHT[survey][1] - PAIR_APART_D)
        pair = LSST_PAIRS[rng.choice(len(LSST_PAIRS), p=LSST_PAIR_SHARES)] if survey == "lsst" else ("g", "r")
        for step, name in enumerate(pair):
            index = BANDS.index(name)
            loss = MOON_LOSS_MAG if bright[night] and name in "ug" and survey == "lsst" else 0.0
            times.append(start + step * PAIR_APART_D)
            bands.append(index)
            depths.append(DEPTH[survey][index] - loss + rng.normal(0, 0.05))
        night += int(rng.choice(GAPS_NIGHTS[survey]))
    return Visits(np.array(times), np.array(bands), np.array(depths))
