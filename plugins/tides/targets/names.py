"""The names of targets: a prefix, the UTC year of creation, letters from aaa to zzz, then aaaa. Each is given once.

`tides.draw_name` gives them, one counter row a prefix and year. Source: docs/science.md, "Names".
"""

from collections.abc import Iterable

from tides.database.session import Connection
from tides.database.statements import statement


def raise_counters(connection: Connection, prefixes: Iterable[str], names: list[str]) -> None:
    """Raises the counters beyond these names: after a restore 4MOST knows higher ones than we do."""
    for prefix in prefixes:
        connection.execute(statement("targets/raise_name_counter"), {"prefix": prefix, "names": names})


def rename(connection: Connection, tides_id: int, prefix: str, name: str | None) -> str:
    """Gives a target that was never sent another name, or, for None, the next one under `prefix`.

    Gives that name. Works in a transaction under the master lock.
    """
    given = {"tides_id": tides_id, "name": name, "prefix": prefix}
    row = connection.execute(statement("targets/rename"), given).fetchone()
    assert row is not None
    return str(row["name"])
