"""How right the brightness is that 4MOST is told, on skies whose truth is known, beside the rule that was before.

The rule before: of the bands r, i, g, z the first known one, with the brightest detection of some days, as it was then.
Sandbox: supernovae of its sky, asked once a day at 13:12 UTC; the truth is the magnitude in the band that is told.
Simulated light curves (tests/recorded.py): the truth is the next measurement in that band within four days.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.selection import verdict_and_trigger
from sandbox.sky.cadence import FIELDS, schedule
from sandbox.sky.photometry import Photometry, observe
from sandbox.sky.sources import KIND_SHARES, draw_sources, true_flux_njy
from tests.recorded import recorded, recorded_folder
from tides.fourmost.fields import BandMagnitude, Target
from tides.fourmost.payload import in_the_band_told, magnitude_to_tell
from tides.functions.functions import load_functions
from tides.judgement.current import by_band, fit
from tides.judgement.summaries import SummaryLimits, counted_detections
from tides.lightcurves.model import Detections, Fadings, LightCurves, take
from tides.photometry.ab import AB_ZERO_NJY, MAG_ERR_TIMES_SNR
from tides.photometry.bands import BANDS, COUNTED, TOLD_FIRST
from tides.settings.model import load_settings
from tides.surveys.survey import survey as named
from tides.targets import live_rule

EVENTS = 800
SEED = 5
NIGHTS = 150
LEFT_NIGHTS = 30
"""An event that fades in the last nights cannot show how long it stays live."""

NOW_MJD = 61400.0
JD_OF_MJD = 2400000.5
DAY_TIME = 0.55
TRANSIENT_DAYS = 400.0
"""What is detected for longer is no supernova: a variable star or an active galaxy."""

NEXT_DAYS = 4.0
FUNCTIONS = {"lsst": "tidesSNLSST", "ztf": "tidesSNZTF"}
BEFORE = {"lsst": (7.0, 20.0), "ztf": (5.0, 10.0)}
"""The window and the greatest age (days) of the rule before."""

COLUMNS = np.array([BANDS.index(band) for band in COUNTED])
SETTINGS = load_settings()
TEMPLATE = SETTINGS.targets["tides-sn"]


@dataclass(frozen=True)
class Events:
    """Transients of one survey, with what is known of them from day to day.

    `known_jd` is when each detection and fading (`faded_jd`) is known, `days` the times (JD UTC) at which is asked,
    `trigger_jd` when each event is selected (NaN for never), `truth` the true magnitudes by event, band and day.
    """

    survey: str
    count: int
    seen: Detections
    known_jd: np.ndarray
    faded: Fadings
    faded_jd: np.ndarray
    days: np.ndarray
    trigger_jd: np.ndarray
    truth: np.ndarray | None = None
    is_ia: np.ndarray | None = None


@dataclass(frozen=True)
class Bands:
    """What a rule makes of each event and band at a time; unknown values are NaN. `told` and `err` are what is told."""

    newest_jd: np.ndarray
    mag: np.ndarray
    told: np.ndarray
    err: np.ndarray


Rule = Callable[[Events, float], Bands]


def rows() -> list[dict[str, Any]]:
    """Measure; each row is {name, value, unit, against, ratio, goal}."""
    found = [row for survey in FUNCTIONS for row in _sandbox_rows(survey)]
    return found + (list(_recorded_rows()) if recorded_folder() else [])


def _sandbox_rows(survey: str) -> Iterator[dict[str, Any]]:
    events = sandbox_events(survey)
    now, before = (scored(events, told_of(events, rule, choose)) for rule, choose in RULES)
    goals = {
        "bias at the create": ("mag", "within 0.05"),
        "rms at the create": ("mag", "≤ 0.35"),
        "bias over live target-days": ("mag", "within 0.05"),
        "rms over live target-days": ("mag", "≤ 0.45"),
        "live after fading, SN Ia": ("days", "≤ 3"),
        "live target-days lost": ("%", "≤ 1"),
        "error within mag_err": ("%", "68"),
        "updates before ingestion": ("a target-day", ""),
    }
    for name, (unit, goal) in goals.items():
        yield _row(f"{survey} brightness told: {name}", unit, now[name], before[name], goal)


def _recorded_rows() -> Iterator[dict[str, Any]]:
    for kind in ("transients", "all objects"):
        events = recorded_events(only_transients=kind == "transients")
        now, before = (_rms(next_errors(events, told_of(events, rule, choose))) for rule, choose in RULES)
        goal = "ratio ≤ 0.75" if kind == "transients" else ""
        yield _row(f"simulated light curves, {kind}: rms to the next measurement", "mag", now, before, goal)


def _row(name: str, unit: str, now: float, before: float, goal: str) -> dict[str, Any]:
    against = f"the rule before {before:.3g}"
    ratio = round(abs(now / before), 3) if before else float("nan")
    return {"name": name, "value": round(now, 3), "unit": unit, "against": against, "ratio": ratio, "goal": goal}


def sandbox_events(survey: str, count: int = EVENTS, seed: int = SEED) -> Events:
    """Supernovae of the sandbox's sky, with their truth."""
    rng = np.random.default_rng(seed)
    plans = schedule(rng, survey, NOW_MJD, NIGHTS)
    shares = np.array(KIND_SHARES[:3])
    kind = rng.choice(3, count, p=shares / shares.sum())
    sources = draw_sources(rng, kind, survey, NOW_MJD, FIELDS, NIGHTS)
    photometry = observe(rng, survey, plans, sources)
    days = np.arange(NOW_MJD - NIGHTS + 2, NOW_MJD + 6) + DAY_TIME
    flux, _ = true_flux_njy(rng, sources, np.tile(days, len(BANDS)), np.repeat(np.arange(len(BANDS)), len(days)))
    truth = AB_ZERO_NJY - 2.5 * np.log10(np.maximum(flux.reshape(count, len(BANDS), len(days)), 1e-3))
    seen, known_jd = _detections(survey, photometry)
    faded, faded_jd = _fadings(survey, photometry, seen, known_jd, count)
    trigger_jd = _trigger(survey, count, seen, known_jd, faded)
    days = days + JD_OF_MJD
    return Events(survey, count, seen, known_jd, faded, faded_jd, days, trigger_jd, truth, kind == 0)


