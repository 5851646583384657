"""The rule of a selection function, one object at a time in pandas: slow, obvious, and written from the rule alone.

Shares no code with the library. `verdict` says whether the light curve passes; `trigger` asks the same of every
prefix, one detection longer each time, with the class that was known when that prefix was first judged.
"""

import json
import math

import numpy as np
import pandas as pd

DELIVERABLE_KEYS = {"filters", "significance", "minBands", "minNights", "magLimit"}
OTHER_KEYS_HISTORY_DAYS = 365
FIDS = {1: "g", 2: "r", 3: "i"}


def detections(survey, raw):
    """All usable detections of one object: jd, band, night, mag, err, snr, positive, score, slope, fadings.

    The slope (mag a day) is since the band's last upper limit; it does not know LSST's forced photometry. `fadings` are
    the moments and S/N (NaN for a non-detection) of all that was measured and is no detection, the same in each row.
    """
    packet = json.loads(raw, parse_constant=lambda _: None)
    if survey == "lsst":
        seen = _lsst(packet["diaSourcesList"] or []).assign(slope=math.nan)
        forced = packet.get("diaForcedSourcesList") or []
        faded = [
            (point["midpointMjdTai"] - 37 / 86400 + 2400000.5, point["psfFlux"] / point["psfFluxErr"])
            for point in forced
        ]
    else:
        seen = _ztf(packet["candidates"] or [])
        limits = [each for each in packet["candidates"] or [] if each.get("candid") is None and each.get("diffmaglim")]
        seen = seen.assign(slope=_slopes(seen, limits))
        forced = packet.get("forcedphot") or []
        faded = [(point["jd"], math.nan) for point in limits]
        faded += [(point["jd"], point["forcediffimflux"] / point["forcediffimfluxunc"]) for point in forced]
    return seen.assign(fadings=[faded] * len(seen))


def is_light_curve(survey, raw):
    """Whether there is no point at all, or one with time, band and flux (or magnitude, or limit)."""
    packet = json.loads(raw, parse_constant=lambda _: None)
    points = packet["diaSourcesList" if survey == "lsst" else "candidates"] or []
    lsst, seen, limit = ("midpointMjdTai", "band", "psfFlux"), ("jd", "fid", "magpsf"), ("jd", "fid", "diffmaglim")
    keys = [lsst if survey == "lsst" else limit if point.get("candid") is None else seen for point in points]
    given = [all(point.get(key) is not None for key in own) for point, own in zip(points, keys, strict=True)]
    return not points or any(given)


def _slopes(seen, limits):
    slopes = []
    for point in seen.itertuples():
        before = [(c["jd"], c["diffmaglim"]) for c in limits if FIDS[c["fid"]] == point.band and c["jd"] < point.jd]
        jd, mag = max(before, default=(math.nan, math.nan))
        slopes.append((mag - point.mag) / (point.jd - jd))
    return slopes


def _frame(points, columns):
    return pd.DataFrame(points, columns=columns) if points else pd.DataFrame({name: [] for name in columns})


def _ztf(candidates):
    points = _frame(candidates, ["candid", "jd", "fid", "nid", "magpsf", "sigmapsf", "isdiffpos", "drb"])
    points = points[points.candid.notna() & points.jd.notna()]
    jd = points.jd.astype(float)
    frame = pd.DataFrame(
        {
            "jd": jd,
            "band": points.fid.map(FIDS),
            "night": points.nid.astype(float).fillna(np.floor(jd - 2457754.5)),
            "mag": points.magpsf.astype(float),
            "sigma": points.sigmapsf.astype(float),
            "err": points.sigmapsf.astype(float),
            "snr": 1.09 / points.sigmapsf.astype(float),
            "positive": ~points.isdiffpos.isin(["f", "0"]),
            "score": points.drb.astype(float),
        }
    )
    # the same candidate twice is one detection, two candidates of one exposure are two
    frame = frame.drop_duplicates(["jd", "band", "mag", "sigma", "positive"])
    return frame.sort_values("jd")


def _lsst(sources):
    points = _frame(
        sources,
        [
            "midpointMjdTai",
            "band",
            "psfFlux",
            "psfFluxErr",
            "psfFlux_flag",
            "ssObjectId",
            "timeWithdrawnMjdTai",
            "reliability",
        ],
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
            "err": 2.5 / math.log(10) / (flux / error).where(error > 0),
            "snr": (flux / error).where(error > 0),
            "positive": flux > 0,
            "score": points.reliability.astype(float),
        }
    )
    # of one exposure the source of highest signal to noise stands
    frame = frame.assign(named=frame.band.astype(object).fillna("none")).sort_values(["named", "jd"])
    frame["exposure"] = ((frame.jd.diff() >= 1 / 86400) | (frame.named != frame.named.shift())).cumsum()
    frame = frame.sort_values("snr", ascending=False).drop_duplicates("exposure")
    return frame.drop(columns=["named", "exposure"]).sort_values("jd")


def verdict(survey, seen, keys, sherlock=None):
    """Whether the detections pass a function, given as its keys in the YAML; Sherlock's class is unknown where None."""
    if seen.empty or (sherlock is not None and sherlock not in keys.get("classes", [sherlock])):
        return False
    ours = not set(keys) <= DELIVERABLE_KEYS
    if ours:
        since = seen.jd.max() - keys.get("historyDays", OTHER_KEYS_HISTORY_DAYS)
        seen = seen[seen.jd >= since].assign(since=since)
    counted = seen[(seen.snr >= keys["significance"]) & seen.band.isin(keys["filters"]) & seen.mag.notna()]
    if survey == "lsst" or keys.get("positiveOnly"):
        counted = counted[counted.positive]
    if "reliability" in keys:
        counted = counted[~(counted.score < keys["reliability"])]
    measured = seen if survey == "ztf" and not ours else counted
    return measured.mag.min() <= keys["magLimit"] and all(
        RULES[key](seen, counted, keys[key]) for key in keys if key in RULES
    )


