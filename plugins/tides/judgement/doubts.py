"""Holds a light curve against the message that it came for, and against what was measured before.

What contradicts them is not believed (docs/science.md, "A message and its light curve").
"""

import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import Any

import msgspec
import numpy as np

from tides.clock import SAME_DETECTION_D, TAI_MINUS_UTC_D
from tides.lightcurves.model import LightCurves
from tides.photometry.bands import BANDS
from tides.photometry.sky import separation_arcsec
from tides.plausible import DEC_DEG, RA_DEG, wrapped_ra

SCALE_MAG = 2.5 * float(np.log10(3))
"""mag: a factor 3 in flux. Where several objects differ by the same one, a unit has changed."""

SURE_MAG = 5.0
"""mag: a factor 100 in flux. A new template can change one object's difference fluxes a lot, but not by so much."""

ALIKE_OBJECTS = 3
"""So many objects of a batch with one factor are no chance."""

ALIKE_MAG = 0.1
"""mag: within this, the factors of two objects are one."""

TIME_SCALES = {"UTC in place of TAI": -TAI_MINUS_UTC_D, "TAI in place of UTC": TAI_MINUS_UTC_D}
"""By how much all dates shift when one time scale takes the other's place (days)."""

SAME_MAG = 0.01
"""mag: two measurements of one point, written with different digits."""

COLUMN_DATE_ERROR_D = 0.06
"""Rubin's `*_latestMJD` are 32-bit columns, off by up to 1.2 h (days)."""

OLDER_D = COLUMN_DATE_ERROR_D
"""A message's light curve holds its newest detection: on 50 recorded messages both dates agree to the last digit."""

FEWER = 0.5
"""A light curve with less than this share of the counted detections is incomplete; recorded ones have all of them."""

FEWER_AT_LEAST = 3
"""So many must be missing: a few doubles and detections that the survey disowns are usual."""

MEANT_ARCSEC = 2.0
"""A position further than this from the mean of the points' own is not the object's."""

NEAR_ARCSEC = 1.0
"""A point within this of the position speaks for it."""


class Contradiction(StrEnum):
    """What speaks against a light curve. Its value is the sentence about it."""

    EMPTY = "the light curve has no point, though its message counts detections"
    OTHER_OBJECT = "the light curve is another object's"
    SCALE = "the scale of fluxes changed"
    DATES = "all dates are shifted"
    OLDER = "the light curve lacks the newest detection that its message names"
    FEWER = "the light curve has far fewer points than its message counts"

    @property
    def stale(self) -> bool:
        """Whether the light curve is right as far as it goes. It is judged where no better one is to be had."""
        return self in (Contradiction.OLDER, Contradiction.FEWER)


class Told(msgspec.Struct, frozen=True, gc=False):
    """What is known of an object beside its light curve.

    `last_jd` (JD UTC), `detections` and `bands` (band → {"jd", "mag"}) are its message's columns. `measured` is what
    was measured on the light curve before (as `tides.light_curve.bands`). `own` tells that the light curve came in
    the message itself; one from the API may be older or newer than it.
    """

    last_jd: float | None
    detections: int | None
    bands: Mapping[str, Mapping[str, float]]
    measured: Mapping[str, Mapping[str, Any]]
    own: bool


class Doubt(msgspec.Struct, frozen=True, gc=False):
    """Why the light curve of an object is not believed, and the numbers that show it."""

    object_id: str
    cause: Contradiction
    detail: dict[str, Any]


class Moved(msgspec.Struct, frozen=True, gc=False):
    """The mean position of an object's points (ICRS degrees), and how far its message's position lies from it."""

    object_id: str
    ra: float
    dec: float
    separation_arcsec: float


class _Place(msgspec.Struct, gc=False):
    ra: float | None = None
    dec: float | None = None
    decl: float | None = None


class _Places(msgspec.Struct, gc=False, rename={"sources": "diaSourcesList"}):
    sources: list[_Place] | None = None
    candidates: list[_Place] | None = None


_places = msgspec.json.Decoder(_Places).decode


@dataclass(slots=True)
class _Points:
    """The detections of a chunk as lists; those of the object looked at are from `first` to `end`, in order of time."""

    jd_utc: list[float]
    band: list[int]
    mag: list[float]
    first: int = 0
    end: int = 0

    def near(self, band: str, jd_utc: float, within_d: float) -> Iterator[float]:
        """The magnitudes of the object's points in a band, less than so many days from a date."""
        code = BANDS.index(band)
        for row in range(bisect_right(self.jd_utc, jd_utc - within_d, self.first, self.end), self.end):
            if self.jd_utc[row] >= jd_utc + within_d:
                return
            # NaN, the magnitude of a negative flux, is not equal to itself.
            if self.band[row] == code and self.mag[row] == self.mag[row]:
                yield self.mag[row]

    def has(self, band: str, jd_utc: float, mag: float) -> bool:
        """Whether the object has about this magnitude at this date and in this band."""
        row, code = bisect_right(self.jd_utc, jd_utc - SAME_DETECTION_D, self.first, self.end), BANDS.index(band)
        while row < self.end and self.jd_utc[row] < jd_utc + SAME_DETECTION_D:
            if self.band[row] == code and abs(self.mag[row] - mag) < SCALE_MAG:
                return True
            row += 1
        return False

    def of(self, band: str) -> list[tuple[float, float]]:
        """The dates and magnitudes of the object's points in a band."""
        code = BANDS.index(band)
        rows = range(self.first, self.end)
        return [(self.jd_utc[row], self.mag[row]) for row in rows if self.band[row] == code]


