"""ZTF objects as Lasair-ZTF serves them (`lightcurves/`) and tells them (filter messages)."""

from typing import Any

import numpy as np

from sandbox.sky.clock import JD_MINUS_MJD, utc_text, ztf_night
from sandbox.sky.photometry import Photometry
from sandbox.sky.sky import SurveyObjects
from sandbox.sky.templates import BANDS

FILTER_IDS = {"g": 1, "r": 2, "i": 3}
# Pogson's constant: the error of a magnitude for a relative error of flux
MAG_ERROR = 2.5 / np.log(10)
FAR_FROM_ASTEROIDS_ARCSEC = -999.0


def ztf_light_curve(objects: SurveyObjects, index: int, at_mjd_utc: float) -> dict[str, Any]:
    """Detections first, then non-detections (`jd, fid, diffmaglim` and nothing else), as known at `at_mjd_utc`."""
    rows = _known(objects, index, at_mjd_utc)
    detections, missed = rows.rows(rows.detected), rows.rows(~rows.detected)
    candidates = [_candidate(objects, index, detections, i) for i in range(len(detections))]
    candidates += [
        {
            "jd": round(float(missed.mjd_utc[i]) + JD_MINUS_MJD, 7),
            "fid": FILTER_IDS[BANDS[missed.band[i]]],
            "diffmaglim": round(float(missed.depth_mag[i]), 4),
        }
        for i in range(len(missed))
        if len(detections)
    ]
    return {"objectId": str(objects.ids[index]), "candidates": candidates, "forcedphot": []}


def ztf_message(objects: SurveyObjects, index: int, utc_mjd: float) -> dict[str, Any]:
    """The filter's message at `utc_mjd`: the columns of TiDES's filter."""
    rows = _known(objects, index, utc_mjd)
    detections = rows.rows(rows.detected)
    positive = detections.flux_njy > 0
    message: dict[str, Any] = {
        "objectId": str(objects.ids[index]),
        "ramean": float(objects.ra_deg[index]),
        "decmean": float(objects.dec_deg[index]),
        "jdmin": round(float(detections.mjd_utc[0]) + JD_MINUS_MJD, 7),
        "jdmax": round(float(detections.mjd_utc[-1]) + JD_MINUS_MJD, 7),
        "ncandgp": int(positive.sum()),
        "classification": objects.sherlock[index],
        "UTC": utc_text(utc_mjd),
    }
    for band in "gr":
        in_band = detections.band == BANDS.index(band)
        magnitudes = detections.magnitude[in_band]
        found = len(magnitudes) > 0
        message[f"mag{band}min"] = round(float(magnitudes.min()), 4) if found else None
        message[f"{band}mag"] = round(float(magnitudes[-1]), 4) if found else None
        newest = float(detections.mjd_utc[in_band][-1]) if found else None
        message[f"jd{band}max"] = None if newest is None else round(newest + JD_MINUS_MJD, 7)
    return message


def _known(objects: SurveyObjects, index: int, at_mjd_utc: float) -> Photometry:
    rows = objects.photometry.rows(slice(objects.starts[index], objects.starts[index + 1]))
    return rows.rows(rows.known_mjd_utc <= at_mjd_utc + 0.5 / 86400)


def _candidate(objects: SurveyObjects, index: int, rows: Photometry, i: int) -> dict[str, Any]:
    jd = float(rows.mjd_utc[i]) + JD_MINUS_MJD
    asteroid = bool(objects.solar_system[index])
    return {
        "candid": int(ztf_night(rows.mjd_utc[i])) * 10**15 + int(jd % 1 * 10**6) * 10**9 + index,
        "jd": round(jd, 7),
        "ra": float(objects.ra_deg[index]),
        "dec": float(objects.dec_deg[index]),
        "fid": FILTER_IDS[BANDS[rows.band[i]]],
        "nid": int(ztf_night(rows.mjd_utc[i])),
        "magpsf": round(float(rows.magnitude[i]), 6),
        "sigmapsf": round(float(MAG_ERROR * rows.flux_err_njy[i] / abs(rows.flux_njy[i])), 6),
        "magnr": None,
        "sigmagnr": None,
        "magzpsci": None,
        "isdiffpos": "t" if rows.flux_njy[i] > 0 else "f",
        "ssdistnr": 1.5 if asteroid else FAR_FROM_ASTEROIDS_ARCSEC,
        "ssnamenr": "1998QE2" if asteroid else "null",
        "drb": round(float(rows.reliability[i]), 6),
    }
