"""What ends soon: certificates, as they were looked at, and tokens, by the dates that the settings name."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from tides.database.session import Connection
from tides.database.statements import statement
from tides.foreign import quoted
from tides.journal.events import close_event, note_event
from tides.journal.kinds import Kind
from tides.settings.sections import Alarms


def note_ends(connection: Connection, alarms: Alarms, certificates: Mapping[str, datetime | None]) -> list[str]:
    """Opens, keeps or closes the event of each thing that ends; gives what ends soon, in words.

    `certificates` are their ends (UTC) by name. One whose end could not be read keeps its event as it is.
    """
    tokens = {f"token {name}": datetime.combine(day, time(), UTC) for name, day in alarms.tokens_end.items()}
    ends = {**certificates, **tokens}
    found = []
    with connection.transaction():
        (clock,) = connection.execute("SELECT now() AS now").fetchall()
        for name, end in ends.items():
            if end is None:
                continue
            left = end - clock["now"]
            if left > timedelta(days=alarms.ends_within_d):
                close_event(connection, Kind.ENDS_SOON, name)
                continue
            words = f"{'ended' if left < timedelta(0) else 'ends'} on {end:%Y-%m-%d %H:%M} UTC, {_in_days(left)}"
            note_event(connection, Kind.ENDS_SOON, name, {"words": f"{name} {words}", "end": end.isoformat()})
            found.append(f"{name} {words}")
        # Nobody uses any more what no connection names.
        given = {"kind": Kind.ENDS_SOON.value, "subjects": [quoted(name) for name in ends]}
        connection.execute(statement("alarms/close_gone"), given)
    return found


def _in_days(left: timedelta) -> str:
    days = abs(left) // timedelta(days=1)
    what = f"{days} day{'' if days == 1 else 's'}"
    return f"{what} ago" if left < timedelta(0) else f"in {what}"
