"""The views *Report* and *Dask*: what a run reported, and what Dask did for one of its tasks."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tides.hooks import dask_reports
from tides.journal.red_tasks import failures
from tides.page import render
from tides.page.frame import MOST_TARGETS, READ, reading, view
from tides.reports.rows import Attempt, Checked, LastRun, RedOfRun, ask
from tides.settings.model import load_settings

MOST_BATCHES = 50
"""How many batches of Dask a view lists."""

views = APIRouter(dependencies=[READ])


@views.get("/run")
def run(request: Request, run_id: str = "", dag_id: str = "") -> Response:
    """The report of a run by Airflow's id, with those of its other attempts; without one, of the newest live run.

    Of a check of objects also what its newest attempt said of each.
    """
    with reading() as connection:
        newest = next(iter(ask(connection, LastRun, "page/last_run", {"until": datetime.now(UTC)})), None)
        run_id = run_id or (newest.run_id if newest else "")
        asked = {"run": run_id, "dag": dag_id}
        attempts = ask(connection, Attempt, "page/attempts", asked)
        red = ask(connection, RedOfRun, "page/red_of_attempts", asked)
        given = {"run": attempts[0].run_id if attempts else "", "most": MOST_TARGETS}
        checked = ask(connection, Checked, "page/checked", given)
    failed = {each.run_id: failures(task for task in red if task.run_id == each.run_id) for each in attempts}
    reports = [(each, render.report_html(each.report) if each.report else None) for each in attempts]
    data = {"run_id": run_id, "dag_id": dag_id, "attempts": attempts, "failed": failed, "checked": checked}
    # The navigation leads to the newest report: the tab of an older run is none of its views.
    is_newest = newest.run_id in (run_id, *failed) if newest else not run_id
    return view(request, "run.html", data, reports=reports, is_newest=is_newest)


@views.get("/dask")
def dask(request: Request, run_id: str = "", map_index: int = -1) -> Response:
    """What Dask did for a task instance of `evaluate`."""
    folder = load_settings().evaluation.reports_folder
    report = dask_reports.read(dask_reports.file_of(folder, run_id, map_index)) if folder else None
    longest = sorted(report.batches, key=lambda batch: batch.compute_s, reverse=True) if report else []
    data = {"run_id": run_id, "map_index": map_index, "report": report}
    return view(
        request, "dask.html", data, longest=longest[:MOST_BATCHES],
        workers=dask_reports.shares(report) if report else [],
        began=datetime.fromtimestamp(report.began, UTC) if report else None,
    )  # fmt: skip
