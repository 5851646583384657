"""The sky's truth against the rules written out slowly, object by object, over what the stand-ins serve and tell.

The reference knows no margins: a "yes" must pass it, a "no" must fail it, and "either" may do both.
"""

import json
import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import astropy.units as u
import pytest
import yaml
from astropy_healpix import HEALPix

from sandbox.sky.cadence import Cadence
from sandbox.sky.clock import mjd_utc_of
from sandbox.sky.sky import build_sky
from sandbox.sky.sky_archive import SkyArchive
from sandbox.sky.truth import KNOWN_KEYS, read_rules

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 24, tzinfo=UTC)
NOW_MJD = mjd_utc_of(NOW)
BRIDGE = yaml.safe_load((ROOT / "include" / "config" / "bridge.yaml").read_text())
OVERLAY = yaml.safe_load((ROOT / "sandbox" / "settings.yaml").read_text())
FUNCTIONS = yaml.safe_load((ROOT / "include" / "config" / "selection_functions.yaml").read_text())
SKIES = ((1, "uniform"), (7, "uniform"), (1, "rolling"))
GRID = {"lsst": HEALPix(32, order="nested"), "ztf": HEALPix(16, order="nested")}
HOURS_LATER = (0, 30)  # a demo judges some hours after the sky's now
Visited = dict[str, dict[int, set[int]]]
"""Survey → cell → nights."""


@dataclass(frozen=True)
class Detection:
    mjd: float  # UTC
    night: int
    band: str
    mag: float | None  # None: a negative flux of LSST has none
    sn: float
    positive: bool
    score: float


def lsst_detections(served: dict) -> list[Detection]:
    found = []
    for source in served["diaSourcesList"]:
        mjd_tai, flux, error = source["midpointMjdTai"], source["psfFlux"], source["psfFluxErr"]
        found.append(
            Detection(
                mjd=mjd_tai - 37 / 86400,
                night=math.floor(mjd_tai - 37 / 86400 - 0.5),
                band=source["band"],
                mag=31.4 - 2.5 * math.log10(flux) if flux > 0 else None,
                sn=flux / error,
                positive=flux > 0,
                score=source["reliability"],
            )
        )
    return found


def ztf_detections(served: dict) -> list[Detection]:
    return [
        Detection(
            mjd=point["jd"] - 2400000.5,
            night=point["nid"],
            band={1: "g", 2: "r", 3: "i"}[point["fid"]],
            mag=point["magpsf"],
            sn=1.09 / point["sigmapsf"],
            positive=point["isdiffpos"] == "t",
            score=point["drb"],
        )
        for point in served["candidates"]
        if "candid" in point
    ]


def passes(survey: str, limits: dict, detections: list[Detection], sherlock: str) -> bool:
    """Whether some prefix of the light curve passes."""
    in_order = sorted(detections, key=lambda d: d.mjd)
    return any(passes_whole(survey, limits, in_order[:end], sherlock) for end in range(1, len(in_order) + 1))


def passes_whole(survey: str, limits: dict, detections: list[Detection], sherlock: str) -> bool:
    """A selection function as its YAML reads; `positiveOnly` counts positive detections alone."""
    only_positive = survey == "lsst" or limits.get("positiveOnly", False)
    signed = [d for d in detections if d.positive or not only_positive]
    counted = [
        d
        for d in signed
        if d.band in limits["filters"] and d.sn >= limits["significance"] and d.score >= limits.get("reliability", 0)
    ]
    ours = "currentMag" in limits
    magnitudes = [d.mag for d in (counted if ours else signed) if d.mag is not None]
    if not counted:
        return False
    newest = max(d.mjd for d in detections)
    if ours:
        current = [d.mag for d in counted if newest - d.mjd <= limits["currentMag"]["days"]]
        if (
            min(current, default=99) > limits["currentMag"]["limit"]
            or newest - min(d.mjd for d in counted) > limits["maxAge"]
            or sum(d.positive for d in detections) < limits["positiveFraction"] * len(detections)
            or sherlock not in limits["classes"]
        ):
            return False
    if "quietBefore" in limits:
        before = min(d.mjd for d in counted) - limits["quietBefore"]["days"]
        if sum(d.mjd < before and abs(d.sn) >= 5 for d in detections) > limits["quietBefore"]["limit"]:
            return False
    return (
        len({d.band for d in counted}) >= limits["minBands"]
        and len({d.night for d in counted}) >= limits["minNights"]
        and min(magnitudes, default=99) <= limits["magLimit"]
    )