def _detections(survey: str, photometry: Photometry) -> tuple[Detections, np.ndarray]:
    rows_ = photometry.rows(np.flatnonzero(photometry.detected & (photometry.flux_njy > 0)))
    jd_utc = rows_.mjd_utc + JD_OF_MJD
    true = np.ones(len(rows_), dtype=bool)
    seen = Detections(
        object_index=rows_.owner.astype(np.int32),
        jd_utc=jd_utc,
        band=rows_.band.astype(np.int8),
        night=named(survey).nights.place(jd_utc),
        mag=rows_.magnitude,
        mag_err=MAG_ERR_TIMES_SNR / rows_.signal_to_noise,
        snr=rows_.signal_to_noise,
        positive=true,
        reliability=rows_.reliability,
        usable=true,
        solar_system=~true,
    )
    return seen, rows_.known_mjd_utc + JD_OF_MJD


def _fadings(
    survey: str, photometry: Photometry, seen: Detections, known_jd: np.ndarray, count: int
) -> tuple[Fadings, np.ndarray]:
    """Forced photometry (LSST, a night late) and non-detections (ZTF), known with the first message after them."""
    first = np.full(count, np.inf)
    np.minimum.at(first, seen.object_index, seen.jd_utc)
    jd_utc = photometry.mjd_utc + JD_OF_MJD
    is_seen = photometry.signal_to_noise >= live_rule_snr()
    rows_ = np.flatnonzero((jd_utc > first[photometry.owner]) & ((survey == "lsst") | ~is_seen))
    owner = photometry.owner[rows_]
    limit = AB_ZERO_NJY - 2.5 * np.log10(live_rule_snr() * photometry.flux_err_njy[rows_])
    mag = np.where(is_seen[rows_], photometry.magnitude[rows_], np.nan)
    faded = Fadings(
        object_index=owner.astype(np.int32),
        jd_utc=jd_utc[rows_],
        band=photometry.band[rows_].astype(np.int8),
        mag=mag,
        mag_err=np.where(np.isfinite(mag), MAG_ERR_TIMES_SNR / photometry.signal_to_noise[rows_], np.nan),
        limit_mag=np.where(np.isfinite(mag), np.nan, limit),
        forced=np.full(len(rows_), survey == "lsst"),
        snr=np.where(survey == "lsst", photometry.signal_to_noise[rows_], np.nan),
    )
    ready = photometry.known_mjd_utc[rows_] + JD_OF_MJD + (survey == "lsst")
    message = np.sort(seen.object_index + 1j * known_jd)
    after = np.searchsorted(message, owner + 1j * ready)
    told = after < len(message)
    told[told] &= message[after[told]].real == owner[told]
    return take(faded, told), message[after[told]].imag


