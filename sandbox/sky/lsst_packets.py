"""LSST objects as Lasair-LSST serves them (`object/`) and tells them (filter messages)."""

from typing import Any

import numpy as np

from sandbox.sky.clock import TAI_MINUS_UTC_D, day_obs, lsst_night, utc_text
from sandbox.sky.photometry import Photometry
from sandbox.sky.sky import SurveyObjects
from sandbox.sky.templates import BANDS

LITE_SOURCE = ("midpointMjdTai", "band", "psfFlux", "psfFluxErr", "reliability")
LITE_FORCED = ("midpointMjdTai", "band", "psfFlux", "psfFluxErr")
FORCED_LATE_D = 1.0
# One object in so many lacks the light curve in its messages, as when it was not in the batch's cache at Lasair.
WITHOUT_ALERT_EVERY = 50
FORCED_NAN_EVERY = 40


def lsst_object(objects: SurveyObjects, index: int, at_mjd_utc: float) -> dict[str, Any] | None:
    """The whole object as known at `at_mjd_utc`; None before its first detection is known."""
    rows = _known(objects, index, at_mjd_utc)
    sources = rows.rows(rows.detected)
    if not len(sources):
        return None
    object_id = int(objects.ids[index])
    listed = [_source(objects, index, sources, i) for i in range(len(sources))]
    forced = _forced(rows, at_mjd_utc)
    base = object_id + 500_000
    return {
        # Lasair writes ids as numbers or as text: even ones are text here.
        "diaObjectId": object_id if object_id % 2 else str(object_id),
        "diaObject": {
            "diaObjectId": object_id,
            "ra": float(objects.ra_deg[index]),
            "decl": float(objects.dec_deg[index]),
            "firstDiaSourceMjdTai": listed[0]["midpointMjdTai"],
            "lastDiaSourceMjdTai": listed[-1]["midpointMjdTai"],
            "nDiaSources": len(listed),
        },
        "diaSourcesList": listed,
        "diaForcedSourcesList": [
            {
                "diaForcedSourceId": base + i,
                "diaObjectId": object_id,
                "midpointMjdTai": float(forced.mjd_utc[i]) + TAI_MINUS_UTC_D,
                "band": BANDS[forced.band[i]],
                "psfFlux": _forced_flux(forced, i),
                "psfFluxErr": round(float(forced.flux_err_njy[i]), 3),
                "scienceFlux": round(float(forced.total_njy[i]), 3),
                "visit": _visit(forced.mjd_utc[i]),
            }
            for i in range(len(forced))
        ],
    }


def lsst_message(objects: SurveyObjects, index: int, utc_mjd: float) -> dict[str, Any]:
    """The filter's message at `utc_mjd`: the columns of TiDES's filter, and the lite light curve under `alert`."""
    message = lsst_columns(objects, index, utc_mjd)
    if int(objects.ids[index]) // 10 % WITHOUT_ALERT_EVERY:
        rows = _known(objects, index, utc_mjd)
        message["alert"] = _lite_light_curve(rows.rows(rows.detected), _forced(rows, utc_mjd))
    return message


def lsst_columns(objects: SurveyObjects, index: int, utc_mjd: float) -> dict[str, Any]:
    """The columns of TiDES's filter, as of `utc_mjd`."""
    rows = _known(objects, index, utc_mjd)
    sources = rows.rows(rows.detected)
    positive = sources.rows(sources.flux_njy > 0)
    latest = {BANDS[b]: i for i, b in enumerate(sources.band)}
    columns: dict[str, Any] = {
        "diaObjectId": int(objects.ids[index]),
        "ra": float(objects.ra_deg[index]),
        "decl": float(objects.dec_deg[index]),
        "firstDiaSourceMjdTai": float(sources.mjd_utc[0]) + TAI_MINUS_UTC_D,
        "lastDiaSourceMjdTai": float(sources.mjd_utc[-1]) + TAI_MINUS_UTC_D,
        "latest_psfFlux": _flux(sources, len(sources) - 1),
    }
    for band in "griz":
        at = latest.get(band)
        fluxes = sources.flux_njy[sources.band == BANDS.index(band)]
        columns[f"{band}_psfFlux"] = None if at is None else _flux(sources, at)
        columns[f"{band}_psfFluxSigma"] = round(float(fluxes.std(ddof=1)), 3) if len(fluxes) > 1 else None
        # A 32-bit column at Lasair, exact to 1.2 h only.
        columns[f"{band}_latestMJD"] = None if at is None else float(np.float32(sources.mjd_utc[at] + TAI_MINUS_UTC_D))
        columns[f"n{band}Sources"] = len(fluxes)
    columns |= {
        "nPosDiaSources": len(positive),
        "nPosDiaSourcesNights": len(set(lsst_night(positive.mjd_utc).tolist())),
        "sherlock_classifications": objects.sherlock[index],
        "UTC": utc_text(utc_mjd),
    }
    return columns