def line(counted: list[Detection], band: str, window: float) -> tuple[float, float]:
    """The magnitude of a band at its newest detection and the slope a day (docs/science.md, "Current magnitude")."""
    fits, weights = {}, {}
    for last in (False, True):
        for name in {d.band for d in counted}:
            own = [d for d in counted if d.band == name]
            newest = max(d.mjd for d in own)
            for d in own:
                weight = math.exp(-(((newest - d.mjd) / window) ** 2)) / ((1.0857 / d.sn) ** 2 + 0.05**2)
                if last:
                    mag, slope = fits[name][2:]
                    off = abs(d.mag - mag - slope * (d.mjd - newest)) * math.sqrt(weight)
                    weight *= min(1, 2.5 / off) if off else 1
                weights[d] = weight
            total = sum(weights[d] for d in own)
            day = sum(weights[d] * (d.mjd - newest) for d in own) / total
            mag = sum(weights[d] * d.mag for d in own) / total
            lever = sum(weights[d] * (d.mjd - newest - day) ** 2 for d in own)
            rise = sum(weights[d] * (d.mjd - newest - day) * (d.mag - mag) for d in own)
            fits[name] = (lever, rise, mag, day)
        usual = (sum(f[1] for f in fits.values()) + 0.03 / 0.15**2) / (sum(f[0] for f in fits.values()) + 0.15**-2)
        for name, (lever, rise, mag, day) in fits.items():
            slope = (rise + usual / 0.02**2) / (lever + 0.02**-2)
            fits[name] = (lever, rise, mag - slope * day, slope)
    return fits[band][2], fits[band][3]


def says_off(survey: str, counted: list[Detection], as_of: float, visits: set[int]) -> bool:
    """Faint or unobserved, for one survey, whose `visits` of its place are nights (docs/science.md, "Live or not")."""
    limits = BRIDGE["streams"][survey]["live"]
    known = {}
    for band in "griz":
        in_band = [d for d in counted if d.band == band]
        newest = max((d.mjd for d in in_band), default=None)
        if newest is not None and as_of - newest <= limits["current_max_age_days"]:
            mag, slope = line(counted, band, limits["current_window_days"])
            known[band] = mag + slope * min(as_of - newest, 10 if slope > 0 else 1)
    last = max(counted, key=lambda d: d.mjd)
    faint = (
        bool(known)
        and last.band in known
        and all(m > limits["faint_limit"] + BRIDGE["live"]["hysteresis_mag"] for m in known.values())
    )
    silent = sum(night > last.night for night in visits)
    unobserved = silent >= limits["unobserved_visits"] or as_of - last.mjd > BRIDGE["live"]["unobserved_days"]
    return faint or unobserved


def is_live(row: dict, detections: dict[str, list[Detection]], as_of: float, visited: Visited) -> bool:
    if row["reachable"] == "no" or row["in_stream"] == "no":
        return False
    functions = {s: [f["name"] for f in BRIDGE["streams"][s]["functions"]] for s in detections}
    if not any(passes(s, FUNCTIONS[f], detections[s], row["sherlock"]) for s in detections for f in functions[s]):
        return False
    offs = []
    for survey, found in detections.items():
        counted = [d for d in found if d.positive and d.sn >= 5 and d.band in "griz"]
        if not counted:
            continue
        recent = as_of - max(d.mjd for d in counted) <= BRIDGE["live"]["other_survey_days"]
        offs.append((recent, says_off(survey, counted, as_of, visited[survey][cell_of(survey, row)])))
    voices = [off for recent, off in offs if recent] or [off for _, off in offs]
    return not all(voices)


def cell_of(survey: str, row: dict) -> int:
    ra, dec = row.get("ra", row.get("ramean")), row.get("decl", row.get("decmean", row.get("dec")))
    return int(GRID[survey].lonlat_to_healpix(ra * u.deg, dec * u.deg))