def live_rule_snr() -> float:
    """The signal to noise of a counted detection."""
    return SummaryLimits(1).significance


def _trigger(survey: str, count: int, seen: Detections, known_jd: np.ndarray, faded: Fadings) -> np.ndarray:
    """When each event's trigger is known."""
    chunk = LightCurves(count, seen, faded, np.zeros(count, dtype=bool))
    _, trigger_jd = verdict_and_trigger(chunk, named(survey), load_functions()[FUNCTIONS[survey]])
    is_trigger = seen.jd_utc == trigger_jd[seen.object_index]
    known = np.full(count, np.nan)
    known[seen.object_index[is_trigger]] = known_jd[is_trigger]
    return known


def recorded_events(*, only_transients: bool) -> Events:
    """The simulated LSST light curves, each on a clock that begins with its first detection."""
    survey = named("lsst")
    chunk, _ = survey.decode(recorded("lsst_sim_objects"))
    _, trigger_jd = verdict_and_trigger(chunk, survey, load_functions()[FUNCTIONS["lsst"]])
    seen = counted_detections(chunk.detections, SummaryLimits(1))
    first, last = np.full(chunk.objects, np.inf), np.full(chunk.objects, -np.inf)
    np.minimum.at(first, seen.object_index, seen.jd_utc)
    np.maximum.at(last, seen.object_index, seen.jd_utc)
    if only_transients:
        trigger_jd = np.where(last - first < TRANSIENT_DAYS, trigger_jd, np.nan)
    first = np.floor(np.where(np.isfinite(first), first, 0))
    columns = {name: getattr(seen, name) for name in Detections.__slots__} | {
        name: getattr(seen, name) for name in ("object_index", "band")
    }
    own = Detections(**columns | {"jd_utc": seen.jd_utc - first[seen.object_index]})
    days = np.arange(np.ceil(np.nanmax(trigger_jd - first)) + 300) + DAY_TIME
    nothing = take(chunk.fadings, np.zeros(len(chunk.fadings.jd_utc), dtype=bool))
    return Events("lsst", chunk.objects, own, own.jd_utc, nothing, nothing.jd_utc, days, trigger_jd - first)


def rule_now(events: Events, now_jd: float) -> Bands:
    """The bridge's own rule."""
    live = SETTINGS.survey_live()[events.survey]
    seen = _known(events, now_jd)
    order, groups, keys = by_band(seen.object_index, seen.band)
    jd_utc = seen.jd_utc[order]
    lines = fit(groups, jd_utc, seen.mag[order], seen.mag_err[order], live.current_window_days)
    filled = (_filled(events, keys, column) for column in (lines.mag, lines.err, lines.slope, lines.slope_err))
    newest_jd = _filled(events, keys, jd_utc[groups.newest])
    line, fading = live_rule.Line(newest_jd, *filled), _newest_fading(events, now_jd)
    # 4MOST is told the magnitude as of the last noon (UTC).
    (mag, _), (told, err) = (
        live_rule.current_mag(line, newest_jd, *fading, np.full(events.count, jd)) for jd in (now_jd, np.floor(now_jd))
    )
    known = newest_jd >= now_jd - live.current_max_age_days
    return Bands(*(np.where(known, part, np.nan) for part in (newest_jd, mag, told)), err)


