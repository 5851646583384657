"""CSV files that people hand in: read whole, line by line into a model, or refused with each bad line."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, BeforeValidator, ValidationError

from tides.errors import SettingsError
from tides.foreign import quoted

MOST_SHOWN = 10

Line = TypeVar("Line", bound=BaseModel)

Optional = BeforeValidator(lambda text: text or None)
"""An empty field is none."""


def read_lines(file: Path, model: type[Line]) -> list[tuple[int, Line]]:
    """The lines of a CSV file with a header, each with its number.

    Raises SettingsError, naming each bad line, when one is bad or the file cannot be read.
    """
    lines, bad = [], []
    try:
        # Spreadsheets put a byte-order mark before the first column.
        with file.open(encoding="utf-8-sig", newline="") as opened:
            # A surplus field must not be lost: under this name the model refuses it.
            reader = csv.DictReader(opened, skipinitialspace=True, restkey="too many")
            for row in reader:
                try:
                    lines.append((reader.line_num, model.model_validate(row)))
                except ValidationError as error:
                    what = error.errors()[0]
                    bad.append(f"line {reader.line_num}, {what['loc'][0]}: {what['msg']}")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SettingsError(f"{file} cannot be read: {error}") from None
    refuse(file, bad)
    return lines


def refuse(file: Path, bad: Sequence[str]) -> None:
    """Raises SettingsError that names what is bad in a file; does nothing where nothing is."""
    if bad:
        more = f"; and {len(bad) - MOST_SHOWN} more" if len(bad) > MOST_SHOWN else ""
        raise SettingsError(
            f"{file}, nothing of it was stored: {'; '.join(quoted(each) for each in bad[:MOST_SHOWN])}{more}"
        )
