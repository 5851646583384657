"""The report of a day's search for host galaxies, in Markdown: what was asked, known, and wanted at 4MOST."""

from collections.abc import Sequence
from typing import Any

from tides.database.session import Connection
from tides.foreign import LONGEST_DETAIL, in_markdown
from tides.journal.red_tasks import Red
from tides.reports.red import failed_part
from tides.reports.run import as_table

NOTES_SHOWN = 20


def hosts_report(connection: Connection, run_id: str, found: Sequence[dict[str, Any]], red: Red) -> str:
    """The report of the run `run_id`; `found` are the results of its tasks, `red` its red tasks."""
    asked, with_host = sum(f["asked"] for f in found), sum(f["with_host"] for f in found)
    done = f"of {asked} objects {with_host} have a galaxy that may be their host"
    parts = ["# TiDES hosts", f"**{'Not good' if red.tasks else 'Good'}:** {done}.", f"Run `{run_id}`."]
    parts += failed_part(red, "The next day asks for the rest.")
    columns = ("survey", "asked", "with_host", "broken", "waiting")
    parts.append("## Asked of Sherlock\n\n" + as_table([[f[name] for name in columns] for f in found], columns))
    states = connection.execute(
        "SELECT r.words AS reason, count(*) AS galaxies, count(h.pk_4most) AS at_4most"
        " FROM tides.tides_hosts AS h JOIN tides.reason_in_words AS r USING (tides_id)"
        " GROUP BY h.why, r.words ORDER BY count(*) DESC, h.why, r.words"
    ).fetchall()
    parts.append(
        "## Galaxies\n\n" + as_table([list(row.values()) for row in states], ("reason", "galaxies", "at 4MOST"))
    )
    notes = [f"- {done['survey']}: {in_markdown(note, LONGEST_DETAIL)}" for done in found for note in done["notes"]]
    return "\n\n".join([*parts, *(["\n".join(notes[:NOTES_SHOWN])] if notes else [])]) + "\n"
