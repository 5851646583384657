"""How fast a chunk is judged: against a pandas reference, against decoding alone, and what trigger dates cost.

Times are processor times of one core, the least of several rounds, all on the same bytes in the same run: generated
light curves, and recorded ones where there are some (tests/recorded.py).
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
import numpy as np

from tests.recorded import recorded, recorded_folder
from tests.unit.judgement import reference
from tests.unit.judgement.light_curves import random_light_curves
from tides.functions.functions import Function, load_functions
from tides.judgement.history import History
from tides.judgement.judge import Subject, judge, outcome_of
from tides.judgement.summaries import SummaryLimits
from tides.lightcurves.model import Bools, LightCurves, is_in
from tides.surveys import lsst, ztf
from tides.surveys.survey import Survey

OBJECTS = 1000
OBJECTS_A_CHUNK = 50
REFERENCE_OBJECTS = 200
ROUNDS = 7

RECORDED = {"ztf": "ztf_lightcurves", "lsst": "lsst_objects"}
SURVEYS = {"ztf": (ztf, "tidesSNZTFSelect"), "lsst": (lsst, "tidesSNLSSTSelect")}


def rows() -> list[dict[str, Any]]:
    """Measure both surveys; each row is {name, value, unit, against, ratio, goal}."""
    # bare decoding takes no NaN
    return [
        row
        for title, survey, raws in _samples()
        for row in _rows(title, survey, [raw.replace(b"NaN", b"null") for raw in raws])
    ]


def _samples() -> Iterator[tuple[str, str, list[bytes]]]:
    for survey in SURVEYS:
        yield survey, survey, random_light_curves(survey, OBJECTS, seed=1, points=30)
        if recorded_folder():
            yield f"{survey} recorded", survey, recorded(RECORDED[survey])[:OBJECTS]


def _rows(title: str, survey: str, raws: Sequence[bytes]) -> list[dict[str, Any]]:
    module, name = SURVEYS[survey]
    function = load_functions()[name]
    keys = {"filters": list(function.filters), "significance": function.significance, **_limits(function)}
    # as the bridge has them: a light curve is stored, and its bytes are hashed, before it is judged
    subjects = [Subject(str(n), raw, {}, None, hashlib.sha256(raw).digest()) for n, raw in enumerate(raws)]
    limits = SummaryLimits(current_window_days=5)
    chunks = [subjects[start : start + OBJECTS_A_CHUNK] for start in range(0, len(raws), OBJECTS_A_CHUNK)]
    decode = msgspec.json.Decoder(module.Packet).decode
    columns = [module.decode([subject.light_curve for subject in chunk])[0] for chunk in chunks]

    judged, summarised, bare = _microseconds(
        len(raws),
        lambda: [judge(module.SURVEY, chunk, [function], None) for chunk in chunks],
        lambda: [judge(module.SURVEY, chunk, [function], limits) for chunk in chunks],
        lambda: [[decode(subject.light_curve) for subject in chunk] for chunk in chunks],
    )
    with_trigger, alone = _microseconds(
        len(raws),
        lambda: [verdict_and_trigger(chunk, module.SURVEY, function) for chunk in columns],
        lambda: [_verdict_alone(chunk, survey, function) for chunk in columns],
    )
    raw_chunks = [[subject.light_curve for subject in chunk] for chunk in chunks]
    from_bytes, alone_from_bytes = _microseconds(
        len(raws),
        lambda: [verdict_and_trigger(module.decode(chunk)[0], module.SURVEY, function) for chunk in raw_chunks],
        lambda: [_verdict_alone(module.decode(chunk)[0], survey, function) for chunk in raw_chunks],
    )
    sample = raws[:REFERENCE_OBJECTS]
    (plain,) = _microseconds(
        len(sample),
        lambda: [reference.verdict(survey, reference.detections(survey, raw), keys) for raw in sample],
        rounds=2,
    )
    everything = f"{title}: decode and judge, with reasons and trigger dates"
    return [
        _row(everything, judged, f"pandas verdict {plain:.0f} µs", plain / judged, "≥ 50"),
        _row(everything, judged, f"decoding alone {bare:.1f} µs", judged / bare, "≤ 1.7"),
        _row(f"{everything}, and summaries", summarised, f"pandas verdict {plain:.0f} µs", plain / summarised, "≥ 50"),
        _row(f"{everything}, and summaries", summarised, f"decoding alone {bare:.1f} µs", summarised / bare, "≤ 3"),
        _row(
            f"{title}: verdict and trigger date from bytes",
            from_bytes,
            f"verdict alone from bytes {alone_from_bytes:.1f} µs",
            from_bytes / alone_from_bytes,
            "≤ 1.5",
        ),
        _row(
            f"{title}: verdict and trigger date from columns",
            with_trigger,
            f"verdict alone from columns {alone:.1f} µs",
            with_trigger / alone,
            "≤ 1.5",
        ),
    ]


def _row(name: str, value: float, against: str, ratio: float, goal: str) -> dict[str, Any]:
    unit = "µs an object and core"
    return {
        "name": name,
        "value": round(value, 1),
        "unit": unit,
        "against": against,
        "ratio": round(ratio, 2),
        "goal": goal,
    }


def _microseconds(objects: int, *works: Callable[[], Any], rounds: int = ROUNDS) -> list[float]:
    """The least processor time of each work, an object, in turns so that a noisy machine harms all alike."""
    least = [float("inf")] * len(works)
    for _ in range(rounds):
        for place, work in enumerate(works):
            start = time.process_time()
            work()
            least[place] = min(least[place], time.process_time() - start)
    return [seconds / objects * 1e6 for seconds in least]


def _limits(function: Function) -> dict[str, float]:
    return {asked.name: asked.limit for asked in function.criteria}


def verdict_and_trigger(chunk: LightCurves, survey: Survey, function: Function) -> tuple[Bools, np.ndarray]:
    """Whether each object passes, and the date of the first detection with which it did (JD UTC, NaN for never)."""
    history = History(chunk, survey, function)
    passes = np.logical_and.reduce([outcome_of(history, asked).held != 0 for asked in function.criteria])
    passed = np.zeros(chunk.objects, dtype=bool)
    passed[history.seen_objects] = passes[history.last]
    trigger = np.full(chunk.objects, np.nan)
    rows_ = np.flatnonzero(passes)[::-1]
    trigger[history.detections.object_index[rows_]] = history.detections.jd_utc[rows_]
    return passed, trigger


def _verdict_alone(chunk: LightCurves, survey: str, function: Function) -> Bools:
    """The same verdict by the shortest columnar way that gives no trigger date: for functions without history cut."""
    seen = chunk.detections
    counted = (
        seen.usable & (seen.snr >= function.significance) & np.isfinite(seen.mag) & is_in(seen.band, function.filters)
    )
    limits = _limits(function)
    bands = np.unique(seen.object_index[counted] * 8 + seen.band[counted]) // 8
    nights = np.unique((seen.object_index[counted].astype(np.int64) << 32) + seen.night[counted]) >> 32
    measured = np.isfinite(seen.mag) if survey == "ztf" else counted
    bright = seen.object_index[measured & (seen.mag <= limits["magLimit"])]
    return (
        (np.bincount(bands, minlength=chunk.objects) >= limits["minBands"])
        & (np.bincount(nights, minlength=chunk.objects) >= limits["minNights"])
        & (np.bincount(bright, minlength=chunk.objects) > 0)
    )
