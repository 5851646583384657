"""The view *Held and not sent*: what is live and not at 4MOST, and what the guard holds."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tides.fourmost.guard import release_command
from tides.page.acts import RELEASES, lately
from tides.page.frame import MOST_TARGETS, READ, May, reading, view
from tides.reports.now import standing
from tides.reports.rows import Held, LastRun, NotSent, ask
from tides.settings.model import load_settings

views = APIRouter(dependencies=[READ])


@views.get("/held")
def held(request: Request, edits: May) -> Response:
    """The view."""
    moment = datetime.now(UTC)
    with reading() as connection:
        found = ask(connection, NotSent, "page/not_sent", {"most": MOST_TARGETS})
        floods = ask(connection, Held, "page/held")
        run = next(iter(ask(connection, LastRun, "page/last_run", {"until": moment})), None)
        released = lately(connection, moment, *RELEASES)
        stands = standing(connection, run, load_settings().alarms.no_good_run_h)
    numbers = {each.cause: each.number for each in found}
    commands = list(dict.fromkeys(release_command(flood.held, run.run_id) for flood in floods)) if run else []
    data = {"targets": found, "floods": floods, "numbers": numbers, "run": run, "released": released}
    return view(request, "held.html", data, moment=moment, commands=commands, edits=edits, standing=stands)
