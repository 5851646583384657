"""`make bench`: each figure beside a peer or a limit measured in the same run, as a table and as bench/results.json.

`make bench ROWS=whole,parse` measures some groups. Each group runs in a process of its own, whose log is kept, so that
the table has no other lines between, and one group that fails leaves the others as they are.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from tabulate import tabulate

from sandbox.desk.demo import WORK

RESULTS = Path(__file__).with_name("results.json")
LIMIT_S = 5400
"""A group is ended after this time (s). The longest one plays a night of an hour."""

GROUPS = {
    "selection": "bench.selection",
    "verdicts": "bench.verdicts",
    "dask": "bench.dask",
    "brightness": "bench.brightness",
    "visits": "bench.visits",
    "drain": "bench.stream",
    "fourmost": "bench.fourmost",
    "history": "bench.history",
    "retention": "bench.retention",
    "fading": "bench.fading",
    "parse": "bench.parse",
    "memory": "bench.memory",
    "whole": "bench.whole",
    "page": "bench.page",
    "disk": "bench.disk",
    "minutes": "bench.within_minutes",
}
"""The groups of rows, each with the module whose `rows()` measures them."""


def chosen(text: str) -> list[str]:
    """The groups that ROWS names, in the order of the table; all where it is empty. Raises ValueError with the list."""
    asked = {word.strip() for word in text.split(",")} - {""}
    if unknown := sorted(asked - GROUPS.keys()):
        raise ValueError(f"no group {', '.join(unknown)}; the groups are {', '.join(GROUPS)}")
    return [name for name in GROUPS if not asked or name in asked]


def measured(group: str) -> list[dict[str, Any]]:
    """The rows of a group, by a process of its own. Raises RuntimeError, which names the log, where it fails."""
    log = WORK / "bench" / f"{group}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, log.open("w") as output:
        found = Path(folder) / "rows.json"
        command = [sys.executable, "-m", "bench", "--measure", group, "--into", str(found)]
        try:
            code = subprocess.run(command, stdout=output, stderr=output, timeout=LIMIT_S).returncode
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"{group} was ended after {LIMIT_S} s; see {log}") from None
        if code:
            raise RuntimeError(f"{group} has failed; see {log}")
        rows: list[dict[str, Any]] = json.loads(found.read_text())
    return rows


def main() -> int:
    """Measures, prints, writes. Exit 1 where a group failed, 2 where it is not known."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rows", default="", help="groups, separated by commas; all without")
    parser.add_argument("--measure", choices=GROUPS, help="measure one group in this process")
    parser.add_argument("--into", type=Path, help="the file for its rows")
    options = parser.parse_args()
    if options.measure:
        options.into.write_text(json.dumps(import_module(GROUPS[options.measure]).rows()))
        return 0
    try:
        groups = chosen(options.rows)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    rows: list[dict[str, Any]] = []
    failures: list[str] = []
    for group in groups:
        try:
            rows += measured(group)
        except RuntimeError as error:
            failures.append(str(error))
    headers = ["name", "value", "unit", "against", "ratio", "goal"]
    print(tabulate([[row[key] for key in headers] for row in rows], headers=headers, floatfmt=".3g"))
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print("\n".join(["", f"also in {RESULTS.name}", *failures]))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
