"""The rule of a selection function, one object at a time in pandas: slow, obvious, and written from the rule alone.

Shares no code with the library. `verdict` says whether the light curve passes; `trigger` asks the same of every
prefix, one detection longer each time.
"""

import json
import math

import numpy as np
import pandas as pd

DELIVERABLE_KEYS = {"filters", "significance", "minBands", "minNights", "magLimit"}
OTHER_KEYS_HISTORY_DAYS = 365


def detections(survey, raw):
    """All usable detections of one object: jd, band, night, mag, snr, positive."""
    packet = json.loads(raw, parse_constant=lambda _: None)
    return _ztf(packet["candidates"] or []) if survey == "ztf" else _lsst(packet["diaSourcesList"] or [])


def _frame(points, columns):
    return pd.DataFrame(points, columns=columns) if points else pd.DataFrame({name: [] for name in columns})


def _ztf(candidates):
    points = _frame(candidates, ["candid", "jd", "fid", "nid", "magpsf", "sigmapsf", "isdiffpos"])
    points = points[points.candid.notna() & points.jd.notna()]
    jd = points.jd.astype(float)
    return pd.DataFrame(
        {
            "jd": jd,
            "band": points.fid.map({1: "g", 2: "r", 3: "i"}),
            "night": points.nid.astype(float).fillna(np.floor(jd - 2457754.5)),
            "mag": points.magpsf.astype(float),
            "snr": 1.09 / points.sigmapsf.astype(float),
            "positive": ~points.isdiffpos.isin(["f", "0"]),
        }
    ).sort_values("jd")


def _lsst(sources):
    points = _frame(
        sources,
        ["midpointMjdTai", "band", "psfFlux", "psfFluxErr", "psfFlux_flag", "ssObjectId", "timeWithdrawnMjdTai"],
    )
    points = points[
        points.midpointMjdTai.notna()
        & (points.psfFlux_flag != True)  # noqa: E712 (null is not true)
        & points.ssObjectId.isin([None, np.nan, 0])
        & points.timeWithdrawnMjdTai.isna()
    ]
    flux, error = points.psfFlux.astype(float), points.psfFluxErr.astype(float)
    mjd = points.midpointMjdTai.astype(float)
    frame = pd.DataFrame(
        {
            "jd": mjd - 37 / 86400 + 2400000.5,
            "band": points.band,
            "night": np.floor(mjd - 37 / 86400 - 0.5),
            "mag": [31.4 - 2.5 * math.log10(f) if f > 0 else math.nan for f in flux],
            "snr": (flux / error).where(error > 0),
            "positive": flux > 0,
        }
    )
    frame = frame.sort_values(["jd", "snr"], ascending=[True, False])
    return frame.drop_duplicates(["jd", "band"])


def verdict(survey, seen, keys):
    """Whether the detections pass a function, given as its keys in the YAML."""
    if seen.empty:
        return False
    ours = not set(keys) <= DELIVERABLE_KEYS
    if ours:
        seen = seen[seen.jd >= seen.jd.max() - keys.get("historyDays", OTHER_KEYS_HISTORY_DAYS)]
    counted = seen[(seen.snr >= keys["significance"]) & seen.band.isin(keys["filters"]) & seen.mag.notna()]
    if survey == "lsst" or keys.get("positiveOnly"):
        counted = counted[counted.positive]
    measured = seen if survey == "ztf" and not ours else counted
    return bool(
        counted.band.nunique() >= keys["minBands"]
        and counted.night.nunique() >= keys["minNights"]
        and measured.mag.min() <= keys["magLimit"]
    )


def trigger(survey, seen, keys):
    """The time of the first detection at which the light curve passes; None when it does not pass now."""
    if not verdict(survey, seen, keys):
        return None
    for rows in range(1, len(seen) + 1):
        prefix = seen.iloc[:rows]
        if verdict(survey, prefix, keys):
            return float(prefix.jd.iloc[-1])
    raise AssertionError("passes as a whole, so some prefix passes")
