"""Spectra: enough good ones end the request for a target."""

import csv
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import SettingsError
from tides.foreign import quoted

MOST_SHOWN = 10


class Spectrum(BaseModel):
    """One line of a file of spectra.

    `target` is a target's name, a survey's object id or a primary key at 4MOST. `night` is the date of the evening at
    Paranal. `snr` is the signal to noise, as the source counts it, or empty.
    """

    model_config = ConfigDict(extra="forbid")

    target: Annotated[str, Field(min_length=1)]
    night: date
    state: Literal["attempted", "partial", "complete"]
    snr: Annotated[Annotated[float, Field(ge=0, lt=1e6)] | None, BeforeValidator(lambda text: text or None)] = None
    source: Annotated[str, Field(min_length=1)]


def read_spectra(file: Path) -> list[tuple[int, Spectrum]]:
    """The spectra of a CSV file with the columns target, night, state, source and, if wanted, snr; each with its line.

    Raises SettingsError, naming each bad line, when one is bad or the file cannot be read.
    """
    spectra, bad = [], []
    try:
        # Spreadsheets put a byte-order mark before the first column.
        with file.open(encoding="utf-8-sig", newline="") as opened:
            # A surplus field must not be lost: under this name the model refuses it.
            reader = csv.DictReader(opened, skipinitialspace=True, restkey="too many")
            for row in reader:
                try:
                    spectra.append((reader.line_num, Spectrum.model_validate(row)))
                except ValidationError as error:
                    what = error.errors()[0]
                    bad.append(f"line {reader.line_num}, {what['loc'][0]}: {what['msg']}")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SettingsError(f"{file} cannot be read: {error}") from None
    _refuse(file, bad)
    return spectra


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
        _refuse(file, unknown)
    return stored


def _refuse(file: Path, bad: list[str]) -> None:
    if bad:
        more = f"; and {len(bad) - MOST_SHOWN} more" if len(bad) > MOST_SHOWN else ""
        raise SettingsError(
            f"{file}, nothing of it was stored: {'; '.join(quoted(each) for each in bad[:MOST_SHOWN])}{more}"
        )
