"""A table of a view as CSV, for whoever goes on with a spreadsheet or a script."""

import csv
import io
from collections.abc import Sequence
from dataclasses import fields

from fastapi.responses import Response

from tides.foreign import in_csv


def csv_of(rows: Sequence[object], row: type, name: str) -> Response:
    """Rows of a dataclass as the file NAME.csv: its attributes, and nothing for None.

    Numbers of a list stand with spaces. Texts that a spreadsheet would calculate begin with an apostrophe.
    """
    names = [field.name for field in fields(row)]
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(getattr(each, name)) for name in names] for each in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(file.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _cell(value: object) -> object:
    if isinstance(value, str):
        return in_csv(value)
    return " ".join(map(str, value)) if isinstance(value, list) else value
