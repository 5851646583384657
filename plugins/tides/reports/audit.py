"""The report of an audit, in Markdown: what the broker lost, what was asked of Lasair, what became of the targets."""

from collections.abc import Sequence
from typing import Any

from tides.database.session import Connection
from tides.foreign import LONGEST_DETAIL, in_markdown
from tides.journal.kinds import Kind
from tides.journal.red_tasks import Red
from tides.reports.red import failed_part
from tides.reports.run import as_table


def audit_report(
    connection: Connection,
    run_id: str,
    completed: Sequence[dict[str, Any]],
    refreshed: Sequence[dict[str, Any]],
    annotated: Sequence[dict[str, Any]],
    red: Red,
) -> str:
    """The report of the audit `run_id`, over all its retries.

    `completed`, `refreshed` and `annotated` are the results of its tasks; a failed one is missing. `red` are its red
    tasks.
    """
    # Read from the events and not from the results: a retry after a crash finds its first losses stored already.
    losses = connection.execute(
        "SELECT subject, detail -> 'days' AS days FROM tides.event WHERE kind = %s AND detail ->> 'run' = %s"
        " ORDER BY subject",
        (Kind.BROKER_LOST.value, run_id),
    ).fetchall()
    lost = [[row["subject"], day, objects] for row in losses for day, objects in sorted(row["days"].items())]
    taken, changed = sum(objects for _, _, objects in lost), sum(each["changed"] for each in refreshed)
    asked = sum(each["asked"] for each in refreshed)
    done = f"{taken} objects that the broker had lost are taken in; of {asked} targets {changed} have changed"
    parts = ["# TiDES audit", f"**{'Not good' if red.tasks else 'Good'}:** {done}.", f"Run `{run_id}`."]
    parts += failed_part(red, "The next audit looks again.")
    parts.append("## What the broker did not send\n\n" + as_table(lost, ("stream", "day (UTC)", "objects")))
    columns: tuple[str, ...] = ("stream", "rows", "lost", "calls", "until")
    compared = [[c[name] for name in columns] for c in completed]
    parts.append("## Compared\n\n" + as_table(compared, (*columns[:-1], "until (UTC)")))
    columns = ("stream", "asked", "unknown", "changed", "waiting", "calls")
    parts.append("## Refreshed targets\n\n" + as_table([[r[name] for name in columns] for r in refreshed], columns))
    columns = ("survey", "sent", "refused", "waiting")
    if annotated:
        parts.append(
            "## Annotations at Lasair\n\n" + as_table([[a[name] for name in columns] for a in annotated], columns)
        )
    notes = [
        f"- {done['stream']}: {in_markdown(note, LONGEST_DETAIL)}"
        for done in [*completed, *refreshed]
        for note in done["notes"]
    ]
    notes += [
        f"- annotations ({done['survey']}): {in_markdown(note, LONGEST_DETAIL)}"
        for done in annotated
        for note in done["notes"]
    ]
    return "\n\n".join([*parts, *(["\n".join(notes)] if notes else [])]) + "\n"
