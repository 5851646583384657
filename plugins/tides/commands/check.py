"""`python -m tides check`: judges light curves from a file, without any service, and writes tables and plots."""

import argparse
import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from tides.checks.check import check, compared
from tides.checks.inputs import NONE_KNOWN, Columns, columns_in, id_keys, objects_in
from tides.errors import SettingsError
from tides.foreign import quoted
from tides.functions.functions import DEFAULT_FILE, Function, load_functions, named

GZIP_MAGIC = b"\x1f\x8b"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `check` to its parser."""
    parser.add_argument(
        "--lightcurves",
        type=Path,
        required=True,
        metavar="FILE",
        help="light curves or messages as Lasair sends them: JSON lines or a list; .gz too",
    )
    parser.add_argument("--function", required=True, metavar="NAME", help="the selection function to judge by")
    parser.add_argument(
        "--functions", type=Path, default=DEFAULT_FILE, metavar="YAML", help="file of selection functions"
    )
    parser.add_argument(
        "--columns",
        type=Path,
        metavar="FILE",
        help="columns of the objects' alerts, each row with its id: JSON or CSV; .gz too",
    )
    parser.add_argument("--against", metavar="NAME", help="another function: list what only one of the two passes")
    parser.add_argument("--csv", type=Path, metavar="OUT", help="write one row an object to this file")
    parser.add_argument("--parquet", type=Path, metavar="OUT", help="the same as Parquet")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="draw each object's light curve into this folder")
    parser.add_argument("--format", choices=("png", "svg"), default="png", help="the format of the plots")


def run(args: argparse.Namespace) -> int:
    """Judge the file, print a table of counts by reason, and write the outputs that were asked for.

    Gives 0 unless nothing could be read. Raises SettingsError for a file or function that does not exist.
    """
    function = named(load_functions(args.functions), args.function, str(args.functions))
    columns = _columns(args.columns) if args.columns else NONE_KNOWN
    with _open("--lightcurves", args.lightcurves) as file:
        lines = objects_in(_lines(file, "--lightcurves", args.lightcurves))
        checked = check(lines, function, args.csv, args.parquet, args.plots, args.format, columns)
    print(f"{function.name} ({function.hash[:12]}) on {args.lightcurves}")
    for line in checked.table():
        print(line)
    if args.against:
        _compare(args, function, columns)
    for written in (args.csv, args.parquet, args.plots):
        if written:
            print(f"written: {written}")
    if not checked.counts["passed"] + checked.counts["failed"]:
        print(f"nothing could be read: give JSON objects with {' or '.join(id_keys())}, as Lasair sends them")
        return 1
    return 0


def _compare(args: argparse.Namespace, function: Function, columns: Columns) -> None:
    other = named(load_functions(args.functions), args.against, str(args.functions))
    with _open("--lightcurves", args.lightcurves) as file:
        lines = objects_in(_lines(file, "--lightcurves", args.lightcurves))
        changes = list(compared(lines, function, other, columns))
    for how, names in (
        ("enters", f"{function.name}, not {other.name}"),
        ("leaves", f"{other.name}, not {function.name}"),
    ):
        print(f"{sum(change.how == how for change in changes):>8}  passed by {names}")
    for change in changes:
        print(f"{change.how} {change.object_id}, trigger {change.trigger_jd:.5f}: {'; '.join(change.reasons)}")


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
