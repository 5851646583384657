"""Light curves as the two servers send them: one to order, and many drawn from a seed, with all their quirks."""

import json
import random

from tides.functions.functions import read_function

FID = {"g": 1, "r": 2, "i": 3}


def a_function(**keys):
    """A function that counts griz at S/N 5 and asks for the criteria given."""
    return read_function("here", "ours", {"filters": ["g", "r", "i", "z"], "significance": 5, **keys})


def a_ztf_detection(jd, band="g", mag=19.0, snr=10.0, positive=True, **other):
    """A candidate of Lasair-ZTF, in JD UTC."""
    return {
        "candid": 700123456715015001,
        "jd": jd,
        "ra": 150.25,
        "dec": 2.5,
        "fid": FID[band],
        "nid": int((jd - 2457754.5) // 1),
        "magpsf": mag,
        "sigmapsf": 1.09 / snr,
        "isdiffpos": "t" if positive else "f",
        "magnr": 20.5,
        "sigmagnr": 0.0369999997317791,
        "magzpsci": 26.25,
        "ssdistnr": -999.0,
        "ssnamenr": "null",
        "drb": None,
        **other,
    }


def a_ztf_light_curve(points, **other):
    """An object of Lasair-ZTF's `lightcurves`, as bytes."""
    return json.dumps({"objectId": "ZTF25aaaaaaa", "candidates": points, **other}).encode()


def an_lsst_source(mjd_tai, band="g", mag=22.0, snr=10.0, **other):
    """A source of a lite light curve of Lasair-LSST, in MJD TAI."""
    flux = 10 ** (0.4 * (31.4 - mag))
    return {
        "midpointMjdTai": mjd_tai,
        "band": band,
        "psfFlux": flux,
        "psfFluxErr": flux / snr,
        "reliability": 0.9,
        **other,
    }


def an_lsst_light_curve(sources, forced=None, **other):
    """An object of Lasair-LSST, as bytes."""
    return json.dumps(
        {"diaObjectId": 313888888888888881, "diaSourcesList": sources, "diaForcedSourcesList": forced, **other}
    ).encode()


def random_light_curves(survey, number, seed, points=None):
    """So many light curves of a survey: some empty, some of one point, some over years; out of order, doubled, odd.

    They have what a survey sends and no detection counts for: flags, withdrawn points, solar-system objects, negative
    differences, upper limits, forced photometry; and columns that lack or are NaN.

    With `points` each has about so many instead, and only every tenth is odd, as it is with the servers.
    """
    rng = random.Random(seed)
    draw = _random_ztf if survey == "ztf" else _random_lsst
    return [draw(rng, points, odd=points is None or rng.random() < 0.1) for _ in range(number)]


def random_classes(survey, light_curves, seed):
    """For each light curve Sherlock's class of now, and those of earlier with the JD UTC until which each was said.

    A class that is not known is None.
    """
    rng = random.Random(seed)
    classes = ("SN", "SN", "NT", "ORPHAN", "AGN", "VS", None)
    list_of, time_of, to_jd = {
        "ztf": ("candidates", "jd", 0.0),
        "lsst": ("diaSourcesList", "midpointMjdTai", 2400000.5 - 37 / 86400),
    }[survey]
    said = []
    for raw in light_curves:
        dates = [point[time_of] + to_jd for point in json.loads(raw)[list_of]]
        ends = sorted(rng.sample(dates, min(len(dates), rng.choice((0, 0, 1, 2)))))
        ends = ends and [*ends[:-1], rng.choice((ends[-1], max(dates)))]
        said.append((rng.choice(classes), [(until_jd, rng.choice(classes)) for until_jd in ends]))
    return said


def _times(rng, start, points):
    """Times of one object (days): in few nights, so that bands and nights meet, with ties and cuts at exactly 365 d."""
    span = rng.choice((0.2, 3, 30, 400, 900))
    number = points or rng.choice((0, 1, 2, 3, 5, 8, 16))
    times = [start + round(rng.uniform(0, span), 5) for _ in range(number)]
    if times and rng.random() < 0.3:
        times.append(rng.choice(times))
    if times and rng.random() < 0.2:
        times.append(rng.choice(times) + 0.4 / 86400)
    if times and rng.random() < 0.3:
        times.append(rng.choice(times) + 365.0)
    if times and rng.random() < 0.15:
        times.append(min(times) - 400.0)
    rng.shuffle(times)
    return times


def _random_ztf(rng, number, odd):
    points = []
    for jd in _times(rng, 2460000.5 + rng.randrange(64), number):
        point = a_ztf_detection(
            jd, rng.choice("ggrri"), mag=round(rng.uniform(17, 23.5), 3), snr=rng.choice((3, 4.9, 5, 5.1, 20))
        )
        point["drb"] = rng.choice((None, 0.3, 0.5, 0.9, 0.9))
        point["isdiffpos"] = rng.choice(("t", "t", "f", "1", "0", None if odd else "t"))
        if odd and rng.random() < 0.1:
            point["nid"] = rng.choice((None, point["nid"] - 1, 3))
        if odd and rng.random() < 0.1:
            point[rng.choice(("magpsf", "sigmapsf", "fid", "drb"))] = rng.choice((None, float("nan")))
        if odd and rng.random() < 0.05:
            del point[rng.choice(("nid", "isdiffpos", "drb", "magpsf"))]
        points.append(point)
    doubles = [dict(point) for point in points if rng.random() < 0.1]
    limits = [{"jd": jd, "fid": rng.choice((1, 2)), "diffmaglim": 20.5} for jd in _times(rng, 2460000.5, number)[:3]]
    forced = [
        {"jd": jd, "fid": 2, "forcediffimflux": rng.uniform(-9, 900), "forcediffimfluxunc": 30.0, "magzpsci": 26.25}
        for jd in _times(rng, 2460000.5, number)[:3]
    ]
    return a_ztf_light_curve(points + doubles + limits, forcedphot=forced)


def _random_lsst(rng, number, odd):
    whole, clean, faintest = rng.random() < 0.5, rng.random() < 0.5, rng.choice((22.5, 24.5))
    points = []
    for mjd_tai in _times(rng, 60900.0 + rng.randrange(64), number):
        point = an_lsst_source(
            mjd_tai,
            rng.choice("ugrizygri"),
            mag=round(rng.uniform(20, faintest), 3),
            snr=rng.choice((3, 4.99, 5.01, 7, 30, 30)) * rng.uniform(1, 1.001),
            reliability=rng.choice((0.2, 0.5, 0.9, 0.9, 0.9, 0.9)),
        )
        if rng.random() < 0.2 and not clean:
            point["psfFlux"] *= -1
        if whole:
            point |= {
                "psfFlux_flag": rng.choice((False, False, False, True, None if odd else False)),
                "ssObjectId": rng.choice((None, None, 0, 21165806)),
                "timeWithdrawnMjdTai": rng.choice((None, float("nan"), float("nan"), 60990.0)),
            }
        if odd and rng.random() < 0.1:
            point[rng.choice(("psfFlux", "psfFluxErr", "reliability", "band"))] = rng.choice((None, float("nan")))
        if isinstance(point["band"], float):
            point["band"] = None
        if odd and rng.random() < 0.05:
            del point[rng.choice(("psfFlux", "psfFluxErr", "reliability", "band"))]
        points.append(point)
    doubles = [dict(point) for point in points if rng.random() < 0.1]
    for double in doubles:
        if isinstance(double.get("psfFlux"), float) and rng.random() < 0.5:
            double["psfFlux"] *= 0.97
    forced = [an_lsst_source(mjd_tai, "r", mag=21.0) for mjd_tai in _times(rng, 60900.0, number)[:3]]
    return an_lsst_light_curve(points + doubles, forced=rng.choice((None, forced)))