def visited_nights(sky: SkyArchive) -> Visited:
    """Nights in which each cell was visited: objects of it were last detected then, as the messages say.

    So many objects as the settings ask for, of the cell and of the whole sky.
    """
    objects = defaultdict(lambda: defaultdict(set))
    for message in sky.messages(NOW_MJD):
        content = json.loads(message.body)
        if message.stream == "lsst":
            night = math.floor(content["lastDiaSourceMjdTai"] - 37 / 86400 - 0.5)
        else:
            night = math.floor(content["jdmax"] - 2457754.5)
        objects[message.stream][night].add((message.key, cell_of(message.stream, content)))
    visited = defaultdict(lambda: defaultdict(set))
    for survey, nights in objects.items():
        for night, seen in nights.items():
            if len(seen) >= OVERLAY["live"]["survey_night_objects"]:
                for cell, number in Counter(cell for _, cell in seen).items():
                    if number >= BRIDGE["live"]["visit_objects"]:
                        visited[survey][cell].add(night)
    return visited


@cache
def judged_sky(seed: int, cadence: Cadence) -> list[tuple[dict, dict[str, list[Detection]], Visited]]:
    """Each source's truth, its detections as served, and the visited nights; the skies are made once a process."""
    sky = SkyArchive(build_sky(NOW, seed, cadence=cadence))
    visited = visited_nights(sky)
    rows = []
    for row in sky.truth():
        detections = {}
        if row["lsst"]:
            detections["lsst"] = lsst_detections(sky.lsst_object(row["lsst"], NOW_MJD))
        if row["ztf"]:
            detections["ztf"] = ztf_detections(sky.ztf_light_curve(row["ztf"], NOW_MJD))
        rows.append((row, detections, visited))
    return rows


@pytest.fixture(params=SKIES, ids=str)
def judged(request) -> list[tuple[dict, dict[str, list[Detection]], Visited]]:
    return judged_sky(*request.param)


def test_the_truth_of_each_function_is_what_the_rules_say(judged):
    seen = defaultdict(set)
    for row, detections, _ in judged:
        for name, word in row["functions"].items():
            survey = "lsst" if "LSST" in name else "ztf"
            seen[name].add(word)
            if word != "either":
                assert passes(survey, FUNCTIONS[name], detections[survey], row["sherlock"]) == (word == "yes"), (
                    row,
                    name,
                )
    assert set(seen) == set(FUNCTIONS)
    assert all({"yes", "no"} <= words for words in seen.values())


@pytest.mark.parametrize("hours", HOURS_LATER)
def test_the_truth_of_live_is_what_the_rules_say_now_and_a_day_later(judged, hours):
    for row, detections, visited in judged:
        if row["live"] != "either":
            live = is_live(row, detections, NOW_MJD + hours / 24, visited)
            assert live == (row["live"] == "yes"), row


def test_selected_is_the_verdict_of_the_functions_that_make_targets(judged):
    for row, detections, _ in judged:
        if row["selected"] == "either":
            continue
        names = [(s, f["name"]) for s in detections for f in BRIDGE["streams"][s]["functions"]]
        passed = any(passes(s, FUNCTIONS[f], detections[s], row["sherlock"]) for s, f in names)
        assert (passed and row["in_stream"] == "yes") == (row["selected"] == "yes"), row


def test_reachable_sources_are_well_within_reach_and_the_others_well_outside(judged):
    for row, _, _ in judged:
        latitude = abs(_galactic_latitude_deg(row["ra"], row["dec"]))
        inside = -78 < row["dec"] < 18 and latitude > 12
        outside = row["dec"] < -82 or row["dec"] > 22 or latitude < 8
        assert (inside, outside) == ((True, False) if row["reachable"] == "yes" else (False, True)), row


def test_a_criterion_whose_truth_is_unknown_is_refused_by_name(monkeypatch, tmp_path):
    (tmp_path / "bridge.yaml").write_text((ROOT / "include" / "config" / "bridge.yaml").read_text())
    (tmp_path / "selection_functions.yaml").write_text("tidesNew: {filters: ['g'], moonPhase: 3}\n")
    monkeypatch.setattr("sandbox.sky.truth.CONFIG", tmp_path)
    with pytest.raises(ValueError, match=r"moonPhase.*tidesNew"):
        read_rules()
    assert "moonPhase" not in KNOWN_KEYS


def _galactic_latitude_deg(ra: float, dec: float) -> float:
    ra, dec, pole_ra, pole_dec = (math.radians(x) for x in (ra, dec, 192.8595, 27.1284))
    cosine = math.cos(dec) * math.cos(pole_dec) * math.cos(ra - pole_ra) + math.sin(dec) * math.sin(pole_dec)
    return math.degrees(math.asin(cosine))
