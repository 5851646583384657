"""The whole sky as paths of an SVG: Mollweide's projection, in which cells of equal area stay so.

The sky is seen from inside, so right ascension (RA) grows to the left. RA 0 is in the middle, and the seam at 180.
Longitudes here are `RA` wrapped into -180 to 180 deg, and may go on beyond that where a shape lies across the seam.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tides.settings.sections import Reach

Floats = NDArray[np.float64]
Point = tuple[float, float]
"""Longitude and latitude (deg), or x and y."""

HALF_WIDTH, HALF_HEIGHT = 1800, 900
"""Of the ellipse that is the sky, in units of the picture: whole units are fine enough, so paths have no fractions."""

STEP_DEG = 2.0
"""A side of a cell is drawn by straight pieces of about this length."""

LIMB_STEP = 0.05
"""The edge of the sky is drawn by straight pieces of this angle (rad) of the ellipse."""

AT_POLE_DEG = 90 - 1e-6
"""A point beyond this latitude is the pole, and has no longitude."""


def projected(lon_deg: ArrayLike, lat_deg: ArrayLike) -> tuple[Floats, Floats]:
    """Give x and y in the picture of longitudes and latitudes (deg); y grows downwards, as in an SVG."""
    theta = _theta(lat_deg)
    return -HALF_WIDTH * np.asarray(lon_deg, dtype=np.float64) / 180 * np.cos(theta), -HALF_HEIGHT * np.sin(theta)


def _theta(lat_deg: ArrayLike) -> Floats:
    """The angle (rad) by which a parallel is drawn."""
    lat = np.radians(np.asarray(lat_deg, dtype=np.float64))
    # 2 theta + sin(2 theta) = pi sin(lat), by Newton, from where it starts well also near a pole.
    goal = np.pi * np.sin(np.abs(lat))
    twice = np.pi - np.cbrt(6 * np.maximum(np.pi - goal, 0))
    for _ in range(8):
        slope = 1 + np.cos(twice)
        twice = twice - np.where(slope > 1e-12, (twice + np.sin(twice) - goal) / np.maximum(slope, 1e-12), 0)
    theta: Floats = np.copysign(np.clip(twice, 0, np.pi) / 2, lat)
    return theta


def cut(ring: Sequence[Point]) -> list[list[Point]]:
    """The parts of a closed shape (deg), each between longitudes -180 and 180.

    A shape across the seam has a part on either side. One around a pole gets the pole for its edge.
    """
    points = _unrolled(_without_poles(ring))
    parts = []
    for turn in (-360.0, 0.0, 360.0):
        part = _beside([(lon + turn, lat) for lon, lat in points], 180, 1)
        part = _beside(part, -180, -1)
        if part and max(lon for lon, _ in part) - min(lon for lon, _ in part) > 1e-9:
            parts.append(part)
    return parts


def cut_line(line: Sequence[Point]) -> list[list[Point]]:
    """The parts of a line (deg), each between longitudes -180 and 180. Its points are close to one another."""
    parts: list[list[Point]] = [[]]
    for wrapped, (_, lat) in zip(_wrapped([lon for lon, _ in line]).tolist(), line, strict=True):
        if parts[-1] and abs(wrapped - parts[-1][-1][0]) > 180:
            before_lon, before_lat = parts[-1][-1]
            side = 180.0 if before_lon > 0 else -180.0
            on = wrapped + 2 * side
            share = (side - before_lon) / (on - before_lon) if on != before_lon else 0.0
            crossing = before_lat + share * (lat - before_lat)
            parts[-1].append((side, crossing))
            parts.append([(-side, crossing)])
        parts[-1].append((wrapped, lat))
    return [part for part in parts if len(part) > 1]


def path(parts: Iterable[Sequence[Point]], end: str = "z") -> str:
    """An SVG path through points (deg) within the seam; `end` closes each part, or leaves it open."""
    drawn = (_along_the_limb(part) if end else part for part in parts)
    return "".join(_written(*projected(*np.array(part).T), end) for part in drawn)


@cache
def cell_paths(nside: int) -> list[str]:
    """The path of each cell of the sky (nested)."""
    from astropy_healpix import HEALPix

    cells = HEALPix(nside, order="nested")
    steps = round(cells.pixel_resolution.to_value("deg") / STEP_DEG)
    lon, lat = cells.boundaries_lonlat(np.arange(cells.npix), steps)
    return _rings(lon.deg, lat.deg)


def tile_paths(places: Sequence[Point], radius_deg: float) -> list[str]:
    """The path of each tile, as a circle around its centre (deg, ICRS)."""
    import astropy.units as u
    from astropy.coordinates import SkyCoord

    if not places:
        return []
    ra, dec = np.array(places).T[:, :, None]
    angles = np.arange(0, 360, 10)[None, :] * u.deg
    around = SkyCoord(ra, dec, unit="deg").directional_offset_by(angles, radius_deg * u.deg)
    return _rings(around.ra.deg, around.dec.deg)


@cache
def lines() -> dict[str, str]:
    """The Galactic plane and the ecliptic (J2000), as paths by their names."""
    import astropy.units as u
    from astropy.coordinates import SkyCoord

    around = np.arange(0, 361, 2) * u.deg
    frames = {"galactic": "galactic", "ecliptic": "barycentricmeanecliptic"}
    drawn = {}
    for name, frame in frames.items():
        places = SkyCoord(around, 0 * around, frame=frame).icrs
        drawn[name] = path(cut_line(list(zip(places.ra.deg.tolist(), places.dec.deg.tolist(), strict=True))), "")
    return drawn


@cache
def beyond(dec_min_deg: float, dec_max_deg: float, galactic_latitude_min_deg: float) -> str:
    """What 4MOST does not reach, by the limits of `Reach` (deg), as one path."""
    import astropy.units as u
    from astropy.coordinates import SkyCoord

    drawn = [path([_cap(dec_max_deg, 90.0)]), path([_cap(dec_min_deg, -90.0)])]
    if galactic_latitude_min_deg > 0:
        step, most = 5, galactic_latitude_min_deg
        side = np.linspace(-most, most, 1 + int(np.ceil(2 * most / step)))
        starts = np.arange(0, 360, step)[:, None]
        length = np.hstack([starts + 0 * side, starts + step + 0 * side])
        width = np.broadcast_to(np.hstack([side, side[::-1]]), length.shape)
        strips = SkyCoord(length * u.deg, width * u.deg, frame="galactic").icrs
        drawn += _rings(strips.ra.deg, strips.dec.deg)
    return "".join(drawn)


def beyond_reach(reach: Reach) -> str:
    """What 4MOST does not reach, as one path."""
    return beyond(reach.dec_min_deg, reach.dec_max_deg, reach.galactic_latitude_min_deg)


@dataclass(frozen=True)
class Label:
    """Words at a place of the picture."""

    x: int
    y: int
    words: str


@cache
def graticule() -> tuple[str, tuple[Label, ...], tuple[Label, ...]]:
    """Lines each 30 deg, as a path, and the labels of RA, along the equator, and of declination, left of the sky."""
    lats = range(-90, 91, 5)
    meridians = [[(float(lon), float(lat)) for lat in lats] for lon in range(-150, 151, 30)]
    parallels = [[(-180.0, float(lat)), (180.0, float(lat))] for lat in range(-60, 61, 30)]
    by_ra = [Label(*_at(lon, 0), f"{lon % 360}°") for lon in range(-150, 151, 30)]
    by_dec = [Label(*_at(180, lat), f"{lat:+d}°" if lat else "0°") for lat in range(-60, 61, 30)]
    return path([*meridians, *parallels], ""), tuple(by_ra), tuple(by_dec)


def _at(lon: float, lat: float) -> tuple[int, int]:
    x, y = projected(lon, lat)
    return round(float(x)), round(float(y))


def _cap(lat: float, pole: float) -> list[Point]:
    """A shape from a parallel to a pole, over all longitudes."""
    return [(-180.0, lat), (-180.0, pole), (180.0, pole), (180.0, lat)]


def _along_the_limb(ring: Sequence[Point]) -> list[Point]:
    """The shape with points between where it follows the seam, which is a curve in the picture."""
    points: list[Point] = []
    for (lon, lat), (next_lon, next_lat) in zip(ring, (*ring[1:], *ring[:1]), strict=True):
        points.append((lon, lat))
        if abs(lon) == 180 and lon == next_lon:
            start, end = _theta([lat, next_lat]).tolist()
            between = np.linspace(start, end, 2 + int(abs(end - start) / LIMB_STEP))[1:-1]
            lats = np.degrees(np.arcsin((2 * between + np.sin(2 * between)) / np.pi))
            points += [(lon, each) for each in lats.tolist()]
    return points


def _wrapped(lon: ArrayLike) -> Floats:
    wrapped: Floats = (np.asarray(lon, dtype=np.float64) + 180) % 360 - 180
    return wrapped


def _written(x: Floats, y: Floats, end: str) -> str:
    """A path through points of the picture; nothing where it is smaller than a unit.

    Closed shapes all run the same way round: of two that overlap in one path, none cuts a hole into the other.
    """
    if end and np.dot(x, np.roll(y, -1)) < np.dot(y, np.roll(x, -1)):
        x, y = x[::-1], y[::-1]
    across, down = np.round(x).astype(int), np.round(y).astype(int)
    steps = zip(np.diff(across).tolist(), np.diff(down).tolist(), strict=True)
    moved = " ".join(f"{dx},{dy}" for dx, dy in steps if dx or dy)
    return f"M{across[0]},{down[0]}l{moved}{end}" if moved else ""


def _rings(lon: Floats, lat: Floats) -> list[str]:
    """The path of each closed shape, a row of points (deg) each."""
    lon = _wrapped(lon)
    x, y = projected(lon, lat)
    whole = (np.ptp(lon, axis=1) < 180) & (np.abs(lat).max(axis=1) < AT_POLE_DEG)
    return [
        _written(x[row], y[row], "z")
        if whole[row]
        else path(cut(list(zip(lon[row].tolist(), lat[row].tolist(), strict=True))))
        for row in range(len(lon))
    ]


def _without_poles(ring: Sequence[Point]) -> list[Point]:
    """A pole among the corners has each longitude: it becomes an edge between those of its neighbours."""
    points: list[Point] = []
    for place, (lon, lat) in enumerate(ring):
        if abs(lat) > AT_POLE_DEG:
            pole = float(np.copysign(90, lat))
            points += [(ring[place - 1][0], pole), (ring[(place + 1) % len(ring)][0], pole)]
        else:
            points.append((lon, lat))
    return points


def _unrolled(ring: Sequence[Point]) -> list[Point]:
    """The shape without jumps of longitude. One around a pole is opened at the seam, and closed along the pole."""
    lons = np.unwrap(_wrapped([lon for lon, _ in (*ring, ring[0])]), period=360).tolist()
    around = lons[-1] - lons[0]
    if abs(around) < 180:
        return [(lon, lat) for lon, (_, lat) in zip(lons, ring, strict=False)]
    eastwards = ring if around > 0 else ring[::-1]
    points = list(zip(_wrapped([lon for lon, _ in eastwards]).tolist(), (lat for _, lat in eastwards), strict=True))
    start = points.index(min(points))
    points = points[start:] + points[:start]
    (first, first_lat), (last, last_lat) = points[0], points[-1]
    seam = last_lat + (180 - last) / (first + 360 - last) * (first_lat - last_lat)
    pole = float(np.copysign(90, sum(lat for _, lat in ring)))
    return [(-180.0, seam), *points, (180.0, seam), (180.0, pole), (-180.0, pole)]


def _beside(ring: Sequence[Point], edge: float, sign: int) -> list[Point]:
    """The part of a shape with `sign * lon` at most `sign * edge` (Sutherland and Hodgman 1974)."""
    kept: list[Point] = []
    for (lon, lat), (next_lon, next_lat) in zip(ring, (*ring[1:], *ring[:1]), strict=True):
        inside, next_inside = sign * (edge - lon) >= 0, sign * (edge - next_lon) >= 0
        if inside:
            kept.append((lon, lat))
        if inside != next_inside:
            kept.append((edge, lat + (edge - lon) / (next_lon - lon) * (next_lat - lat)))
    return kept