def _lite_light_curve(sources: Photometry, forced: Photometry) -> dict[str, list[dict[str, Any]]]:
    return {
        "diaSourcesList": [_lite(sources, i) for i in range(len(sources))],
        "diaForcedSourcesList": [
            {
                "midpointMjdTai": float(forced.mjd_utc[i]) + TAI_MINUS_UTC_D,
                "band": BANDS[forced.band[i]],
                "psfFlux": _forced_flux(forced, i),
                "psfFluxErr": round(float(forced.flux_err_njy[i]), 3),
            }
            for i in range(len(forced))
        ],
    }


def _known(objects: SurveyObjects, index: int, at_mjd_utc: float) -> Photometry:
    rows = objects.photometry.rows(slice(objects.starts[index], objects.starts[index + 1]))
    # Half a second more, since a message's `UTC` has whole seconds only.
    return rows.rows(rows.known_mjd_utc <= at_mjd_utc + 0.5 / 86400)


def _forced(rows: Photometry, at_mjd_utc: float) -> Photometry:
    """Forced photometry: from the first detection on, a night late, once there is a second alert."""
    sources = rows.rows(rows.detected)
    if len(sources) < 2:
        return rows.rows(slice(0, 0))
    return rows.rows((rows.mjd_utc >= sources.mjd_utc[0]) & (rows.mjd_utc <= at_mjd_utc - FORCED_LATE_D))


def _flux(rows: Photometry, index: int) -> float:
    return round(float(rows.flux_njy[index]), 3)


def _forced_flux(rows: Photometry, index: int) -> float:
    """A forced flux; now and then a NaN, as the pipeline writes it where a fit failed."""
    failed = not rows.detected[index] and int(rows.mjd_utc[index] * 1e5) % FORCED_NAN_EVERY == 0
    return float("nan") if failed else _flux(rows, index)


def _lite(rows: Photometry, index: int) -> dict[str, Any]:
    return {
        "midpointMjdTai": float(rows.mjd_utc[index]) + TAI_MINUS_UTC_D,
        "band": BANDS[rows.band[index]],
        "psfFlux": _flux(rows, index),
        "psfFluxErr": round(float(rows.flux_err_njy[index]), 3),
        "reliability": round(float(rows.reliability[index]), 4),
    }


def _source(objects: SurveyObjects, index: int, rows: Photometry, i: int) -> dict[str, Any]:
    object_id = int(objects.ids[index])
    return _lite(rows, i) | {
        "diaSourceId": object_id + i,
        "diaObjectId": object_id,
        "ssObjectId": object_id + 7 if objects.solar_system[index] and index % 2 else None,
        "visit": _visit(rows.mjd_utc[i]),
        "detector": 1 + index % 189,
        "ra": float(objects.ra_deg[index]),
        "decl": float(objects.dec_deg[index]),
        "snr": round(float(abs(rows.signal_to_noise[i])), 3),
        "scienceFlux": round(float(rows.total_njy[i]), 3),
        "scienceFluxErr": round(float(rows.flux_err_njy[i]), 3),
        "extendedness": None,
        "isNegative": bool(rows.flux_njy[i] < 0),
        "psfFlux_flag": False,
        "timeProcessedMjdTai": float(rows.known_mjd_utc[i]) + TAI_MINUS_UTC_D,
        "timeWithdrawnMjdTai": None,
    }


def _visit(mjd_utc: float) -> int:
    """A visit number: day_obs and a running number within the night."""
    return day_obs(int(lsst_night(mjd_utc))) * 100_000 + int(mjd_utc % 1 * 2000)
