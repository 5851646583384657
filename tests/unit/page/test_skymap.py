"""The map of the sky against matplotlib's Mollweide, areas on the sphere, and the rule of 4MOST's reach."""

import re

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy_healpix import healpix_to_lonlat, lonlat_to_healpix
from matplotlib.path import Path
from matplotlib.projections.geo import MollweideAxes

from tides.page.skymap import (
    HALF_HEIGHT,
    HALF_WIDTH,
    beyond_reach,
    cell_paths,
    cut,
    cut_line,
    graticule,
    lines,
    path,
    projected,
    tile_paths,
)
from tides.photometry.sky import galactic_latitude_deg, separation_arcsec
from tides.settings.sections import Reach

ALL = np.pi * HALF_WIDTH * HALF_HEIGHT
"""Area of the sky in the picture."""

SCALE = np.array([-HALF_WIDTH, -HALF_HEIGHT]) / (2 * np.sqrt(2), np.sqrt(2))
"""From matplotlib's units, with RA to the right, to ours."""


def parts(drawn):
    """The shapes of a path, each with its points, x and y."""
    found = re.findall(r"M(-?\d+),(-?\d+)l([-\d, ]+)(z?)", drawn)
    assert "".join(f"M{x},{y}l{steps}{end}" for x, y, steps, end in found) == drawn
    return [
        np.cumsum([(int(x), int(y)), *(tuple(map(int, step.split(","))) for step in steps.split())], axis=0)
        for x, y, steps, _ in found
    ]


def area(drawn):
    """The area of all shapes of a path, each by the shoelace formula."""
    return sum(
        abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2 for x, y in (each.T for each in parts(drawn))
    )


def places(points):
    """RA and declination (deg) of points of the picture, by matplotlib's inverse."""
    lon, lat = MollweideAxes.InvertedMollweideTransform(100).transform_non_affine(points / SCALE).T
    return np.degrees(lon) % 360, np.degrees(lat)


def test_the_projection_is_mollweides():
    lon, lat = np.meshgrid(
        np.arange(-180, 181, 7.5), np.concatenate([np.linspace(-90, 90, 73), [-89.9999, 89.99, 1e-9]])
    )
    x, y = projected(lon, lat)
    theirs = MollweideAxes.MollweideTransform(100).transform_non_affine(
        np.radians(np.column_stack([lon.ravel(), lat.ravel()]))
    )
    # Theirs stops at a thousandth of a radian, and is an approximation near a pole.
    assert np.abs(np.column_stack([x.ravel(), y.ravel()]) - theirs * SCALE).max() < 2
    theta = np.arcsin(-y / HALF_HEIGHT)
    assert np.allclose(2 * theta + np.sin(2 * theta), np.pi * np.sin(np.radians(lat)), atol=1e-12)
    assert ((x / HALF_WIDTH) ** 2 + (y / HALF_HEIGHT) ** 2).max() <= 1 + 1e-9


@pytest.mark.parametrize("nside", [8, 16])
def test_each_cell_has_its_share_of_the_sky_also_at_the_seam_and_at_the_poles(nside):
    drawn = cell_paths(nside)
    areas = np.array([area(each) for each in drawn])
    assert abs(areas.sum() / ALL - 1) < 0.003
    assert np.abs(areas / (ALL / len(drawn)) - 1).max() < 0.15
    ra, dec = (x.deg for x in healpix_to_lonlat(np.arange(len(drawn)), nside, order="nested"))
    halves = np.array([len(parts(each)) for each in drawn])
    assert set(halves.tolist()) == {1, 2}
    assert np.abs(ra[halves == 2] - 180).max() < 1e-6, "only what lies across RA 180 is cut"
    assert (np.abs(ra - 180) < 1e-6).sum() == (halves == 2).sum()
    middles = np.array([np.mean(parts(each)[0], axis=0) for each in drawn])
    at_ra, at_dec = places(middles[(halves == 1) & (np.abs(dec) < 80)])
    inside = lonlat_to_healpix(at_ra * u.deg, at_dec * u.deg, nside, order="nested")
    assert np.array_equal(inside, np.flatnonzero((halves == 1) & (np.abs(dec) < 80)))


