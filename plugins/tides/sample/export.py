"""An export of the sample as it stood at a time: a folder of tables, a README, and checksums."""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import Conflict, SettingsError
from tides.foreign import in_markdown, quoted
from tides.sample.columns import EPOCHS, SAMPLE, TARGETS, Column, Is, SampleTable
from tides.sample.formats import FORMATS
from tides.version import code_version

AT_ONCE = 5000
"""How many rows the database gives at once."""

CHECKSUMS, README = "SHA256SUMS", "README.md"

LONGEST_TEXT = 100_000
"""How many characters a text has, such as a function's: others come from outside, and are short."""


@dataclass(frozen=True)
class Exported:
    """An export that was written: its folder, the number of rows of each table, and when the newest run ended (UTC)."""

    folder: Path
    rows: Mapping[str, int]
    run_ended: datetime | None


def export(connection: Connection, as_of: datetime, format_: str, folder: Path) -> Exported:
    """Writes the sample as it stood at a time (UTC) into a new folder. The same time gives the same bytes, also later.

    The folder is there whole or not at all. Raises SettingsError for a time that is to come or before the past was
    kept, and for a folder that cannot be written or is not empty; Conflict while a transaction is open that began
    before that time.
    """
    run_ended = _demand_settled(connection, as_of)
    made = folder.with_name(f"{folder.name}.part")
    try:
        if folder.exists() and any(folder.iterdir()):
            raise SettingsError(f"{folder} is not empty: name a new folder")
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        rows = _write(connection, as_of, format_, made)
        made.replace(folder)
    except OSError as error:
        raise SettingsError(f"{folder} cannot be written: {error.strerror or error}") from error
    return Exported(folder, rows, run_ended)


def _demand_settled(connection: Connection, as_of: datetime) -> datetime | None:
    """Demands that nothing can come that counts as known at a time. Gives when the newest live run ended."""
    said = connection.execute(statement("sample/past_since"), {"as_of": as_of}).fetchone()
    assert said is not None, "past_since.sql gives one row"
    if said["is_to_come"]:
        raise SettingsError(f"{in_words(as_of)} is still to come: what was known then is not known yet")
    if said["since"] is not None and as_of < said["since"]:
        raise SettingsError(f"the past is kept since {in_words(said['since'])}: name that time or a later one")
    if said["open_since"] is not None:
        raise Conflict(
            f"a transaction that began at {in_words(said['open_since'])} is open, and may still write what counts as"
            f" known at {in_words(as_of)}: try again when it has ended, or name an earlier time"
        )
    ended: datetime | None = said["run_ended"]
    return ended


def _write(connection: Connection, as_of: datetime, format_: str, folder: Path) -> dict[str, int]:
    end, write = FORMATS[format_]
    about = {"sample": "TiDES targets for 4MOST", "as of": f"{in_words(as_of)} (UTC)", "code": code_version()}
    rows: dict[str, int] = {}
    functions = ""
    for table in SAMPLE:
        values = _read(connection, table, as_of)
        rows[table.name] = len(values[table.columns[0].name])
        write(folder / f"{table.name}{end}", table, values, {**about, "rows": table.rows})
        if table is EPOCHS:
            functions = _functions(values)
    (folder / README).write_text(_readme(about, end, rows, functions), encoding="utf-8")
    sums = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in sorted(folder.iterdir())]
    (folder / CHECKSUMS).write_text("".join(sums), encoding="utf-8")
    return rows


def _read(connection: Connection, table: SampleTable, as_of: datetime) -> dict[str, list[Any]]:
    """The values of a table by column, each of its column's kind or None."""
    values: dict[str, list[Any]] = {column.name: [] for column in table.columns}
    takes = [(column.name, values[column.name], column) for column in table.columns]
    with connection.transaction(), connection.cursor(f"export_{table.name}") as cursor:
        # All rows are wanted: a plan for the first few of them would take hours.
        connection.execute("SET LOCAL cursor_tuple_fraction = 1")
        cursor.itersize = AT_ONCE
        cursor.execute(statement(table.place), {"as_of": as_of})
        for row in cursor:
            for name, into, column in takes:
                into.append(of_kind(column, row[name]))
    return values


def of_kind(column: Column, value: object) -> str | int | float | None:
    """A value as the kind of its column; None for what is of another kind, as in an answer of 4MOST's."""
    if column.kind is Is.MOMENT:
        return in_words(value) if isinstance(value, datetime) else None
    if column.kind is Is.TEXT:
        return None if value is None else quoted(value, LONGEST_TEXT)
    if column.kind is Is.TRUTH:
        return bool(value)
    if not isinstance(value, int | float):
        return None
    return int(value) if column.kind is Is.INTEGER else float(value)


def in_words(moment: datetime) -> str:
    """A moment as ISO 8601 in UTC, to the microsecond, always of one length."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _functions(epochs: Mapping[str, Sequence[Any]]) -> str:
    """Each version of each function with its text, as a part of the README."""
    rows = [dict(zip(epochs, row, strict=True)) for row in zip(*epochs.values(), strict=True)]
    parts = []
    for row in rows:
        if row["kind"] == "function" and row["content"] is not None:
            until = f"until {row['until']}" if row["until"] else "in use"
            text = json.dumps(json.loads(row["content"]), indent=2, sort_keys=True)
            times = f"epoch {row['epoch']}, since {row['since']}, {until}"
            parts.append(
                f"### {in_markdown(row['subject'])}\n\nHash `{row['function_hash']}`, {times}.\n\n"
                f"```json\n{text}\n```\n"
            )
    return "\n".join(parts) or "No function has been in use yet.\n"


def _readme(about: Mapping[str, str], end: str, rows: Mapping[str, int], functions: str) -> str:
    tables = "\n".join(
        f"| [{table.name}{end}]({table.name}{end}) | {rows[table.name]} | {table.rows} |" for table in SAMPLE
    )
    columns = "\n\n".join(_columns(table) for table in SAMPLE)
    return README_TEXT.format(
        as_of=about["as of"], code=about["code"], tables=tables, columns=columns, functions=functions,
        targets=rows[TARGETS.name], checksums=CHECKSUMS,
    )  # fmt: skip


def _columns(table: SampleTable) -> str:
    lines = [f"| {c.name} | {c.kind} | {c.unit} | {c.meaning} |" for c in table.columns]
    return "\n".join([f"### {table.name}", "", "| column | kind | unit | meaning |", "|---|---|---|---|", *lines])


README_TEXT = """\
# {targets} TiDES targets for 4MOST

As of {as_of}: what the bridge between Lasair and 4MOST knew then, and nothing that it learnt later.
Written by code of version `{code}`. An export of the same time by the same code has the same bytes on each later day.
`sha256sum -c {checksums}` checks the files.

## Tables

| file | rows | what a row is |
|---|---|---|
{tables}

Join them by `tides_id`; `selections` and `epochs` by `epoch` or `function_hash`. Moments say when the bridge wrote
something down: texts, ISO 8601 in UTC. Dates of observations are JD UTC, places ICRS degrees, magnitudes AB. A missing
text is empty; a missing number is null, in FITS NaN or the number of TNULL. A redshift that is missing was not known.

A target that was merged into another one has its objects, spectra and decisions there. `control` marks what only a
control sample selected: it measures a function and is no part of what the function selects.

## Columns

{columns}

## Functions

Every version of each function that was in use, in the order of time. `selections` names them by hash.

{functions}"""
