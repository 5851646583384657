"""Every request that the app of the page TiDES answers, from its own table of routes: none can be forgotten."""

import re

from fastapi.routing import APIRoute

from tides.page.app import app, open_to_all

PARTS = {"name": "page.css", "end": "csv", "ticket": "made-up", "place": "no-such-view"}
"""A value for each part of a path that varies."""

ALIVE = "/alive"
"""The one path that needs no login."""

BY_TICKET = "/taken/made-up/targets.vot"
"""The path that opens by the ticket in it: a login is not asked for, and helps nobody."""

BY_TOKEN = "/metrics"
"""The path that opens by the token of the connection `tides_metrics`, and by no login."""


def closed_requests() -> list[tuple[str, str]]:
    """The method and the path of each request that needs a login; the paths begin below `/tides`."""
    found = []
    for route in app.routes:
        assert isinstance(route, APIRoute), f"{route} answers by itself, and no test knows what"
        if route.path != ALIVE:
            path = re.sub(r"\{(\w+)(:path)?\}", lambda part: PARTS[part[1]], route.path)
            found += [(method, path) for method in sorted(route.methods)]
    assert [route.path for route in open_to_all.routes if isinstance(route, APIRoute)] == [ALIVE]
    return found
