"""The record of changes: which filter, function, template and limit has made the selection, and since when."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tides.database.session import Connection
from tides.database.statements import statement
from tides.evaluation.surveys import note_surveys
from tides.functions.functions import Function, functions_of
from tides.journal.events import close_unseen
from tides.journal.kinds import Kind
from tides.runs.context import RunContext
from tides.settings.model import Settings


@dataclass(frozen=True)
class Content:
    """What a filter, function, template or limit says; None: it is not in use."""

    kind: str
    subject: str
    content: dict[str, Any] | None


def open_epochs(
    connection: Connection, run: RunContext, settings: Settings, functions: Mapping[str, Function]
) -> list[str]:
    """Records what has changed since the last live run. Where functions changed, the stream's candidates wait again.

    Also writes the surveys as the SQL steps read them. Gives the changes in words. A replay and a dry run change
    nothing. Raises SettingsError for a function in use that does not exist or that its stream cannot serve.
    """
    # Before the look at the lane: a replay, too, must fail where a function in use does not exist.
    present = [asdict(content) for content in contents_of(settings, functions)]
    if not run.live or run.dry:
        return []
    note_surveys(connection)
    close_unseen(connection, [Kind.CONTRADICTION], datetime.now(UTC) - timedelta(days=1))
    with connection.transaction():
        # Two runs at once would both compare with the same last epoch, and record each change twice.
        # A lock on the table needs the right to change its rows, which no task has.
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('tides_epochs'))")
        parameters = {"present": json.dumps(present), "run_id": run.run_id}
        changed = connection.execute(statement("evaluation/open_epochs"), parameters).fetchall()
        streams = sorted({row["subject"].split("/")[0] for row in changed if row["kind"] == "function"})
        if streams:
            connection.execute(statement("evaluation/judge_again"), {"streams": streams})
    return [f"{row['kind']} {row['subject']}{'' if row['content'] else ' (no longer in use)'}" for row in changed]


def contents_of(settings: Settings, functions: Mapping[str, Function]) -> list[Content]:
    """What the selection is made of, by settings and functions.

    Raises SettingsError for a function in use that does not exist or that its stream cannot serve.
    """
    streams = settings.enabled_streams()
    # A default is left out where it is not set: a new setting is no change of what there was before it.
    used = [
        (
            f"{name}/{function.name}",
            {"hash": function.hash, "says": function.written, **use.model_dump(exclude_none=True)},
        )
        for name, stream in streams.items()
        for use, function in zip(stream.functions, functions_of(stream, functions), strict=True)
    ]
    limits = {
        "live": settings.live,
        "reach": settings.reach,
        "identity": settings.identity,
        "reclassified": settings.reclassified,
        **{f"live of {survey}": live for survey, live in settings.survey_live().items()},
    }
    rows = [
        *(("filter", name, stream.filter.model_dump(mode="json")) for name, stream in streams.items()),
        *(("function", subject, content) for subject, content in used),
        *(
            ("template", name, template.model_dump(mode="json", exclude_defaults=True))
            for name, template in settings.targets.items()
        ),
        *(("limits", name, part.model_dump(mode="json")) for name, part in limits.items()),
    ]
    return [Content(kind, subject, content) for kind, subject, content in rows]