def rule_before(events: Events, now_jd: float) -> Bands:
    """The brightest detection of some days, as it was then."""
    window, oldest = BEFORE[events.survey]
    seen = _known(events, now_jd)
    order, groups, keys = by_band(seen.object_index, seen.band)
    jd_utc, mag, err = seen.jd_utc[order], seen.mag[order], seen.mag_err[order]
    recent = np.where(jd_utc >= groups.spread(jd_utc[groups.newest]) - window, mag, np.inf)
    brightest = np.minimum.reduceat(recent, groups.first) if len(groups.first) else recent
    # The error is that of the detection; the first of equal ones is as good as any.
    error = (
        np.minimum.reduceat(np.where(recent == groups.spread(brightest), err, np.inf), groups.first)
        if len(err)
        else err
    )
    newest_jd, mag = _filled(events, keys, jd_utc[groups.newest]), _filled(events, keys, brightest)
    limit_jd, limit_mag = _newest_fading(events, now_jd)
    mag = np.where(limit_jd > newest_jd, np.fmax(mag, limit_mag), mag)
    known = newest_jd >= now_jd - oldest
    newest_jd, mag = (np.where(known, part, np.nan) for part in (newest_jd, mag))
    return Bands(newest_jd, mag, mag, _filled(events, keys, error))


def _known(events: Events, now_jd: float) -> Detections:
    known = take(events.seen, events.known_jd <= now_jd)
    return counted_detections(known, SummaryLimits(1))


