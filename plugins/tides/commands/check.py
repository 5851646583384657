"""`tides check`: judges light curves of a file or stored candidates, and writes tables and plots."""

import argparse
import gzip
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tides.checks.check import Change, check, compared
from tides.checks.inputs import NONE_KNOWN, Columns, Read, columns_in, id_keys, subjects_in
from tides.checks.stored import read_nights, stored
from tides.commands.output import put_json
from tides.errors import SettingsError
from tides.foreign import quoted
from tides.functions.functions import DEFAULT_FILE, Function, load_functions, named

GZIP_MAGIC = b"\x1f\x8b"


def run(args: argparse.Namespace) -> int:
    """Judge the file or the stored candidates, print a table of counts by reason, and write the outputs asked for.

    Gives 0 unless nothing could be read. Raises SettingsError for a file or function that does not exist.
    """
    args.functions = args.functions or DEFAULT_FILE
    function = named(load_functions(args.functions), args.function, str(args.functions))
    with _subjects(args) as subjects:
        checked = check(subjects, function, args.csv, args.parquet, args.plots, args.format)
    where = args.lightcurves or f"the candidates of the nights {' to '.join(args.from_database)}"
    print(f"{function.name} ({function.hash[:12]}) on {where}")
    for line in checked.table():
        print(line)
    changes = _compare(args, function) if args.against else []
    if args.json:
        about = {"function": function.name, "hash": function.hash, "on": str(where)}
        put_json(args, {**about, "counts": checked.counts, "faults": checked.tally.faults, "changes": changes})
    for written in (args.csv, args.parquet, args.plots):
        if written:
            print(f"written: {written}")
    if not checked.counts["passed"] + checked.counts["failed"]:
        print(f"nothing could be read: {_what_is_right(args)}")
        return 1
    return 0


def _what_is_right(args: argparse.Namespace) -> str:
    if args.from_database:
        return "no candidate whose newest detection lies in these nights has a stored light curve"
    return f"give JSON objects with {' or '.join(id_keys())}, as Lasair sends them"


@contextmanager
def _subjects(args: argparse.Namespace) -> Iterator[Iterator[Read]]:
    if args.from_database:
        first, last = read_nights(args.from_database)
        if args.columns:
            raise SettingsError("--columns goes with --lightcurves: the database has the columns of its alerts")
        # Imported here: a check of a file needs no Airflow.
        from tides.hooks.database import open_database

        with open_database("check", read_only=True) as database:
            yield stored(database, first, last)
        return
    columns = _columns(args.columns) if args.columns else NONE_KNOWN
    with _open("--lightcurves", args.lightcurves) as file:
        yield subjects_in(_lines(file, "--lightcurves", args.lightcurves), columns)


def _compare(args: argparse.Namespace, function: Function) -> list[Change]:
    other = named(load_functions(args.functions), args.against, str(args.functions))
    with _subjects(args) as subjects:
        changes = list(compared(subjects, function, other))
    for how, names in (
        ("enters", f"{function.name}, not {other.name}"),
        ("leaves", f"{other.name}, not {function.name}"),
    ):
        print(f"{sum(change.how == how for change in changes):>8}  passed by {names}")
    for change in changes:
        print(f"{change.how} {change.object_id}, trigger {change.trigger_jd:.5f}: {'; '.join(change.reasons)}")
    return changes


def _columns(path: Path) -> Columns:
    with _open("--columns", path) as file:
        try:
            return columns_in(_lines(file, "--columns", path))
        except ValueError as error:
            raise SettingsError(f"--columns {path}: {quoted(str(error))}") from error


def _open(argument: str, path: Path) -> IO[bytes]:
    try:
        with path.open("rb") as file:
            # By content: the name of a compressed file may lack .gz.
            is_gzip = file.read(2) == GZIP_MAGIC
        return gzip.open(path) if is_gzip else path.open("rb")  # type: ignore[return-value]
    except OSError as error:
        raise SettingsError(f"{argument} {path}: cannot be read ({error.strerror})") from error


def _lines(file: Iterable[bytes], argument: str, path: Path) -> Iterator[bytes]:
    try:
        yield from file
    except (OSError, EOFError) as error:
        raise SettingsError(f"{argument} {path}: ends in the middle ({error}); copy the file again") from error
