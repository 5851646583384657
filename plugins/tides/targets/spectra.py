"""Spectra: enough good ones end the request for a target."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tides.database.session import Connection
from tides.database.statements import statement
from tides.targets.csv_files import Optional, refuse


class Spectrum(BaseModel):
    """One line of a file of spectra.

    `target` is a target's name, a survey's object id or a primary key at 4MOST. `night` is the date of the evening at
    Paranal. `snr` is the signal to noise, as the source counts it, or empty.
    """

    model_config = ConfigDict(extra="forbid")

    target: Annotated[str, Field(min_length=1)]
    night: date
    state: Literal["attempted", "partial", "complete"]
    snr: Annotated[Annotated[float, Field(ge=0, lt=1e6)] | None, Optional] = None
    source: Annotated[str, Field(min_length=1)]


def store_spectra(connection: Connection, file: Path, spectra: list[tuple[int, Spectrum]]) -> int:
    """Stores all of a file's spectra, or none. Gives how many are new or changed. A file may be loaded again.

    Of one target, night and source the newest file counts. Raises SettingsError that names the lines whose target is
    unknown.
    """
    with connection.transaction():
        unknown, stored = [], 0
        for line, spectrum in spectra:
            found = connection.execute(statement("targets/trace_find"), {"asked": spectrum.target}).fetchall()
            # An id can stand for two targets. A spectrum at the wrong one would end its request.
            if len(found) != 1:
                unknown.append(f"line {line}: no target, object id or key {spectrum.target!r}")
                continue
            stored += connection.execute(
                statement("targets/store_spectrum"), spectrum.model_dump() | {"tides_id": found[0]["tides_id"]}
            ).rowcount
        refuse(file, unknown)
    return stored