def _filled(events: Events, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    whole = np.full((events.count, len(BANDS)), np.nan)
    whole.ravel()[keys] = values
    return whole


def _newest_fading(events: Events, now_jd: float) -> tuple[np.ndarray, np.ndarray]:
    faded = take(events.faded, events.faded_jd <= now_jd)
    faded = take(faded, np.argsort(faded.jd_utc, kind="stable"))
    order, groups, keys = by_band(faded.object_index, faded.band)
    rows_ = order[groups.newest]
    mag = np.where(np.isfinite(faded.mag), faded.mag, faded.limit_mag)
    return _filled(events, keys, faded.jd_utc[rows_]), _filled(events, keys, mag[rows_])


Told = tuple[str, float, float]
"""The band, the magnitude and its error that are told."""

Choose = Callable[[str, list[BandMagnitude], Told | None], Told]


def choose_now(survey: str, known: list[BandMagnitude], told: Told | None) -> Told:
    """As the payload does: what 4MOST holds of its own band stays while it is right."""
    if told:
        target = Target(0, "", 0.0, 0.0, tuple(known))
        same = in_the_band_told(target, TEMPLATE, TEMPLATE.mag_type[survey][told[0]])
        if same and abs(same.mag - told[1]) <= SETTINGS.fourmost.magnitude_tolerance:
            return told
    chosen = magnitude_to_tell(known, TEMPLATE)
    return chosen.band, chosen.mag, chosen.err or 0.0


def choose_before(_survey: str, known: list[BandMagnitude], told: Told | None) -> Told:
    """The first known band of r, i, g, z."""
    chosen = min(known, key=lambda m: TOLD_FIRST.index(m.band))
    if told and told[0] == chosen.band and abs(told[1] - chosen.mag) <= SETTINGS.fourmost.magnitude_tolerance:
        return told
    return chosen.band, chosen.mag, chosen.err or 0.0


RULES: tuple[tuple[Rule, Choose], ...] = ((rule_now, choose_now), (rule_before, choose_before))


@dataclass(frozen=True)
class Row:
    """What is told of a live event on a day (its place); `is_new`: it is an update, or the create."""

    event: int
    day: int
    told: Told
    is_new: bool


def told_of(events: Events, rule: Rule, choose: Choose) -> list[Row]:
    """Walk from day to day: whether each event is live, and what is told of it."""
    live = SETTINGS.survey_live()[events.survey]
    faint = np.zeros(events.count, dtype=bool)
    held: dict[int, Told] = {}
    found = []
    for day, now_jd in enumerate(events.days.tolist()):
        bands = rule(events, now_jd)
        newest_jd, mag = (part[:, COLUMNS] for part in (bands.newest_jd, bands.mag))
        now = np.full(events.count, now_jd)
        faint = live_rule.is_faint(faint, newest_jd, mag, now, live, SETTINGS.live.hysteresis_mag)
        last_jd = np.full(events.count, -np.inf)
        seen = _known(events, now_jd)
        np.maximum.at(last_jd, seen.object_index, seen.jd_utc)
        is_live = (events.trigger_jd <= now_jd) & ~faint & (now_jd - last_jd < SETTINGS.live.unobserved_days)
        for event in np.flatnonzero(is_live & np.isfinite(mag).any(axis=1)).tolist():
            known = [
                BandMagnitude(events.survey, band, *values, 0, jd, live.faint_limit)
                for band, jd, *values in zip(
                    COUNTED,
                    newest_jd[event].tolist(),
                    bands.told[event, COLUMNS].tolist(),
                    bands.err[event, COLUMNS].tolist(),
                    strict=True,
                )
                if values[0] == values[0]
            ]
            told = choose(events.survey, known, held.get(event))
            found.append(Row(event, day, told, told is not held.get(event)))
            held[event] = told
    return found


def scored(events: Events, found: list[Row]) -> dict[str, float]:
    """The figures of a rule against the truth."""
    truth = events.truth
    if truth is None or events.is_ia is None:
        raise ValueError("these events have no truth")
    error = np.array([row.told[1] - truth[row.event, BANDS.index(row.told[0]), row.day] for row in found])
    sigma = np.array([row.told[2] for row in found])
    event, day = np.array([row.event for row in found]), np.array([row.day for row in found])
    _, created = np.unique(event, return_index=True)
    live = np.zeros((events.count, len(events.days)), dtype=bool)
    live[event, day] = True
    limits = SETTINGS.survey_live()[events.survey]
    brightest = truth[:, COLUMNS].min(axis=1)
    is_wanted = (events.trigger_jd[:, None] <= events.days) & (brightest <= limits.faint_limit)
    updates = sum(row.is_new for row in found) - len(created)
    return {
        "bias at the create": float(error[created].mean()),
        "rms at the create": _rms(error[created]),
        "bias over live target-days": float(error.mean()),
        "rms over live target-days": _rms(error),
        "live after fading, SN Ia": _days_after(events, brightest, live, limits.faint_limit),
        "live target-days lost": 100 * float((is_wanted & ~live).sum() / is_wanted.sum()),
        "error within mag_err": 100 * float(np.mean(np.abs(error[created]) <= sigma[created])),
        "updates before ingestion": updates / len(found),
    }


def _days_after(events: Events, brightest: np.ndarray, live: np.ndarray, faint_limit: float) -> float:
    """For how many days a SN Ia is live, on the mean, after all its bands are fainter than limit and hysteresis."""
    is_bright = brightest <= faint_limit + SETTINGS.live.hysteresis_mag
    last = is_bright.shape[1] - 1 - np.argmax(is_bright[:, ::-1], axis=1)
    asked = events.is_ia & is_bright.any(axis=1) & (events.trigger_jd <= events.days[last])
    asked &= last < is_bright.shape[1] - LEFT_NIGHTS
    after = live & (np.arange(is_bright.shape[1]) > last[:, None])
    return float(after[asked].sum(axis=1).mean())


def next_errors(events: Events, found: list[Row]) -> np.ndarray:
    """What is told against the next measurement in that band, where there is one soon enough."""
    errors = []
    order, groups, keys = by_band(events.seen.object_index, events.seen.band)
    jd_utc, mag = events.seen.jd_utc[order], events.seen.mag[order]
    place = {key: slice(a, a + n) for key, a, n in zip(keys.tolist(), groups.first, groups.number, strict=True)}
    for row in found:
        rows_ = place[row.event * len(BANDS) + BANDS.index(row.told[0])]
        now_jd = events.days[row.day]
        at = int(np.searchsorted(jd_utc[rows_], now_jd, side="right"))
        if at < rows_.stop - rows_.start and jd_utc[rows_][at] <= now_jd + NEXT_DAYS:
            errors.append(row.told[1] - mag[rows_][at])
    return np.array(errors)


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt((values**2).mean()))
