"""What one server of the sandbox holds: the data, the time, the faults and the calls."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.archive import Archive
from sandbox.cadence import HISTORY_NIGHTS
from sandbox.calls import Calls
from sandbox.catalogues import Catalogues
from sandbox.clock import SandboxClock
from sandbox.faults import Faults
from sandbox.recorded import RecordedArchive
from sandbox.sky import build_sky
from sandbox.sky_archive import SkyArchive


@dataclass
class World:
    """Made once a server; each request finds it in its WSGI environment as `sandbox.world`."""

    archive: Archive
    clock: SandboxClock
    faults: Faults = field(default_factory=Faults)
    calls: Calls = field(default_factory=Calls)
    catalogues: Catalogues = field(default_factory=Catalogues)
    annotations: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)  # by topic and object


def open_archive(
    data: Path | None, now: datetime, seed: int, lsst: int, ztf: int, history_nights: int = HISTORY_NIGHTS
) -> Archive:
    """Recorded objects from the folder `data`, or else a sky of `lsst` and `ztf` objects and so many nights.

    Raises FileNotFoundError naming the file that the folder lacks, ValueError for a line that is not JSON.
    """
    if data is None:
        return SkyArchive(build_sky(now, seed, lsst, ztf, history_nights))
    return RecordedArchive(data, now)
