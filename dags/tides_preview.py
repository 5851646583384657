"""# What would an edit change?

A person starts it with a form: selection functions, settings, or both, as they shall be. The task judges by them what
the bridge has stored. It says what enters, leaves, ends and begins, and what becomes of the live targets and their
fibre hours, night by night. The task's log has the answer. Where `checks.folder` names a place for files, it gets
`changes.csv` and `nights.csv`. No service is called, and nothing is stored. If the form asks for it, the counts are
kept beside the person's name: the epoch that the edit opens will show them.

What it looks at, and what it cannot know: `docs/selection.md`.
"""

from typing import Any

import own_library  # noqa: F401 first: the library of the same commit
from airflow.sdk import Param, get_current_context, task

from tides.efficiency.lifetimes import nights_live
from tides.hooks.database import open_database
from tides.runs.airflow import bridge_dag, in_log, step
from tides.settings.model import load_settings
from tides.settings.yaml_text import MOST_BYTES

SETTINGS = load_settings()
TEXT: dict[str, Any] = {"type": ["null", "string"], "format": "multiline", "maxLength": MOST_BYTES}


# Several people may ask at the same time: a recorded preview is a row of its own.
@bridge_dag(
    __doc__,
    SETTINGS.tasks,
    schedule=None,
    most_runs=16,
    tags=["database"],
    # A year of stored objects takes longer than a task of the hourly run.
    task_limit_s=SETTINGS.tasks.run_limit_s,
    params={
        "functions": Param(None, description="Edited functions, as in selection_functions.yaml; others stay", **TEXT),
        "settings": Param(None, description="Edited settings, as in bridge.yaml; others stay", **TEXT),
        "nights": Param(30, type="integer", minimum=1, maximum=400, description="How many nights to look back"),
        "reason": Param(
            None,
            type=["null", "string"],
            maxLength=500,
            description="Why the edit is made: given, the counts are kept for the epoch that the edit opens",
        ),
        "folder": Param(
            None,
            type=["null", "string"],
            maxLength=200,
            description="The folder to write tables to, below `checks.folder`; empty: one of the run's own",
        ),
    },
)
def tides_preview() -> None:
    @task
    def preview() -> str:
        from tides.evaluation.edits import edit_of, edited, record
        from tides.evaluation.preview import preview as preview_edit
        from tides.evaluation.previewed import write_tables
        from tides.foreign import quoted
        from tides.hooks.results import place_of, written_to

        context = get_current_context()
        asked = context["params"]
        with step() as run:
            place = place_of(SETTINGS.checks, asked["folder"], run.run_id)
            settings, functions = edited(asked["functions"], asked["settings"])
            with open_database("preview", read_only=True) as database:
                edit = edit_of(database, settings, functions)
                result = preview_edit(database, edit, settings.enabled_streams(), asked["nights"], nights_live, print)
            said = result.in_words()
            with written_to(place) as folder:
                if folder:
                    write_tables(result, folder)
                    said.append(f"written: {place}")
            if asked["reason"]:
                by = context["dag_run"].triggering_user_name or "unknown"
                with open_database("preview") as database:
                    record(database, edit, result.numbers(), quoted(by), quoted(asked["reason"]))
                said.append(f"recorded, by {quoted(by)}")
        return in_log("\n".join(said))

    preview()


tides_preview()