def doubts_of(
    chunk: LightCurves, ids: Sequence[str], raws: Sequence[bytes], told: Sequence[Told | None], id_key: str
) -> dict[int, Doubt]:
    """The doubts about a chunk's light curves, by place; at most one an object. An object without `told` has none."""
    if not any(told):
        return {}
    seen = chunk.detections
    ends = np.searchsorted(seen.object_index, np.arange(chunk.objects + 1)).tolist()
    points = _Points(seen.jd_utc.tolist(), seen.band.tolist(), seen.mag.tolist())
    key = f'"{id_key}"'.encode()
    doubts: dict[int, Doubt] = {}
    for place, known in enumerate(told):
        if known is None:
            continue
        points.first, points.end = ends[place], ends[place + 1]
        doubt = _another(ids[place], raws[place], key) or _incomplete(known, points)
        if (doubt is None or doubt[0].stale) and points.first < points.end and not _agrees(known, points):
            doubt = _contradicted(known, points) or doubt
        if doubt:
            doubts[place] = Doubt(ids[place], *doubt)
    return _without_chance(doubts)


def _without_chance(doubts: dict[int, Doubt]) -> dict[int, Doubt]:
    """Leaves out smaller changes of scale that are those of single objects: they were measured anew."""
    changes = {
        place: -2.5 * math.log10(doubt.detail["factor"])
        for place, doubt in doubts.items()
        if doubt.cause is Contradiction.SCALE
    }
    alike = {
        place: sum(abs(change - other) < ALIKE_MAG for other in changes.values()) for place, change in changes.items()
    }
    chance = {p for p, change in changes.items() if abs(change) < SURE_MAG and alike[p] < ALIKE_OBJECTS}
    return {place: doubt for place, doubt in doubts.items() if place not in chance}


_Said = tuple[Contradiction, dict[str, Any]]

_VALUE = re.compile(rb'\s*:\s*"?([^\s",}\]]+)')


def _another(object_id: str, raw: bytes, key: bytes) -> _Said | None:
    at = raw.find(key)
    found = _VALUE.match(raw, at + len(key)) if at >= 0 else None
    if found is None or found[1] in (object_id.encode(), b"null"):
        return None
    return Contradiction.OTHER_OBJECT, {"given": found[1][:40].decode(errors="replace")}


def _incomplete(known: Told, points: _Points) -> _Said | None:
    number = points.end - points.first
    if not number:
        if not known.detections and known.last_jd is None:
            return None
        return Contradiction.EMPTY, {"counted": known.detections, "named_jd": known.last_jd}
    # The API's database can lag a message, or be ahead of it.
    if not known.own:
        return None
    newest_jd = points.jd_utc[points.end - 1]
    if known.last_jd is not None and newest_jd < known.last_jd - OLDER_D:
        return Contradiction.OLDER, {"newest_jd": newest_jd, "named_jd": known.last_jd}
    counted = known.detections or 0
    if number < FEWER * counted and counted - number >= FEWER_AT_LEAST:
        return Contradiction.FEWER, {"points": number, "counted": counted}
    return None


def _agrees(known: Told, points: _Points) -> bool:
    """Whether nothing speaks against a light curve at a glance, as is usual: a look at all its points costs more."""
    if known.measured:
        # The newest point of each band, as it was before.
        for band, seen in known.measured.items():
            newest = seen.get("newest")
            if newest and not points.has(band, newest["jd"], newest["mag"]):
                return False
        return True
    if not (known.own and known.bands):
        return True
    last = points.end - 1
    column = known.bands.get(BANDS[points.band[last]]) if points.band[last] >= 0 else None
    return (
        column is not None
        and abs(column["jd"] - points.jd_utc[last]) < COLUMN_DATE_ERROR_D
        and abs(column["mag"] - points.mag[last]) < SCALE_MAG
    )


