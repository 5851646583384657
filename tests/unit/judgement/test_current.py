"""The line through a band's counted detections, against the same by least squares, band after band."""

import numpy as np
import pytest

from tides.judgement import current
from tides.judgement.current import Lines, by_band, fit
from tides.photometry.bands import BANDS

WINDOW = 5.0
Points = list[tuple[int, str, float, float, float]]
"""Object, band, JD UTC, magnitude and its error, in order of object and time."""


def lines_of(points: Points) -> dict[tuple[int, str], np.ndarray]:
    """The line of each object and band: magnitude, error, slope, error of the slope."""
    objects, bands, jd, mag, err = (np.array(column) for column in zip(*points, strict=True))
    codes = np.array([BANDS.index(band) for band in bands], dtype=np.int8)
    order, groups, keys = by_band(objects.astype(np.int32), codes)
    lines = fit(groups, jd[order], mag[order], err[order], WINDOW)
    columns = np.stack([lines.mag, lines.err, lines.slope, lines.slope_err], axis=1)
    return {(key // len(BANDS), BANDS[key % len(BANDS)]): row for key, row in zip(keys.tolist(), columns, strict=True)}


def plainly(points: Points) -> dict[tuple[int, str], np.ndarray]:
    """The same of one object: least squares with a prior as one more row."""
    bands = sorted({band for _, band, *_ in points}, key=BANDS.index)
    of = {band: np.array([point[2:] for point in points if point[1] == band]) for band in bands}
    day = {band: of[band][:, 0] - of[band][-1, 0] for band in bands}
    near = {band: np.exp(-((day[band] / WINDOW) ** 2)) for band in bands}
    weight = {band: near[band] / (of[band][:, 2] ** 2 + current.SCATTER_MAG**2) for band in bands}
    for last in (False, True):
        rows, right = [], []
        for place, band in enumerate(bands):
            for d, m, w in zip(day[band], of[band][:, 1], np.sqrt(weight[band]), strict=True):
                rows.append([*(w * (place == other) for other in range(len(bands))), w * d])
                right.append(w * m)
        design = np.array([*rows, [0] * len(bands) + [1 / current.USUAL_SPREAD]])
        solved = np.linalg.lstsq(design, np.array([*right, current.USUAL_SLOPE / current.USUAL_SPREAD]), rcond=None)[0]
        object_variance = np.linalg.inv(design.T @ design)[-1, -1]
        found, misfit, free = {}, 0.0, 0.0
        for band in bands:
            w = np.sqrt(weight[band])
            design = np.array([*np.stack([w, w * day[band]], axis=1), [0, 1 / current.BAND_SPREAD]])
            right = [*(w * of[band][:, 1]), solved[-1] / current.BAND_SPREAD]
            mag, slope = np.linalg.lstsq(design, np.array(right), rcond=None)[0]
            own = np.linalg.inv(design.T @ design)[1, 1]
            variance = own + (own / current.BAND_SPREAD**2) ** 2 * object_variance
            mean_day = (weight[band] * day[band]).sum() / weight[band].sum()
            error = np.sqrt(1 / weight[band].sum() + mean_day**2 * variance)
            found[0, band] = np.array([mag, error, slope, np.sqrt(variance)])
            off = of[band][:, 1] - mag - slope * day[band]
            if not last:
                far = np.abs(off) * w
                weight[band] = weight[band] * current.OUTLIER_SIGMA / np.maximum(far, current.OUTLIER_SIGMA)
            misfit, free = misfit + (weight[band] * off**2).sum(), free + near[band].sum() - 1
    wider = np.sqrt(max(1, (current.ERRORS_BELIEVED + misfit) / (current.ERRORS_BELIEVED + free)))
    return {key: line * [1, wider, 1, wider] for key, line in found.items()}


@pytest.mark.parametrize("seed", range(20))
def test_it_is_what_least_squares_give_band_after_band(seed):
    rng = np.random.default_rng(seed)
    times = np.sort(rng.uniform(2461000, 2461030, rng.integers(1, 25)))
    points = [
        (0, str(rng.choice(list("griz"))), jd, 20 + 0.05 * (jd - 2461000) + rng.normal(0, 0.3), rng.uniform(0.01, 0.3))
        for jd in times
    ]
    found, expected = lines_of(points), plainly(points)
    assert found.keys() == expected.keys()
    for key in expected:
        assert found[key] == pytest.approx(expected[key], rel=1e-6, abs=1e-8)


def test_an_object_is_judged_by_its_own_points_alone():
    one: Points = [(0, "r", 2461000.0 + d, 20 + 0.1 * d, 0.03) for d in (0, 3, 6)]
    other: Points = [(1, "r", 2461000.0 + d, 21 - 0.1 * d, 0.03) for d in (0, 3, 6)]
    together = lines_of(one + other)
    assert together[0, "r"] == pytest.approx(lines_of(one)[0, "r"])
    assert together[0, "r"][2] > 0.07
    assert together[1, "r"][2] < -0.05


def test_one_detection_has_its_own_magnitude_and_a_usual_decline_of_which_little_is_known():
    mag, err, slope, slope_err = lines_of([(0, "r", 2461000.0, 21.0, 0.12)])[0, "r"]
    assert mag == 21.0
    assert err == pytest.approx(np.hypot(0.12, current.SCATTER_MAG))
    assert slope == pytest.approx(current.USUAL_SLOPE)
    assert slope_err == pytest.approx(np.hypot(current.USUAL_SPREAD, current.BAND_SPREAD))


def test_a_band_seen_once_fades_as_the_other_bands_do():
    points: Points = [(0, "r", 2461000.0 + d, 20 + 0.12 * d, 0.02) for d in range(0, 10, 2)]
    assert lines_of([*points, (0, "i", 2461008.1, 20.5, 0.02)])[0, "i"][2] == pytest.approx(0.12, abs=0.02)


def test_a_single_bad_point_moves_the_line_little():
    points: Points = [(0, "r", 2461000.0 + d, 20.0, 0.02) for d in range(6)]
    bad = [*points[:4], (0, "r", 2461004.0, 18.0, 0.02), points[5]]
    assert lines_of(bad)[0, "r"][0] == pytest.approx(20.0, abs=0.5)


def test_what_scatters_more_than_its_errors_say_is_known_less_well():
    quiet: Points = [(0, "r", 2461000.0 + d, 20 + 0.02 * d, 0.02) for d in range(8)]
    wild: Points = [(0, "r", jd, mag + 0.4 * (-1) ** place, err) for place, (_, _, jd, mag, err) in enumerate(quiet)]
    assert lines_of(wild)[0, "r"][1] > 3 * lines_of(quiet)[0, "r"][1]


def test_an_old_detection_weighs_nothing():
    new: Points = [(0, "r", 2461300.0, 21.0, 0.05), (0, "r", 2461302.0, 21.1, 0.05)]
    assert lines_of([(0, "r", 2461000.0, 17.0, 0.01), *new])[0, "r"] == pytest.approx(lines_of(new)[0, "r"])


def test_without_a_detection_there_is_no_line():
    order, groups, keys = by_band(np.empty(0, np.int32), np.empty(0, np.int8))
    none = fit(groups, np.empty(0), np.empty(0), np.empty(0), WINDOW)
    assert (len(order), len(keys)) == (0, 0)
    assert isinstance(none, Lines)
    assert len(none.mag) == 0
