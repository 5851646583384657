"""The names of targets: a prefix, the UTC year of creation, letters from aaa to zzz, then aaaa; each given once.

`tides.draw_name` gives them, one counter row a prefix and year. Source: docs/science.md, "Names".
"""

from collections.abc import Iterable
from typing import Any

from tides.database.session import Connection
from tides.database.statements import statement
from tides.settings.sections import FourMost


def raise_counters(connection: Connection, prefixes: Iterable[str], names: list[str]) -> None:
    """Lets the counters go on beyond these names: after a restore 4MOST knows higher ones than we do."""
    for prefix in prefixes:
        connection.execute(statement("targets/raise_name_counter"), {"prefix": prefix, "names": names})


def rename(connection: Connection, target: dict[str, Any], name: str | None, limits: FourMost) -> str:
    """Gives a target (`tides_id`, and `kind` sn or host) that was never told to anybody another name, or the next one.

    Says which. In a transaction under the master lock.
    """
    prefix = limits.host_prefix if target["kind"] == "host" else limits.name_prefix
    given = {"tides_id": target["tides_id"], "name": name, "prefix": prefix}
    row = connection.execute(statement("targets/rename"), given).fetchone()
    assert row is not None
    return str(row["name"])