@pytest.mark.parametrize(
    ("ra", "dec", "number"),
    [(0.0, 0.0, 1), (359.9, -30.0, 1), (180.0, 0.0, 2), (179.2, -70.0, 2), (180.9, 60.0, 2), (20.0, -89.0, 1),
     (180.0, -89.0, 1), (77.0, -90.0, 1), (310.0, 89.5, 1), (200.0, -88.5, 2)],
)  # fmt: skip
def test_a_tile_has_its_area_and_is_cut_at_the_seam(ra, dec, number):
    (drawn,) = tile_paths([(ra, dec)], 1.2)
    found = parts(drawn)
    assert len(found) == number
    circle = ALL * (1 - np.cos(np.radians(1.2))) / 2
    # A tile at a pole is only some units high.
    assert area(drawn) == pytest.approx(circle, rel=0.1 if abs(dec) < 88 else 0.35)
    points = np.vstack(found)
    assert (((points / (HALF_WIDTH, HALF_HEIGHT)) ** 2).sum(axis=1) <= 1.003).all()
    if abs(dec) < 88:
        on = np.abs(np.abs(points[:, 0] / np.cos(np.arcsin(points[:, 1] / HALF_HEIGHT))) - HALF_WIDTH) > 3
        assert np.abs(separation_arcsec(*places(points[on]), ra, dec) / 3600 - 1.2).max() < 0.2
    assert tile_paths([], 1.2) == []


def test_what_is_drawn_as_beyond_reach_is_what_the_rule_does_not_reach():
    random = np.random.default_rng(21)
    ra, dec = random.uniform(0, 360, 4000), np.degrees(np.arcsin(random.uniform(-1, 1, 4000)))
    for low, high, width in ((-80.0, 20.0, 10.0), (-90.0, 90.0, 40.0), (-70.0, 5.0, 0.0)):
        reach = Reach(dec_min_deg=low, dec_max_deg=high, galactic_latitude_min_deg=width)
        shapes = [Path(each) for each in parts(beyond_reach(reach))]
        at = np.column_stack(projected((ra + 180) % 360 - 180, dec))
        drawn = np.any([shape.contains_points(at) for shape in shapes], axis=0) if shapes else np.zeros(len(ra), bool)
        latitude = np.abs(galactic_latitude_deg(ra, dec))
        reached = (dec >= low) & (dec <= high) & (latitude >= width)
        near = (np.abs(dec - low) < 0.4) | (np.abs(dec - high) < 0.4) | (np.abs(latitude - width) < 0.4)
        near |= np.abs(ra - 180) * np.cos(np.radians(dec)) < 0.4
        wrong = ~near & (drawn == reached)
        assert not wrong.any(), (low, high, width, ra[wrong], dec[wrong])
        assert (~near).sum() > 3500
        areas = [
            np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))
            for x, y in (each.T for each in parts(beyond_reach(reach)))
        ]
        assert min(areas) > -30, "but for slivers, all run the same way round: no shape cuts a hole into another"


def test_the_lines_are_the_galactic_plane_and_the_ecliptic():
    drawn = lines()
    for name, frame in (("galactic", "galactic"), ("ecliptic", "barycentrictrueecliptic")):
        points = np.vstack(parts(drawn[name]))
        around = SkyCoord(*places(points), unit="deg").transform_to(frame).spherical
        assert np.abs(around.lat.deg).max() < 0.4, name
        assert np.diff(np.sort(around.lon.deg)).max() < 5, "all of it is drawn"
        steps = np.vstack([np.diff(each, axis=0) for each in parts(drawn[name])])
        assert np.abs(steps).max() < 60, "no line runs back across the sky"


def test_a_shape_across_the_seam_has_a_part_on_either_side_and_one_in_the_middle_stays_whole():
    square = [(179.0, -1.0), (181.0, -1.0), (181.0, 1.0), (179.0, 1.0)]
    longitudes = [sorted({lon for lon, _ in part}) for part in cut(square)]
    assert longitudes == [[-180.0, -179.0], [179.0, 180.0]]
    assert cut([(lon - 180, lat) for lon, lat in square]) == [[(lon - 180, lat) for lon, lat in square]]
    assert cut([(359.0, 0.0), (1.0, 0.0), (0.0, 1.0)]) == [[(-1.0, 0.0), (1.0, 0.0), (0.0, 1.0)]]
    assert cut_line([(178.0, 0.0), (182.0, 4.0)]) == [[(178.0, 0.0), (180.0, 2.0)], [(-180.0, 2.0), (-178.0, 4.0)]]
    assert path([[(0.0, 0.0), (0.0, 0.0)]]) == "", "what is smaller than a unit is not drawn"


def test_the_labels_grow_to_the_left_and_upwards():
    _, by_ra, by_dec = graticule()
    assert [label.words for label in sorted(by_ra, key=lambda label: -label.x)][:7] == [
        "210°", "240°", "270°", "300°", "330°", "0°", "30°",
    ]  # fmt: skip
    assert [label.words for label in sorted(by_dec, key=lambda label: label.y)] == [
        "+60°",
        "+30°",
        "0°",
        "-30°",
        "-60°",
    ]
