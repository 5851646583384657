"""Compares the bridge's outcome with the sky's truth, source by source."""

from collections import Counter, defaultdict
from dataclasses import astuple, dataclass
from typing import Any

from tabulate import tabulate

SURVEYS = ("lsst", "ztf")


@dataclass(frozen=True)
class Difference:
    """A source of the sky in which the bridge and the truth differ."""

    source: str
    truth: str
    bridge: str


def compare(
    truth: list[dict[str, Any]], master: list[dict[str, Any]], targets: list[dict[str, Any]]
) -> tuple[list[Difference], Counter[str]]:
    """The differences, and how many sources agree, by what was compared.

    `truth` has a row a source: its object id by survey (or None), `selected`, `live` and `magnitude` ("yes", "no" or
    "either", which is not judged): a live target without a current magnitude cannot be told to 4MOST. `master` has a
    row an alias: survey, object_id, tides_id, active, pk_4most. `targets` are the rows at 4MOST: id, is_active.
    """
    by_object: dict[tuple[str, str], dict[str, Any]] = {(row["survey"], row["object_id"]): row for row in master}
    active_keys = {row["id"] for row in targets if row["is_active"]}
    differences: list[Difference] = []
    agreed: Counter[str] = Counter()
    explained: set[int] = set()
    for source in truth:
        objects = [(survey, str(source[survey])) for survey in SURVEYS if source[survey] is not None]
        rows = {by_object[key]["tides_id"]: by_object[key] for key in objects if key in by_object}
        explained |= {row["pk_4most"] for row in rows.values() if row["pk_4most"] in active_keys}
        for what, expected, found in (
            ("selected", source["selected"], _selected(rows)),
            ("live", source["live"], _live(rows, active_keys)),
        ):
            if what == "live" and expected == "yes" and source["magnitude"] != "yes":
                expected = "live without a magnitude" if source["magnitude"] == "no" else "either"
            if expected == "either":
                agreed[f"{what}: either"] += 1
            elif expected == found:
                agreed[f"{what}: {expected}"] += 1
            else:
                reason = f"{what} {expected} ({source['reason']})" if source.get("reason") else f"{what} {expected}"
                differences.append(Difference(" ".join(name for _, name in objects), reason, found))
    for key in sorted(active_keys - explained):
        differences.append(Difference(f"4MOST row {key}", "no source of the sky", "active at 4MOST"))
    return differences, agreed


def _selected(rows: dict[int, dict[str, Any]]) -> str:
    return "yes" if rows else "no"


def _live(rows: dict[int, dict[str, Any]], active_keys: set[int]) -> str:
    """Whether one target of the source is active here and at 4MOST with the same key; else how it is not so."""
    here = [row for row in rows.values() if row["active"]]
    there = [row for row in rows.values() if row["pk_4most"] in active_keys]
    if not here and not there:
        return "no"
    if len(rows) > 1 and (len(here) > 1 or len(there) > 1):
        return f"several targets: {sorted(rows)}"
    if here and there:
        return "yes"
    if here and here[0]["pk_4most"] is None:
        return "live without a magnitude"
    if here:
        return f"active, but at 4MOST not active under the key {here[0]['pk_4most']}"
    return f"inactive, but active at 4MOST under the key {there[0]['pk_4most']}"


def rows_at_several_keys(targets: list[dict[str, Any]]) -> list[Difference]:
    """Names that stand more than once and active in the list at 4MOST: doubles."""
    keys: defaultdict[str, list[int]] = defaultdict(list)
    for row in targets:
        if row["is_active"]:
            keys[row["name"]].append(row["id"])
    return [Difference(name, "one row at 4MOST", f"rows {ids}") for name, ids in sorted(keys.items()) if len(ids) > 1]


def as_table(differences: list[Difference], limit: int = 40) -> str:
    """The differences as a table, at most `limit` of them."""
    table = tabulate([astuple(one) for one in differences[:limit]], headers=["source", "truth says", "the bridge has"])
    return f"{table}\n… and {len(differences) - limit} more" if len(differences) > limit else table
