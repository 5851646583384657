"""The view *Targets*: the list, filtered and sorted, page by page; and all of it as a file."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from tides.page.frame import POLICY, READ, json_of, reading, view
from tides.page.target_address import Asked, read_address
from tides.page.tickets import TICKET, issue
from tides.reports.now import standing
from tides.reports.rows import LastRun, ask
from tides.reports.targets import (
    COUNTED,
    FEW,
    SCOPES,
    SORTS,
    STATES,
    Page,
    read_all,
    read_choices,
    read_page,
)
from tides.sample.export import in_words, of_kind
from tides.sample.formats import FORMATS, write_csv
from tides.sample.listed import LISTED
from tides.settings.model import Settings, load_settings
from tides.targets.why import Why
from tides.version import code_version

MOST = 100
"""How many targets a page has."""

MOST_IN_A_FILE = 50_000
"""How many targets a file has at most: more than are live at once. `tides export` has no such limit."""

FILES: Mapping[str, tuple[str, str, Any]] = {
    "csv": ("CSV", "text/csv; charset=utf-8", write_csv),
    "vot": ("VOTable", "application/x-votable+xml", FORMATS["votable"][1]),
    "parquet": ("Parquet", "application/vnd.apache.parquet", FORMATS["parquet"][1]),
    "ecsv": ("ECSV", "text/plain; charset=utf-8", FORMATS["ecsv"][1]),
}
"""The files, by the end of their names: the format, its media type, and what writes it."""

HUB = "http://localhost:21012"
"""Where a hub of SAMP listens on the viewer's own computer (SAMP 1.3, Web Profile). Only a click asks it."""

views = APIRouter(dependencies=[READ])

ticketed = APIRouter(dependencies=[TICKET])
"""What TOPCAT and Aladin fetch."""


@views.get("/targets")
def targets(request: Request) -> Response:
    """The view."""
    asked, settings = read_address(request.query_params), load_settings()
    with reading() as connection:
        choices = read_choices(connection)
        run = next(iter(ask(connection, LastRun, "page/last_run", {"until": datetime.now(UTC)})), None)
        stands = standing(connection, run, settings.alarms.no_good_run_h)
        page = None
        if not asked.faults:
            page = read_page(connection, asked.wanted, asked.order, MOST, asked.place, back=asked.back)
    changed = page is not None and page.order != asked.order
    if page:
        asked.order = page.order
    data = {
        "asked": asked.given,
        "faults": asked.faults,
        "targets": page.targets if page else [],
        "number": page.number if page and page.whole else None,
        "next": asked.after(page.after) if page and page.after else None,
        "previous": asked.before(page.before) if page and page.before else None,
    }
    answer = view(
        request, "targets.html", data, form=asked, counted=_counted(page) if page else "", changed=changed, few=FEW,
        choices={**choices, **_choices(settings)}, sorts=SORTS, files=FILES, most=MOST_IN_A_FILE,
        standing=stands,
    )  # fmt: skip
    answer.headers["Content-Security-Policy"] = f"{POLICY}; connect-src 'self' {HUB}"
    return answer


@views.get("/targets.samp")
def samp(request: Request) -> Response:
    """What a program is told that shall load the list: the address, below the page's, its name and its id."""
    asked = read_address(request.query_params)
    if asked.faults:
        raise HTTPException(422, "; ".join(asked.faults))
    file = f"taken/{issue(asked.address())}/targets.vot"
    return json_of({"file": file, "name": "TiDES targets", "id": f"tides-targets{asked.address()}"})


@ticketed.get("/taken/{ticket}/targets.vot")
def taken(address: Annotated[str, TICKET]) -> Response:
    """The list of a ticket, as it is now."""
    content, _ = file_of(read_address(dict(parse_qsl(address.removeprefix("?")))), "vot")
    return Response(content, media_type=FILES["vot"][1])


@views.get("/targets.{end}")
def file(request: Request, end: str) -> Response:
    """All that the list has, on all its pages, as a file."""
    if end not in FILES:
        raise HTTPException(404, f"There is no such format: there are {', '.join(FILES)}.")
    asked = read_address(request.query_params)
    if asked.faults:
        raise HTTPException(422, "; ".join(asked.faults))
    content, whole = file_of(asked, end)
    name = f"tides-targets.{end}" if whole else f"tides-targets-first-{MOST_IN_A_FILE}.{end}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=FILES[end][1], headers=headers)


def file_of(asked: Asked, end: str) -> tuple[bytes, bool]:
    """The targets that an address asks for, in a format of `FILES`; and whether these are all."""
    with reading(still=True) as connection:
        found, more = read_all(connection, asked.wanted, asked.order, MOST_IN_A_FILE)
    about = {
        "list": "TiDES targets for 4MOST",
        "as of": f"{in_words(datetime.now(UTC))} (UTC)",
        "asked": asked.address(),
        "code": code_version(),
        "rows": f"the first {MOST_IN_A_FILE} of more" if more else f"{len(found)}",
    }
    values = {c.name: [of_kind(c, getattr(target, c.name)) for target in found] for c in LISTED.columns}
    with TemporaryDirectory() as folder:
        made = Path(folder) / f"targets.{end}"
        FILES[end][2](made, LISTED, values, about)
        return made.read_bytes(), not more


def _choices(settings: Settings) -> dict[str, list[str]]:
    """What a person can choose from, by the settings and by what the code knows."""
    templates = settings.targets.values()
    bands = {name for template in templates for bands in template.mag_type.values() for name in bands.values()}
    return {
        "scope": list(SCOPES),
        "state": list(STATES),
        "why": list(Why),
        "subsurvey": sorted({template.subsurvey for template in templates}),
        "band": sorted(bands),
        "decision": ["veto", "force"],
    }


def _counted(page: Page) -> str:
    """How many targets there are, as far as they are counted."""
    number = f"{page.number:,}"
    if page.whole:
        return f"{number} target{'' if page.number == 1 else 's'}"
    if page.number > COUNTED:
        return f"more than {COUNTED:,} targets"
    return f"at least {number} targets, of the next that were looked at"
