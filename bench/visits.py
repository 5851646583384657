"""What "not seen" loses and what it keeps too long, by visits of the place and by nights anywhere as it was before.

On the sandbox's sky with both cadences, and on the gaps in recorded and simulated light curves where there are some.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tabulate import tabulate

from sandbox.sky.cadence import FIELDS
from sandbox.sky.sky import Sky, build_sky
from sandbox.sky.sources import LIGHT_CURVE_NAMES, true_flux_njy
from sandbox.sky.templates import BANDS
from tests.recorded import recorded, recorded_folder
from tides.judgement.summaries import SummaryLimits, counted_detections
from tides.lightcurves.model import Bools, Floats, Indices
from tides.photometry.bands import COUNTED
from tides.settings.model import Settings, load_settings
from tides.surveys import lsst, ztf
from tides.surveys.survey import survey as named
from tides.targets import live_rule

NOW = datetime(2026, 11, 24, tzinfo=UTC)
NIGHTS = 240
OBJECTS = {"lsst": (1600, 100), "ztf": (100, 800)}
MJD_ZERO_JD = 2400000.5
NIGHTS_ANYWHERE = {"lsst": 14, "ztf": 10}
"""The rule before: so many nights of the survey, whatever it looked at."""

GOAL_LOST = 1.0
RECORDED = {"lsst_objects": (lsst, "lsst"), "lsst_sim_objects": (lsst, "lsst"), "ztf_lightcurves": (ztf, "ztf")}
LONGEST_GAP_D = 60
"""Of two detections further apart nobody knows whether it was one bright life."""


def rows() -> list[dict[str, Any]]:
    """Measure; each row is {name, value, unit, against, ratio, goal}."""
    settings = load_settings()
    found = [
        row
        for survey, objects in OBJECTS.items()
        for cadence in ("uniform", "rolling")
        for row in _of_a_sky(f"{survey} {cadence}", survey, build_sky(NOW, 1, *objects, NIGHTS, cadence), settings)
    ]
    return found + (list(_of_gaps(settings)) if recorded_folder() else [])


def _of_a_sky(title: str, survey: str, sky: Sky, settings: Settings) -> list[dict[str, Any]]:
    objects, limits = sky.surveys[survey], settings.survey_live()[survey]
    is_supernova = sky.sources.kind[objects.source] < len(LIGHT_CURVE_NAMES)
    chosen = np.flatnonzero(is_supernova & sky.reachable[objects.source] & objects.in_feed)
    photometry = objects.photometry
    counted = photometry.detected & (photometry.signal_to_noise >= 5)
    counted &= np.isin(photometry.band, [BANDS.index(band) for band in COUNTED])
    days = np.arange(photometry.mjd_utc.min(), photometry.mjd_utc.max()) + MJD_ZERO_JD
    seen = np.full((len(chosen), len(days)), -np.inf)  # by then, when was it last seen?
    for place, owner in enumerate(chosen):
        rows = slice(objects.starts[owner], objects.starts[owner + 1])
        own = photometry.mjd_utc[rows][counted[rows]] + MJD_ZERO_JD
        last = np.searchsorted(own, days, side="right") - 1
        seen[place, last >= 0] = own[last[last >= 0]]
    bright = _bright(sky, survey, chosen, days, limits.faint_limit) & np.isfinite(seen)
    by_place = _visits(sky, survey, chosen, settings)
    anywhere = np.unique(by_place[1])
    nights = np.repeat(np.arange(len(chosen)), len(anywhere)), np.tile(anywhere, len(chosen))
    before = limits.model_copy(update={"unobserved_visits": NIGHTS_ANYWHERE[survey]})
    numbers = named(survey).nights
    measured = []
    for visits, rule in ((by_place, limits), (nights, before)):
        off = np.zeros(seen.shape, dtype=bool)
        for day, now in enumerate(days):
            last = np.where(np.isfinite(seen[:, day]), seen[:, day], now)
            until = np.full(len(chosen), numbers.place(np.array(now)) - 1)
            silent = live_rule.silent_visits(numbers.place(last), until, *visits)
            off[:, day] = live_rule.is_unobserved(silent, now - last, rule, settings.live)
        measured.append((100 * (off & bright).sum() / bright.sum(), _kept_after(off, bright, seen, days)))
    (lost, after), (lost_before, after_before) = measured
    return [
        _row(f"{title}: bright days lost as not seen", lost, "%", lost_before, f"≤ {GOAL_LOST}"),
        _row(f"{title}: days kept after fading and last detection", after, "d", after_before, "≤ 45"),
    ]


def _bright(sky: Sky, survey: str, chosen: Indices, days: Floats, limit: float) -> Bools:
    bands = [BANDS.index(band) for band in named(survey).bands if band in COUNTED[: 2 if survey == "ztf" else 4]]
    sources = sky.sources.take(sky.surveys[survey].source[chosen])
    times = np.tile(days - MJD_ZERO_JD, len(bands))
    flux, _ = true_flux_njy(np.random.default_rng(1), sources, times, np.repeat(bands, len(days)))
    brightest = flux.reshape(len(chosen), len(bands), len(days)).max(axis=1)
    return np.asarray(brightest >= 10 ** (0.4 * (31.4 - limit)))


def _visits(sky: Sky, survey: str, chosen: Indices, settings: Settings) -> tuple[Indices, NDArray[np.int64]]:
    """The visits of each object's field, as the stream's messages show them."""
    objects, alerts = sky.surveys[survey], sky.alerts[survey]
    field = np.where(sky.reachable, sky.sources.field, -1)[objects.source]
    pairs, number = np.unique(
        np.unique(np.stack([field[alerts.owner], alerts.night, alerts.owner]), axis=1)[:2], axis=1, return_counts=True
    )
    pairs = pairs[:, number >= settings.live.visit_objects]
    nights = {f: pairs[1][pairs[0] == f] for f in range(FIELDS)}
    target = np.concatenate([np.full(len(nights[f]), n) for n, f in enumerate(field[chosen])])
    return target, np.concatenate([nights[f] for f in field[chosen]])


def _kept_after(off: Bools, bright: Bools, seen: Floats, days: Floats) -> float:
    """For how many days the rule keeps what is neither bright nor seen any more, on average (days)."""
    last_seen = seen.max(axis=1)
    over = np.isfinite(last_seen) & (last_seen < days[-1] - 50)  # the rule has had its time
    last_bright = np.where(bright, days, -np.inf).max(axis=1)
    after = days > np.maximum(last_seen, last_bright)[:, None]
    return float((after & ~off)[over].sum(axis=1).mean())


def _of_gaps(settings: Settings) -> Iterator[dict[str, Any]]:
    for name, (module, survey) in RECORDED.items():
        limits = settings.survey_live()[survey]
        chunk, _ = module.decode(recorded(name))
        counted = counted_detections(chunk.detections, SummaryLimits(limits.current_window_days))
        numbers = named(survey).nights
        looks = np.unique(
            np.stack(
                [
                    np.concatenate([chunk.detections.object_index, chunk.fadings.object_index]),
                    numbers.place(np.concatenate([chunk.detections.jd_utc, chunk.fadings.jd_utc])),
                ]
            ),
            axis=1,
        )
        # Only where something but detections tells of visits, a gap tells of any.
        told = np.isin(counted.object_index, chunk.fadings.object_index)
        same = (np.diff(counted.object_index) == 0) & told[1:] & (np.diff(counted.jd_utc) < LONGEST_GAP_D)
        gap = np.flatnonzero(same & (counted.mag[1:] <= limits.faint_limit) & (np.diff(counted.night) > 0))
        lost = {"visits": 0.0, "days": 0.0}
        bright_d = float((counted.jd_utc[gap + 1] - counted.jd_utc[gap]).sum())
        for place in gap.tolist():
            begin, end = counted.jd_utc[place], counted.jd_utc[place + 1]
            own = looks[1][looks[0] == counted.object_index[place]]
            silent = own[(own > numbers.place(np.array(begin))) & (own < numbers.place(np.array(end)))]
            if len(silent) >= limits.unobserved_visits:
                night = silent[limits.unobserved_visits - 1 : limits.unobserved_visits]
                lost["visits"] += max(0.0, end - float(numbers.end_of_place(night)[0]))
            lost["days"] += max(0.0, end - begin - NIGHTS_ANYWHERE[survey])
        by_visits, by_days = (100 * value / bright_d for value in lost.values())
        yield _row(f"{name}: bright days lost in gaps", by_visits, "%", by_days, f"about {GOAL_LOST}")


def _row(name: str, value: float, unit: str, before: float, goal: str) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 2),
        "unit": unit,
        "against": f"nights anywhere: {before:.3g} {unit}",
        "ratio": round(value / before, 2) if before else 1.0,
        "goal": goal,
    }


if __name__ == "__main__":
    found = rows()
    print(tabulate([list(row.values()) for row in found], headers=list(found[0]), floatfmt=".3g"))
