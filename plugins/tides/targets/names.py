"""The names of targets: a prefix, the UTC year of creation, letters from aaa to zzz, then aaaa; each given once.

`tides.draw_name` gives them, one counter row a prefix and year. Sources: the science rules in docs/architecture.md.
"""

from collections.abc import Iterable

from tides.database import Connection, statement


def raise_counter(connection: Connection, prefix: str, names: Iterable[str]) -> None:
    """Lets the counters go on beyond these names: after a restore 4MOST knows higher ones than we do."""
    connection.execute(statement("raise_name_counter"), {"prefix": prefix, "names": list(names)})


def rename(connection: Connection, tides_id: int, name: str | None, prefix: str) -> str:
    """Gives a target that was never told to anybody another name, or the next one; says which.

    In a transaction under the master lock.
    """
    row = connection.execute(
        "UPDATE tides.tides_master SET name = coalesce(%s, tides.draw_name(%s)), updated = now()"
        " WHERE tides_id = %s RETURNING name",
        (name, prefix, tides_id),
    ).fetchone()
    assert row is not None
    connection.execute(
        "UPDATE tides.fourmost_target SET name = %s WHERE (kind, id) = ('sn', %s)", (row["name"], tides_id)
    )
    return str(row["name"])
