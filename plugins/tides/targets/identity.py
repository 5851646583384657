"""Merges of two targets, by a person.

Positions that converge are merged by merge_targets.sql. It also moves the rows of the merged target to the one that
stays.
"""

from typing import Any

from tides.database.session import Connection, master_lock
from tides.database.statements import statement
from tides.errors import SettingsError
from tides.settings.sections import Database

FARTHEST_ARCSEC = 60.0
"""Targets farther apart are not one: a name was misspelt, and a merge cannot be undone."""


def merge(connection: Connection, database: Database, keep: int, drop: int, reason: str, by: str) -> None:
    """Merges a target into another one, both by `tides_id`, from the next run on.

    Raises SettingsError for targets that are the same, merged already, on a list, or more than `FARTHEST_ARCSEC` apart.
    """
    with master_lock(connection, database):
        kept, dropped = _target(connection, keep), _target(connection, drop)
        if keep == drop:
            raise SettingsError(f"{kept['name']} and the target to merge into it are the same")
        for target in (kept, dropped):
            # A merged target takes nothing in: the one that it became does.
            if target["into"]:
                raise SettingsError(f"{target['name']} is merged into {target['into']} already: name that one")
            # Its list would go on asking for a target that is no more.
            if target["list"]:
                raise SettingsError(f"{target['name']} stands on the list {target['list']}, which alone ends it")
        apart = connection.execute(
            "SELECT tides.separation_arcsec(%s, %s, %s, %s) AS arcsec",
            (kept["ra"], kept["dec"], dropped["ra"], dropped["dec"]),
        ).fetchone()
        assert apart is not None
        if apart["arcsec"] > FARTHEST_ARCSEC:
            raise SettingsError(
                f"{kept['name']} and {dropped['name']} are {apart['arcsec']:.0f} arcsec apart, and a merge cannot"
                f" be undone: at most {FARTHEST_ARCSEC:.0f} arcsec are allowed; are both names right?"
            )
        why = f"into {kept['name']}, {apart['arcsec']:.2f} arcsec apart: {reason}"
        given = {"keep": keep, "drop": drop, "reason": why, "by": by}
        connection.execute(statement("targets/merge_by_hand"), given)


def _target(connection: Connection, tides_id: int) -> dict[str, Any]:
    row = connection.execute(
        "SELECT m.name, m.ra, m.dec, k.name AS into,"
        " (SELECT list FROM tides.listed AS q WHERE q.tides_id = m.tides_id) AS list FROM tides.tides_master AS m"
        " LEFT JOIN tides.tides_master AS k ON k.tides_id = m.merged_into WHERE m.tides_id = %s",
        (tides_id,),
    ).fetchone()
    if row is None:
        raise SettingsError(f"there is no target {tides_id}")
    return row
