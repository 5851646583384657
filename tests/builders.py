"""Builders, one for each noun: messages as the broker sends them, with their light curves."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from tides.clock import jd_utc, jd_utc_to_mjd_tai
from tides.faults import Fault
from tides.journal.red_tasks import RedTask

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(minutes=5)
"""Shortly before an hour: the bands of one visit, minutes apart, must not fall on both sides of noon (UTC)."""

AN_ID = 170_000_000_000_000_001


def an_lsst_message(
    object_id: Any = AN_ID,
    *,
    mag: float = 21.0,
    nights: int = 4,
    bands: str = "gri",
    days_ago: float = 2.0,
    ra: float = 150.0,
    dec: float = -30.0,
    sherlock: str = "SN",
    sent: datetime | None = None,
    light_curve: bool = True,
    **columns: Any,
) -> dict[str, Any]:
    """A message of the LSST stream: detected in each band on each of the last nights before `days_ago`.

    `mag` is AB, with 2 % errors. The default message passes `tidesSNLSST`.
    """
    flux = float(10 ** (0.4 * (31.4 - mag)))
    last_jd = jd_utc(NOW - timedelta(days=days_ago))
    times = [float(jd_utc_to_mjd_tai(last_jd - night)) for night in range(nights - 1, -1, -1)]
    sources = [
        {"psfFlux": flux, "psfFluxErr": flux / 50, "midpointMjdTai": t + k / 1000, "band": band, "reliability": 0.9}
        for t in times
        for k, band in enumerate(bands, start=1 - len(bands))
    ]
    message = {
        "diaObjectId": object_id,
        "ra": ra,
        "decl": dec,
        "firstDiaSourceMjdTai": sources[0]["midpointMjdTai"],
        "lastDiaSourceMjdTai": sources[-1]["midpointMjdTai"],
        "latest_psfFlux": flux,
        **{f"{b}_psfFlux": flux if b in bands else None for b in "griz"},
        **{f"{b}_latestMJD": float(np.float32(times[-1])) if b in bands else None for b in "griz"},
        "nPosDiaSources": len(sources),
        "nPosDiaSourcesNights": nights,
        "sherlock_classifications": sherlock,
        "UTC": f"{sent or NOW - timedelta(days=days_ago) + timedelta(minutes=2):%Y-%m-%d %H:%M:%S}",
    }
    if light_curve:
        message["alert"] = {"diaSourcesList": sources, "diaForcedSourcesList": []}
    return message | columns


def a_ztf_message(object_id: str = "ZTF26aaaaaaa", *, days_ago: float = 2.0, **columns: Any) -> dict[str, Any]:
    """A message of the ZTF stream. Its light curve has to be fetched from Lasair."""
    last_jd = jd_utc(NOW - timedelta(days=days_ago))
    message = {
        "objectId": object_id,
        "ramean": 150.0,
        "decmean": -20.0,
        "jdmin": last_jd - 10,
        "jdmax": last_jd,
        "magrmin": 19.0,
        "maggmin": 19.2,
        "rmag": 19.1,
        "gmag": 19.3,
        "jdgmax": last_jd,
        "jdrmax": last_jd,
        "ncandgp": 8,
        "classification": "SN",
        "UTC": f"{NOW - timedelta(days=days_ago):%Y-%m-%d %H:%M:%S}",
    }
    return message | columns


def a_red_task(label: str | None = "ztf ZTF26a", fault: Fault = Fault.AWAY, **changes: Any) -> RedTask:
    """A chunk that `evaluate` could not work on, since Lasair was away."""
    values = {"task_id": "evaluate", "map_index": -1, "error": "Lasair does not answer"} | changes
    return RedTask(label=label, fault=fault.value, **values)
