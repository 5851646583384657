"""The state of one server of the sandbox: the data, the time, the faults and the calls."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.sky.archive import Archive
from sandbox.sky.cadence import HISTORY_NIGHTS, Cadence
from sandbox.sky.clock import SandboxClock
from sandbox.sky.recorded import RecordedArchive
from sandbox.sky.sky import build_sky
from sandbox.sky.sky_archive import SkyArchive
from sandbox.standins.calls import Calls
from sandbox.standins.catalogues import Catalogues
from sandbox.standins.faults import Faults
from sandbox.standins.tokens import Tokens


@dataclass
class World:
    """Made once a server; each request finds it in its WSGI environment as `sandbox.world`."""

    archive: Archive
    clock: SandboxClock
    faults: Faults = field(default_factory=Faults)
    calls: Calls = field(default_factory=Calls)
    tokens: Tokens = field(default_factory=Tokens)
    catalogues: Catalogues = field(default_factory=Catalogues)
    annotations: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)  # by topic and object


def open_archive(
    data: Path | None,
    now: datetime,
    seed: int,
    lsst: int,
    ztf: int,
    history_nights: int = HISTORY_NIGHTS,
    cadence: Cadence = "uniform",
    disruptions: int = 0,
) -> Archive:
    """Recorded objects from the folder `data`, or else a sky of `lsst` and `ztf` objects, so many nights and a cadence.

    The sky has so many tidal disruptions more.

    Raises FileNotFoundError naming the file that the folder lacks, ValueError for a line that is not JSON.
    """
    if data is None:
        return SkyArchive(build_sky(now, seed, lsst, ztf, history_nights, cadence, disruptions))
    return RecordedArchive(data, now)
