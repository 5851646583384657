"""# What would a function say of these objects?

Started by hand, with a form: a list of object ids, and a selection function by name or written into the form. Asks
Lasair for each object's light curve of now (one call an object of LSST, one call for fifty of ZTF, within the hour's
quota), judges it, and writes `verdicts.csv`, `verdicts.parquet` and a light-curve plot an object into a folder, which
the task's log names. Nothing is stored, nothing is told to 4MOST.

How functions are written and verdicts are read: `docs/selection.md`.
"""

import tempfile
from pathlib import Path

from airflow.sdk import Param, get_current_context, task

from tides.functions.functions import load_functions
from tides.hooks.database import open_database
from tides.runs.airflow import bridge_dag, step
from tides.settings.model import load_settings

SETTINGS = load_settings()
FUNCTIONS = list(load_functions())


# Several people may ask at the same time: nothing is stored.
@bridge_dag(
    __doc__,
    SETTINGS.tasks,
    schedule=None,
    most_runs=16,
    tags=["lasair"],
    params={
        "survey": Param("lsst", enum=["lsst", "ztf"], description="Whose object ids these are"),
        "objects": Param([], type="array", items={"type": "string"}, description="Object ids, one a line"),
        "function": Param("tidesSNLSST", enum=FUNCTIONS, description="The selection function to judge by"),
        "yaml": Param(
            None,
            type=["null", "string"],
            format="multiline",
            description="A function given on the spot, as in selection_functions.yaml; taken instead of the one above",
        ),
        "format": Param("png", enum=["png", "svg"], description="The format of the plots"),
        "folder": Param(
            None,
            type=["null", "string"],
            description="Where to write, on the worker; empty: a folder of the run's own in the temporary folder",
        ),
    },
)
def tides_check_objects() -> None:
    @task(pool="lasair")
    def check_objects() -> str:
        from tides.brokers import quota
        from tides.checks.objects import asked_function, stream_of
        from tides.checks.objects import check_objects as check
        from tides.hooks.lasair import LasairHook

        asked = get_current_context()["params"]
        with step() as run, open_database("check-objects") as database:
            lasair, stream = LasairHook(), stream_of(SETTINGS, asked["survey"])
            token, limit = lasair.token_digest(stream.survey), SETTINGS.lasair.calls_an_hour
            folder = Path(asked["folder"] or Path(tempfile.gettempdir()) / "tides_check" / run.run_id.replace("/", "_"))
            function = asked_function(asked["function"], asked["yaml"])
            ids = [object_id.strip() for object_id in asked["objects"] if object_id.strip()]
            text = check(
                stream, ids, function, lasair, lambda n: quota.take(database, token, n, limit), folder, asked["format"]
            )
        print(text)
        return text

    check_objects()


tides_check_objects()