def _current_mag(seen, counted, asked):
    return counted[counted.jd >= seen.jd.max() - asked["days"]].mag.min() <= asked["limit"]


def _once(points, *also):
    """One row of each exposure: same band, times less than a second from one to the next."""
    points = points.assign(band=points.band.fillna("none")).sort_values([*also, "band", "jd"])
    again = (points.jd.diff() < 1 / 86400) & (points.band == points.band.shift())
    for column in also:
        again &= points[column] == points[column].shift()
    return points[~again]


def _positive_fraction(seen, counted, least):
    measured = _once(seen[seen.snr.notna()], "positive")
    return measured.empty or measured.positive.mean() >= least


def _max_age(seen, counted, days):
    return seen.jd.max() - counted.jd.min() <= days


def _recent_detections(seen, counted, asked):
    return len(_once(counted[counted.jd >= seen.jd.max() - asked["days"]])) >= asked["limit"]


def _not_solar_system(seen, counted, _):
    return counted.night.nunique() >= 2 and (counted.jd.max() - counted.jd.min()) * 1440 >= 20


def _rise(seen, counted, least):
    slopes = counted.slope.dropna()
    return slopes.empty or (slopes >= least).any()


def _quiet_before(seen, counted, asked):
    if counted.empty:
        return True
    until, since = counted.jd.min() - asked["days"], seen.since.iloc[0]
    active = _once(seen[(seen.jd < until) & (seen.snr.abs() >= 5)])
    forced = sum(since <= jd < until and abs(snr) >= 5 for jd, snr in seen.fadings.iloc[0])
    return len(active) + forced <= asked["limit"]


def _by_band(counted):
    ordered = counted.sort_values(["jd", "mag", "snr"], ascending=[True, True, False])
    return {band: list(own.itertuples()) for band, own in ordered.groupby("band")}


def _is_brighter(one, other, mag):
    """By so many magnitudes, even if each is fainter, or brighter, by three times its error."""
    return one.mag + 3 * one.err <= other.mag - 3 * other.err - mag


def _change(seen, counted, mag):
    return any(_is_brighter(a, b, mag) for own in _by_band(counted).values() for a in own for b in own)


def _dips(seen, counted, asked):
    if len(counted) < 3:
        return True
    number = sum(
        any(_is_brighter(a, b, asked["mag"]) for a in own[:place])
        and any(_is_brighter(c, b, asked["mag"]) for c in own[place + 1 :])
        for own in _by_band(counted).values()
        for place, b in enumerate(own)
    )
    return number / len(counted) <= asked["fraction"]


def _newest_pair(counted, asked):
    """The colour of the newest detections of two bands, and the date of the earlier one; None if they lie apart."""
    own = _by_band(counted)
    if any(band not in own for band in asked["bands"]):
        return None
    one, other = (own[band][-1] for band in asked["bands"])
    return (one.mag - other.mag, min(one.jd, other.jd)) if abs(one.jd - other.jd) <= asked["days"] else None


def _colour(seen, counted, asked):
    pair = _newest_pair(counted, asked)
    return pair is None or asked["range"][0] <= pair[0] <= asked["range"][1]


def _colour_change(seen, counted, asked):
    moments = sorted(seen.jd)
    ends = [jd for jd, after in zip(moments, [*moments[1:], math.inf], strict=True) if after - jd >= 1 / 86400]
    pairs = [pair for jd in ends if (pair := _newest_pair(counted[counted.jd <= jd], asked))]
    if _newest_pair(counted, asked) is None or pairs[-1][1] <= pairs[0][1]:
        return True
    return asked["range"][0] <= pairs[-1][0] - pairs[0][0] <= asked["range"][1]


RULES = {
    "minBands": lambda seen, counted, least: counted.band.nunique() >= least,
    "minNights": lambda seen, counted, least: counted.night.nunique() >= least,
    "currentMag": _current_mag,
    "positiveFraction": _positive_fraction,
    "rise": _rise,
    "maxAge": _max_age,
    "minDetections": lambda seen, counted, least: len(_once(counted)) >= least,
    "recentDetections": _recent_detections,
    "minBandDetections": lambda seen, counted, asked: all(
        len(_once(counted[counted.band == b])) >= n for b, n in asked.items()
    ),
    "bandMagLimit": lambda seen, counted, asked: any(
        counted[counted.band == b].mag.min() <= m for b, m in asked.items()
    ),
    "notSolarSystem": _not_solar_system,
    "quietBefore": _quiet_before,
    "change": _change,
    "dips": _dips,
    "colour": _colour,
    "colourChange": _colour_change,
}
RULES_OF_WHAT_COUNTS = {"magLimit", "reliability", "usable"}
"""`verdict` and `detections` have these themselves."""


def trigger(survey, seen, keys, sherlock=None, earlier=()):
    """The time of the last detection of the first prefix that passes; None when no prefix does.

    `sherlock` is the class of now; `earlier` are (JD, class), the oldest first: which class the detections up to then
    were first judged by.
    """
    for rows in range(1, len(seen) + 1):
        if rows < len(seen) and seen.jd.iloc[rows] - seen.jd.iloc[rows - 1] < 1 / 86400:
            continue  # one moment: what comes next is known, too
        prefix = seen.iloc[:rows]
        known = [said for until_jd, said in earlier if prefix.jd.iloc[-1] < until_jd + 1 / 86400]
        if verdict(survey, prefix, keys, [*known, sherlock][0]):
            return float(prefix.jd.iloc[-1])
    return None
