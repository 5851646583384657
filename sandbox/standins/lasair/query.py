"""`query/`: a user's SELECT on the objects, both surveys on one base (a query that names `diaObjectId` is LSST's)."""

import math
import sqlite3
from contextlib import closing
from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from sandbox.sky.clock import JD_MINUS_MJD, TAI_MINUS_UTC_D
from sandbox.standins.catalogues import TNS_COLUMNS
from sandbox.standins.lasair.tokens import most_rows
from sandbox.standins.lasair.views import LasairView, without_nan
from sandbox.standins.world import World

CLASS_COLUMNS = ("sherlock_classifications", "classification")
ELSEWHERE = (*CLASS_COLUMNS, "UTC")
READING = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION)


class QueryQuestion(serializers.Serializer):
    """Parameters of `query/`; the lengths are those of Lasair's own serializer."""

    selected = serializers.CharField(max_length=4096)
    tables = serializers.CharField(max_length=1024)
    conditions = serializers.CharField(max_length=4096, allow_blank=True)
    limit = serializers.IntegerField(min_value=0, max_value=1_000_000, default=1000)
    offset = serializers.IntegerField(min_value=0, default=0)


class Query(LasairView):
    """Rows of `objects`, `sherlock_classifications` and `crossmatch_tns`, by SQLite; 400 with its words if bad."""

    question = QueryQuestion

    def reply(self, world: World, question: dict[str, Any]) -> Response:
        """The rows, as many as the token may have."""
        names_lsst = any("diaObjectId" in question[part] for part in ("selected", "conditions"))
        survey, key = ("lsst", "diaObjectId") if names_lsst else ("ztf", "objectId")
        now_mjd = world.clock.mjd_utc()
        tables = [table.strip() for table in question["tables"].split(",")]
        conditions = question["conditions"].strip()
        joins = [f"objects.{key} = {table}.{key}" for table in tables if table != "objects"]
        where = joins if conditions.lower().startswith("order") else [*joins, *([conditions] if conditions else [])]
        order = conditions if conditions.lower().startswith("order") else ""
        clauses = f"FROM {', '.join(tables)} {_where(where)} {order} LIMIT ? OFFSET ?"
        sql = f"SELECT {question['selected']} {clauses}"
        limit = min(question["limit"], most_rows(self.request.auth))
        try:
            with closing(_database(world, survey, key, now_mjd)) as database:
                rows = database.execute(sql, (limit, question["offset"])).fetchall()
        except sqlite3.Error as error:
            return Response({"error": f"Your query:<br/><b>{sql}</b><br/>returned the error<br/><i>{error}</i>"}, 400)
        return Response([without_nan(dict(row)) for row in rows])


def _where(clauses: list[str]) -> str:
    return f"WHERE {' AND '.join(clauses)}" if clauses else ""


def _database(world: World, survey: str, key: str, now_mjd: float) -> sqlite3.Connection:
    """The tables in memory, open for reading only."""
    rows = world.archive.rows(survey, now_mjd)
    known = rows or world.archive.rows(survey, math.inf)  # a table that is empty yet has its columns, too
    columns = [name for name in dict.fromkeys(name for row in known for name in row) if name not in ELSEWHERE]
    database = sqlite3.connect(":memory:")
    database.row_factory = sqlite3.Row
    classes = []
    for row in rows:
        found = [row.pop(name) for name in CLASS_COLUMNS if name in row]
        sherlock = str(found[0]) if found and found[0] is not None else None
        classes.append((row[key], world.catalogues.sherlock.get(str(row[key]), sherlock)))
        changed = row.pop("UTC")
        if survey == "lsst":  # ZTF's table has no such column
            row["timestamp"] = changed
    columns += ["timestamp"] if survey == "lsst" else []
    values = [[row.get(name) for name in columns] for row in rows]
    places = ", ".join("?" * len(columns))
    database.execute(f"CREATE TABLE objects ({', '.join(columns)})")
    database.executemany(f"INSERT INTO objects VALUES ({places})", values)  # noqa: S608 - question marks
    database.execute(f"CREATE TABLE sherlock_classifications ({key}, classification)")
    database.executemany("INSERT INTO sherlock_classifications VALUES (?, ?)", classes)
    database.execute(f"CREATE TABLE crossmatch_tns ({key}, {', '.join(TNS_COLUMNS)})")
    database.executemany(
        "INSERT INTO crossmatch_tns VALUES (?, ?, ?, ?, ?, ?)",
        [
            (row[key], *(entry.get(name) for name in TNS_COLUMNS))
            for row in rows
            if (entry := world.catalogues.tns.get(str(row[key])))
        ],
    )
    database.create_function("mjdnow", 0, lambda: now_mjd + TAI_MINUS_UTC_D)
    database.create_function("jdnow", 0, lambda: now_mjd + JD_MINUS_MJD)
    database.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in READING else sqlite3.SQLITE_DENY)
    return database
