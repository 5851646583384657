"""What the words stand for that `trace` is asked for: targets, and objects that never became one."""

from dataclasses import dataclass

from tides.database.session import Connection
from tides.foreign import quoted
from tides.reports.objects import Object, seen_objects
from tides.reports.screen import moment, table
from tides.reports.trace import targets_named
from tides.runs.context import LIVE


@dataclass(frozen=True)
class Found:
    """The targets and hosts (`tides_id`) that words stand for, and the objects that are asked for as such."""

    targets: list[int]
    objects: list[Object]

    @property
    def number(self) -> int:
        """How many things the words stand for."""
        return len(self.targets) + len(self.objects)


def look_up(connection: Connection, asked: str) -> Found:
    """What one word stands for: a name, an object id or a key at 4MOST. Two words are a survey and its object's id.

    One word for an object that is a target stands for the target; two words stand for the object itself.
    """
    survey, _, object_id = asked.rpartition(" ")
    if survey:
        return Found([], seen_objects(connection, object_id, survey))
    objects = [each for each in seen_objects(connection, object_id) if each.tides_id is None]
    return Found(targets_named(connection, asked), objects)


def listed(connection: Connection, asked: str, found: Found) -> str:
    """All that ambiguous words stand for, and how each is asked for."""
    targets = connection.execute(
        "SELECT name, kind, active FROM tides.target WHERE tides_id = ANY (%s) ORDER BY tides_id", (found.targets,)
    )
    rows = [
        {
            "ask for": quoted(row["name"]),
            "what": "host galaxy" if row["kind"] == "host" else "target",
            "how it stands": "live" if row["active"] else "not live",
        }
        for row in targets
    ]
    rows += [{"ask for": o.name, "what": "object", "how it stands": "no target"} for o in found.objects]
    return f"{quoted(asked)} stands for {found.number} things; ask for one of them:\n{table(rows)}"


def never_seen(connection: Connection, asked: str) -> str:
    """That nothing is known by these words, and until when each stream has been read to its end."""
    read = connection.execute(
        "SELECT stream, CASE WHEN bool_and(caught_up_at IS NOT NULL) THEN min(caught_up_at) END AS until"
        " FROM tides.stream_offset WHERE lane = %s GROUP BY stream ORDER BY stream",
        (LIVE,),
    )
    until = [f"{r['stream']} until {moment(r['until'])}" if r["until"] else f"{r['stream']} never" for r in read]
    return (
        f"never seen: {quoted(asked)} is no object that a stream has brought, no name of a target and no key at 4MOST."
        f"\nread to the end: {', '.join(until) or 'no stream yet'}"
    )
