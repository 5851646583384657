"""The sandbox sky: seeded sources, what the surveys measured of them, and the truth about each.

Candidates are drawn by kind and measured; those are kept whose every verdict is clear, and a few borderline ones.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from sandbox.sky.cadence import HISTORY_NIGHTS, Cadence, Visits, schedule
from sandbox.sky.clock import mjd_utc_of
from sandbox.sky.photometry import Photometry, joined, observe
from sandbox.sky.places import FIELDS_OF, SAME_SOURCE_ARCSEC, beside, place
from sandbox.sky.sources import BOTH_SURVEYS_SHARES, FEED_CLASSES, KIND_SHARES, KINDS, Sources, draw_sources
from sandbox.sky.truth import (
    EITHER,
    NO,
    VALUE_BITS,
    YES,
    Rules,
    Visited,
    combine_surveys,
    function_verdicts,
    judge_off,
    night_of,
    read_rules,
)

SURVEYS = ("lsst", "ztf")
BOTH_SHARE_OF_ZTF = 0.15
BORDERLINE_SHARE = 0.04
CANDIDATES_A_ROUND = 3000
ROUNDS = 100
"""After so many rounds of candidates the cadence has too few visits for what is asked."""
ID_STEP = 1_000_003
"""Ids of neighbours in the sky lie far apart."""


@dataclass
class SurveyObjects:
    """The objects of one survey: columns with one entry an object, and its photometry (owner = that entry)."""

    survey: str
    ids: np.ndarray
    source: np.ndarray
    ra_deg: np.ndarray
    dec_deg: np.ndarray
    sherlock: np.ndarray
    photometry: Photometry
    starts: np.ndarray  # photometry rows of object i: starts[i] … starts[i + 1]
    solar_system: np.ndarray

    @property
    def in_feed(self) -> np.ndarray:
        """Objects whose Sherlock class passes TiDES's filter: the others send no message."""
        return np.isin(self.sherlock.astype(str), FEED_CLASSES)


@dataclass
class Alerts:
    """The messages of one survey: one an object and night, in order of time."""

    owner: np.ndarray
    utc_mjd: np.ndarray  # when the filter ran, whole seconds
    night: np.ndarray  # of the newest detection that the message tells of


@dataclass
class Sky:
    """The whole sky: sources, what the surveys measured, and the truth."""

    now: datetime
    sources: Sources
    group: np.ndarray
    ra_deg: np.ndarray
    dec_deg: np.ndarray
    reachable: np.ndarray
    surveys: dict[str, SurveyObjects]
    alerts: dict[str, Alerts]
    verdicts: dict[str, dict[str, np.ndarray]]  # survey → function → verdict by object
    off: np.ndarray  # by source
    faint: np.ndarray  # by source: some survey surely finds it faint
    magnitude: np.ndarray  # by source: is a current magnitude known?
    rules: Rules


def build_sky(
    now: datetime,
    seed: int = 1,
    lsst: int = 400,
    ztf: int = 200,
    history_nights: int = HISTORY_NIGHTS,
    cadence: Cadence = "uniform",
    disruptions: int = 0,
) -> Sky:
    """A sky with `lsst` and `ztf` survey objects, 15 % of the ZTF ones seen by both surveys, as of `now`.

    Beside them LSST sees so many tidal disruptions.
    """
    rng = np.random.default_rng(seed)
    rules = read_rules()
    now_mjd = mjd_utc_of(now)
    plans = {survey: schedule(rng, survey, now_mjd, history_nights, cadence) for survey in SURVEYS}
    both = min(round(BOTH_SHARE_OF_ZTF * ztf), lsst)
    picks = [
        _pick(rng, group, count, plans, rules, now_mjd, history_nights)
        for group, count in (("lsst", lsst - both), ("ztf", ztf - both), ("both", both))
        if count > 0
    ]
    if disruptions:
        only = np.array(KINDS) == "TDE"
        picks.append(_pick(rng, "lsst", disruptions, plans, rules, now_mjd, history_nights, only))
    group = np.concatenate([np.full(len(p.sources), p.group) for p in picks])
    sources = Sources(**{f: np.concatenate([getattr(p.sources, f) for p in picks]) for f in Sources.__annotations__})
    ra, dec, reachable = place(rng, group, sources.field)
    surveys, first = {}, np.cumsum([0, *(len(p.sources) for p in picks)])
    for survey in SURVEYS:
        parts: list[Photometry] = []
        index: list[np.ndarray] = []
        for pick, offset in zip(picks, first, strict=False):
            if survey in pick.photometry:
                part = pick.photometry[survey]
                part.owner = part.owner + sum(len(i) for i in index)
                parts.append(part)
                index.append(offset + np.arange(len(pick.sources)))
        source = np.concatenate(index) if index else np.empty(0, int)
        surveys[survey] = _survey_objects(rng, survey, now, seed, source, parts, sources, ra, dec)
    return _with_truth(now, sources, group, ra, dec, reachable, surveys, rules)


