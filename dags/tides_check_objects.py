"""# What would a function say of these objects?

A person starts it with a form: a list of object ids, and a selection function. The function is named, or written into
the form. The task asks Lasair for each object's light curve of now, within the quota of the hour. That is one call for
an object of LSST, and one call for fifty of ZTF. The tab *Report* of the run has the verdict on each object, with value
and limit of each criterion. The table `tides.checked_object` keeps them. Where the setting `checks.folder` names a
place for files, it gets `verdicts.csv`, `verdicts.parquet` and one light-curve plot for each object. Nothing is merged,
and nothing is told to 4MOST. A run that could judge no object at all is red.

How to write functions and read verdicts: `docs/selection.md`.
"""

from functools import partial

import own_library  # noqa: F401 first: the library of the same commit
from airflow.sdk import Param, get_current_context, task

from tides.functions.functions import load_functions
from tides.hooks.run import in_run
from tides.runs.airflow import begun, bridge_dag, in_log, step
from tides.settings.model import load_settings
from tides.settings.yaml_text import MOST_BYTES

SETTINGS = load_settings()
FUNCTIONS = list(load_functions())
SURVEYS = list(SETTINGS.surveys)
FIRST = next(iter(SETTINGS.enabled_streams().values())).functions[0].name


# Several people may ask at the same time: each run stores rows of its own.
@bridge_dag(
    __doc__,
    SETTINGS.tasks,
    schedule=None,
    most_runs=16,
    tags=["lasair"],
    params={
        "survey": Param(SURVEYS[0], enum=SURVEYS, description="Whose object ids these are"),
        "objects": Param(
            [],
            type="array",
            items={"type": "string", "maxLength": 100},
            maxItems=2000,
            description="Object ids, one a line",
        ),
        "function": Param(FIRST, enum=FUNCTIONS, description="The selection function to judge by"),
        "yaml": Param(
            None,
            type=["null", "string"],
            format="multiline",
            maxLength=MOST_BYTES,
            description="A function given on the spot, as in selection_functions.yaml; taken instead of the one above",
        ),
        "format": Param("png", enum=["png", "svg"], description="The format of the plots"),
        "folder": Param(
            None,
            type=["null", "string"],
            maxLength=200,
            description="The folder to write files to, below `checks.folder`; empty: one of the run's own",
        ),
    },
)
def tides_check_objects() -> None:
    @task(pool="lasair")
    def check_objects() -> str:
        from tides.brokers import quota
        from tides.checks.kept import keep
        from tides.checks.objects import asked_function, stream_of
        from tides.checks.objects import check_objects as check
        from tides.hooks.broker import client_of
        from tides.hooks.results import place_of, written_to

        asked = get_current_context()["params"]
        with step() as this:
            # Before any call of Lasair, which costs quota.
            function = asked_function(asked["function"], asked["yaml"])
            place = place_of(SETTINGS.checks, asked["folder"], this.run_id)
            stream = stream_of(SETTINGS.enabled_streams(), asked["survey"])
            ids = [object_id.strip() for object_id in asked["objects"] if object_id.strip()]
        with in_run("check-objects") as (run, database):
            lasair = client_of(stream)
            token, limit = lasair.token_digest(stream.survey), SETTINGS.lasair.calls_an_hour
            calls = partial(quota.take, database, token, limit=limit)
            with written_to(place) as folder:
                answer = check(stream, ids, function, lasair, calls, folder, asked["format"])
            said = in_log(keep(database, run, begun(), answer, str(place) if place else None))
            answer.demand_a_verdict()
        return said

    check_objects()


tides_check_objects()
