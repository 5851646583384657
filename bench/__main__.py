"""`make bench`: each figure beside a peer or a limit measured in the same run, as a table and as bench/results.json."""

import json
from pathlib import Path

from tabulate import tabulate

from bench import brightness, dask, fourmost, history, selection, stream, verdicts, visits

RESULTS = Path(__file__).with_name("results.json")


def main() -> None:
    """Measures, prints, writes."""
    modules = (selection, dask, verdicts, brightness, visits, stream, fourmost, history)
    rows = [row for module in modules for row in module.rows()]
    print(tabulate([list(row.values()) for row in rows], headers=list(rows[0]), floatfmt=".3g"))
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print(f"\nalso in {RESULTS.name}")


if __name__ == "__main__":
    main()