def _contradicted(known: Told, points: _Points) -> _Said | None:
    before = [
        (band, point["jd"], point["mag"])
        for band, seen in known.measured.items()
        for point in {p["jd"]: p for p in (seen.get(k) for k in ("newest", "brightest")) if p}.values()
    ]
    columns = [(band, point["jd"], point["mag"]) for band, point in known.bands.items()] if known.own else []
    changes = list(_changes(before, points, SAME_DETECTION_D))
    if len(changes) >= 2 and abs(median(changes)) > SCALE_MAG:
        return Contradiction.SCALE, {"factor": _factor(median(changes)), "against": "what was measured before"}
    if before and not changes and (shift := _shift(before, points)):
        scale = next((words for words, by in TIME_SCALES.items() if abs(shift - by) < SAME_DETECTION_D), None)
        return Contradiction.DATES, {"shift_d": shift, **({"looks_like": scale} if scale else {})}
    changes = list(_changes(columns, points, COLUMN_DATE_ERROR_D))
    if changes and abs(median(changes)) > SCALE_MAG:
        return Contradiction.SCALE, {"factor": _factor(median(changes)), "against": "the message's columns"}
    return None


def _changes(known: Sequence[tuple[str, float, float]], points: _Points, within_d: float) -> Iterator[float]:
    """By how much each known point differs in magnitude from the nearest one of its date and band."""
    for band, jd, known_mag in known:
        same = [mag - known_mag for mag in points.near(band, jd, within_d)]
        if same:
            yield min(same, key=abs)


def _factor(change_mag: float) -> float:
    return float(f"{10 ** (-0.4 * change_mag):.3g}")


def _shift(known: Sequence[tuple[str, float, float]], points: _Points) -> float | None:
    """The shift (days) by which every known point is found again with its own magnitude; None where there is none.

    With magnitudes that are all alike, a shift of nights means nothing, since new points look like old ones.
    """
    if len({jd for _, jd, _ in known}) < 2:
        return None
    mags = [mag for _, _, mag in known]
    alike = max(mags) - min(mags) < SAME_MAG
    matches = [
        [jd - known_jd for jd, mag in points.of(band) if abs(mag - known_mag) < SAME_MAG]
        for band, known_jd, known_mag in known
    ]
    for shift in matches[0]:
        if alike and abs(shift) > COLUMN_DATE_ERROR_D:
            continue
        if all(any(abs(one - shift) < SAME_DETECTION_D for one in each) for each in matches):
            return round(shift, 5)
    return None


_POSITION = re.compile(rb'"ra"\s*:\s*([-+.\deE]+)\s*,\s*"decl?"\s*:\s*([-+.\deE]+)')


def moved_of(ids: Sequence[str], raws: Sequence[bytes], places: Sequence[tuple[Any, Any]]) -> dict[int, Moved]:
    """By place the objects whose position (`places`, ICRS degrees) lies far from the mean of their points' own ones.

    Lite light curves have no positions, so that nothing can be said of them.
    """
    moved = {}
    for place, (raw, (ra, dec)) in enumerate(zip(raws, places, strict=True)):
        if ra is None or dec is None or (first := raw.find(b'"ra"')) < 0:
            continue
        # To read all points costs more than a glance at the first and the last, which lie near by, as is usual.
        if _lies_near(raw, first, ra, dec) and _lies_near(raw, raw.rfind(b'"ra"'), ra, dec):
            continue
        mean = _mean_position(raw)
        if mean is None:
            continue
        separation = float(separation_arcsec(ra, dec, *mean))
        if separation > MEANT_ARCSEC:
            moved[place] = Moved(ids[place], *mean, round(separation, 2))
    return moved


def _lies_near(raw: bytes, at: int, ra: float, dec: float) -> bool:
    found = _POSITION.match(raw, at)
    if found is None:
        return False
    try:
        own_ra, own_dec = float(found[1]), float(found[2])
    except ValueError:
        return False
    across = (own_ra - ra + 180.0) % 360.0 - 180.0
    return abs(across) * math.cos(math.radians(dec)) + abs(own_dec - dec) < NEAR_ARCSEC / 3600


def _mean_position(raw: bytes) -> tuple[float, float] | None:
    try:
        packet = _places(raw)
    except ValueError:  # NaN among the numbers: a rare packet, which needs no position of its own
        return None
    given = [
        (point.ra, point.decl if point.dec is None else point.dec)
        for point in packet.sources or packet.candidates or []
        if point.ra is not None and (point.dec is not None or point.decl is not None)
    ]
    ra, dec = np.array(given, dtype=np.float64).reshape(-1, 2).T
    plausible = RA_DEG.hold(ra) & DEC_DEG.hold(dec)
    if not plausible.any():
        return None
    ra, dec = np.radians(ra[plausible]), np.radians(dec[plausible])
    # Unit vectors, so that places on both sides of RA 0 have their mean between them.
    x, y, z = (np.cos(dec) * np.cos(ra)).mean(), (np.cos(dec) * np.sin(ra)).mean(), np.sin(dec).mean()
    return wrapped_ra(float(np.degrees(np.arctan2(y, x)))), float(np.degrees(np.arctan2(z, np.hypot(x, y))))