@dataclass
class _Pick:
    group: str
    sources: Sources
    photometry: dict[str, Photometry]


def _pick(
    rng: np.random.Generator, group: str, count: int, plans: dict[str, list[Visits]], rules: Rules, now_mjd: float,
    history_nights: int, shares: np.ndarray | None = None,
) -> _Pick:  # fmt: skip
    """Draws candidates until each kind has its share of clear ones (and a few borderline ones).

    Raises ValueError where the nights are too few for it.
    """
    names = SURVEYS if group == "both" else (group,)
    if shares is None:
        shares = np.array(BOTH_SURVEYS_SHARES if group == "both" else KIND_SHARES)
    wanted = np.floor(shares * count).astype(int)
    wanted[0] += count - wanted.sum()
    borderline_left = max(1, round(BORDERLINE_SHARE * count))
    rounds: list[_Pick] = []
    while wanted.sum():
        if len(rounds) == ROUNDS:
            lacking = ", ".join(f"{number} {name}" for name, number in zip(KINDS, wanted, strict=True) if number)
            raise ValueError(
                f"a sky of {history_nights} nights has too few clear sources ({lacking} for {group} are lacking):"
                " ask for more nights or fewer objects"
            )
        drawn = np.minimum(np.where(wanted, 3 * wanted + 10, 0), CANDIDATES_A_ROUND)
        kind = np.repeat(np.arange(len(KINDS)), drawn)
        sources = draw_sources(
            rng, kind, "ztf" if "ztf" in names else "lsst", now_mjd, FIELDS_OF[group], history_nights
        )
        photometry = {s: observe(rng, s, plans[s], sources) for s in names}
        seen, clear = _seen_and_clear(photometry, sources, plans, rules, now_mjd)
        kept = []
        for index in range(len(KINDS)):
            usable = np.flatnonzero((kind == index) & seen & clear)[: wanted[index]]
            near = np.flatnonzero((kind == index) & seen & ~clear)[: min(borderline_left, wanted[index] // 10)]
            borderline_left -= len(near)
            chosen = np.concatenate([near, usable])[: wanted[index]]
            wanted[index] -= len(chosen)
            kept.append(chosen)
        owners = np.concatenate(kept)
        measured = {s: p.of_owners(owners) for s, p in photometry.items()}
        rounds.append(_Pick(group, sources.take(owners), measured))
    return _merge(rounds)


def _merge(rounds: list[_Pick]) -> _Pick:
    offset = 0
    for part in rounds:
        for photometry in part.photometry.values():
            photometry.owner = photometry.owner + offset
        offset += len(part.sources)
    sources = Sources(**{f: np.concatenate([getattr(r.sources, f) for r in rounds]) for f in Sources.__annotations__})
    return _Pick(rounds[0].group, sources, {s: joined([r.photometry[s] for r in rounds]) for s in rounds[0].photometry})


def _seen_and_clear(
    photometry: dict[str, Photometry], sources: Sources, plans: dict[str, list[Visits]], rules: Rules, now_mjd: float
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    count = len(sources)
    seen, clear, offs = np.ones(count, bool), np.ones(count, bool), []
    selected = np.full(count, NO)
    for survey, rows in photometry.items():
        known = rows.rows(rows.known_mjd_utc <= now_mjd)
        seen &= np.bincount(known.owner[known.detected], minlength=count) > 0
        for name, limits in rules.functions[survey].items():
            verdict = function_verdicts(survey, known, count, limits, sources.sherlock)
            clear &= verdict != EITHER
            if name in rules.live_functions[survey]:
                selected = np.maximum(selected, verdict)
        planned = [
            (night, field)
            for field, visits in enumerate(plans[survey])
            for night in np.unique(night_of(survey, visits.mjd_utc[visits.mjd_utc < now_mjd]))
        ]
        off = judge_off(survey, known, sources.field, rules, Visited(*2 * [np.array(planned)]), now_mjd)
        offs.append((off.off, off.age_d))
    clear &= (combine_surveys(offs, rules.other_survey_days) != EITHER) | (selected == NO)
    return seen, clear


def _survey_objects(
    rng: np.random.Generator, survey: str, now: datetime, seed: int, source: np.ndarray, parts: list[Photometry],
    sources: Sources, ra: np.ndarray, dec: np.ndarray,
) -> SurveyObjects:  # fmt: skip
    photometry = joined(parts)
    order = np.lexsort((photometry.mjd_utc, photometry.owner))
    photometry = photometry.rows(order)
    number = np.arange(len(source)) + 1
    if survey == "lsst":
        ids = 170_000_000_000_000_000 + seed % 1000 * 10**12 + number * ID_STEP
    else:
        ids = np.array([ztf_id(now.year, int(n) * ID_STEP + seed) for n in number], dtype=object)
    mean_ra, mean_dec = beside(rng, ra[source], dec[source], 0.1 if survey == "ztf" else SAME_SOURCE_ARCSEC / 6)
    return SurveyObjects(
        survey=survey,
        ids=ids,
        source=source,
        ra_deg=mean_ra,
        dec_deg=mean_dec,
        sherlock=sources.sherlock[source],
        photometry=photometry,
        starts=np.searchsorted(photometry.owner, np.arange(len(source) + 1)),
        solar_system=sources.kind[source] == KINDS.index("asteroid"),
    )


def ztf_id(year: int, number: int) -> str:
    """A ZTF object id: "ZTF", two digits of the year, seven letters."""
    letters = ""
    for _ in range(7):
        number, digit = divmod(number, 26)
        letters = chr(ord("a") + digit) + letters
    return f"ZTF{year % 100:02d}{letters}"


def _with_truth(
    now: datetime, sources: Sources, group: np.ndarray, ra: np.ndarray, dec: np.ndarray, reachable: np.ndarray,
    surveys: dict[str, SurveyObjects], rules: Rules,
) -> Sky:  # fmt: skip
    now_mjd = mjd_utc_of(now)
    alerts = {name: make_alerts(objects) for name, objects in surveys.items()}
    verdicts: dict[str, dict[str, np.ndarray]] = {}
    offs, faint, magnitude = [], np.zeros(len(sources), bool), np.full(len(sources), NO)
    for name, objects in surveys.items():
        count = len(objects.ids)
        known = objects.photometry.rows(objects.photometry.known_mjd_utc <= now_mjd)
        verdicts[name] = {
            function: function_verdicts(name, known, count, limits, objects.sherlock)
            for function, limits in rules.functions[name].items()
        }
        told = alerts[name].utc_mjd <= now_mjd
        field, owner = sources.field[objects.source], alerts[name].owner[told]
        # What is out of reach lies anywhere, and so tells of no field.
        in_field = np.where(reachable[objects.source], field, -1)
        visited = Visited.told(alerts[name].night[told], in_field[owner], owner, rules)
        judged = judge_off(name, known, field, rules, visited, now_mjd)
        off, age_d = np.full(len(sources), YES), np.full(len(sources), np.inf)
        untold = _untold(known, alerts[name], count, now_mjd)
        off[objects.source], age_d[objects.source] = np.where(untold, EITHER, judged.off), judged.age_d
        faint[objects.source] |= judged.faint == YES
        here = magnitude[objects.source]
        either = np.where((here == EITHER) | (judged.magnitude == EITHER), EITHER, NO)
        magnitude[objects.source] = np.where((here == YES) | (judged.magnitude == YES), YES, either)
        offs.append((off, age_d))
    off = combine_surveys(offs, rules.other_survey_days)
    return Sky(now, sources, group, ra, dec, reachable, surveys, alerts, verdicts, off, faint, magnitude, rules)


def _untold(known: Photometry, alerts: Alerts, count: int, now_mjd: float) -> np.ndarray:
    """Which of `count` objects have a detection that is known by now, and that no message has told yet.

    The API shows it, the stream does not.
    """
    told = alerts.utc_mjd <= now_mjd
    newest = np.full(count, -np.inf)
    np.maximum.at(newest, alerts.owner[told], alerts.utc_mjd[told])
    late = known.detected & (known.known_mjd_utc > newest[known.owner] + 1 / 86400)
    return np.bincount(known.owner[late], minlength=count) > 0


def make_alerts(objects: SurveyObjects) -> Alerts:
    """One message an object and night in which it was detected, when the filter has run over all of that night."""
    rows = objects.photometry.rows(objects.photometry.detected & objects.in_feed[objects.photometry.owner])
    night = night_of(objects.survey, rows.mjd_utc)
    pairs, inverse = np.unique(rows.owner.astype(np.int64) << VALUE_BITS | night, return_inverse=True)
    utc = np.zeros(len(pairs))
    np.maximum.at(utc, inverse, rows.known_mjd_utc)
    utc = np.ceil(utc * 86400) / 86400
    owner, night = pairs >> VALUE_BITS, pairs & (2**VALUE_BITS - 1)
    order = np.lexsort((utc, owner))
    owner, utc, night = owner[order], utc[order], night[order]
    newest = np.maximum.accumulate(night + owner * 10**6) - owner * 10**6 if len(owner) else night
    by_time = np.lexsort((owner, utc))
    return Alerts(owner[by_time], utc[by_time], newest[by_time])
