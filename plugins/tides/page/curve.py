"""The light curve of an object: its numbers as JSON, and the figure that static/curve.js puts into other views."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response

from tides.foreign import quoted
from tides.functions.functions import load_functions
from tides.page.curve_figure import Dates, Scale, figure_json
from tides.page.frame import READ, asks_json, json_of, reading, view
from tides.photometry.colours import Theme
from tides.reports.curve import functions_on, read_curve
from tides.reports.curve_words import COLUMNS, notes, row
from tides.settings.model import load_settings

views = APIRouter(dependencies=[READ])


@views.get("/light-curve")
def light_curve(
    request: Request, survey: str = "", object_id: Annotated[str, Query(alias="object")] = "", function: str = ""
) -> Response:
    """A view of one light curve alone."""
    return view(request, "light_curve.html", {"survey": survey, "object_id": object_id, "function": function})


@views.get("/curve.json")
def curve(
    request: Request, survey: str = "", object_id: Annotated[str, Query(alias="object")] = "", function: str = "",
    scale: Scale = "mag", dates: Dates = "utc", theme: Theme = "light",
) -> Response:  # fmt: skip
    """The light curve, as one of the functions in use counts it. With `format=json` the numbers alone."""
    settings = load_settings()
    if survey not in settings.surveys:
        raise HTTPException(404, f"There is no survey {quoted(survey)}.")
    used = functions_on(settings.enabled_streams(), load_functions(), survey)
    with reading() as connection:
        found = read_curve(connection, survey, object_id, used, function)
    if asks_json(request):
        return json_of(found)
    counted = used[found.function] if found.function else None
    has_points = bool(found.points.shown)
    return json_of(
        {
            "function": found.function,
            "functions": found.functions,
            "notes": notes(found),
            "columns": COLUMNS,
            "rows": [row(point, counted) for point in found.points.shown] if counted else [],
            "figure": figure_json(found, counted, scale, dates, theme) if counted and has_points else None,
        }
    )
