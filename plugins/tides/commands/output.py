"""How commands print their tables: for a terminal, or as JSON for a program."""

import argparse
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from tides.reports.screen import table

Row = TypeVar("Row")


def put(
    args: argparse.Namespace, rows: Sequence[Row], empty: str, shown: Callable[[Row], Mapping[str, object]] = vars
) -> None:
    """Prints rows: as a table of what is `shown` of each, or whole as a list in JSON. `empty` is said when none are."""
    if args.json:
        put_json(args, rows)
    else:
        print(table([shown(row) for row in rows]) if rows else empty)


def put_json(args: argparse.Namespace, value: object) -> None:
    """Prints a value as JSON to where `--json` sends it. Times are ISO 8601, what is unknown is null."""
    print(json.dumps(_plain(value), indent=2, allow_nan=False, default=str), file=args.json_to)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date):  # and a datetime
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    if isinstance(value, Decimal):
        return float(value)
    if hasattr(value, "item"):  # a scalar of NumPy
        return _plain(value.item())
    return value
