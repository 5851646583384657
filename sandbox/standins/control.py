"""The control address: how a test or a demo changes the stand-ins. It speaks JSON and needs no authorisation."""

import json

from django.core.cache import cache
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sandbox.sky.clock import parse_now
from sandbox.standins.faults import rule_from
from sandbox.standins.fourmost.models import Transient
from sandbox.standins.world import World


@require_http_methods(["GET", "POST", "DELETE"])
def faults(request: HttpRequest) -> JsonResponse:
    """GET: the rules. POST: adds one rule or a list of them. DELETE: removes all."""
    world = _world(request)
    if request.method == "DELETE":
        world.faults.clear()
    if request.method == "POST":
        try:
            content = json.loads(request.body)
            world.faults.add([rule_from(entry) for entry in (content if isinstance(content, list) else [content])])
        except (ValueError, TypeError) as error:
            return JsonResponse({"error": f"no fault was set: {error}"}, status=400)
    return JsonResponse(world.faults.as_json(), safe=False)


@require_GET
def calls(request: HttpRequest) -> JsonResponse:
    """The requests to the stand-ins since the start or the last reset."""
    return JsonResponse(_world(request).calls.as_json())


@require_POST
def ingest(request: HttpRequest) -> JsonResponse:
    """The operations system's daily ingestion: every row without a `date_ingested` gets it and its two OSTD ids."""
    rows = list(Transient.objects.filter(date_ingested=None))
    for row in rows:
        row.date_ingested = timezone.now()
        row.ostd_targ_id = 9_000_000 + row.id
        row.ostd_u_obj_id = 5_000_000_000 + row.id
    Transient.objects.bulk_update(rows, ["date_ingested", "ostd_targ_id", "ostd_u_obj_id"], batch_size=200)
    return JsonResponse({"ingested": len(rows)})


@require_http_methods(["GET", "POST"])
def targets(request: HttpRequest) -> JsonResponse:
    """GET: all rows at 4MOST, of every survey, in order of `id`. POST: further ones, as many as there are, at once."""
    if request.method == "POST":
        rows = [Transient(**row) for row in json.loads(request.body)]
        Transient.objects.bulk_create(rows, batch_size=200)
        return JsonResponse({"added": len(rows)})
    return JsonResponse(list(Transient.objects.order_by("id").values()), safe=False)


@require_GET
def truth(request: HttpRequest) -> JsonResponse:
    """The sky's truth; 404 for recorded objects, whose truth is unknown."""
    world = _world(request)
    sources = world.archive.truth()
    if sources is None:
        return JsonResponse({"error": "recorded objects have no known truth"}, status=404)
    return JsonResponse({"now": world.clock.now.isoformat(), "sources": sources})


@require_POST
def clock(request: HttpRequest) -> JsonResponse:
    """POST {"at": ISO time}: Lasair serves what was known then, from now on; 400 when it is no time."""
    try:
        _world(request).clock.go_to(parse_now(json.loads(request.body)["at"]))
    except (ValueError, TypeError, KeyError) as error:
        return JsonResponse({"error": f"the clock was not set: {error}"}, status=400)
    return JsonResponse({"mjd_utc": _world(request).clock.mjd_utc()})


@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> JsonResponse:
    """POST {"calls"?, "status"?, "one_a_user"?}: how 4MOST's tokens behave from now on. GET: how many it gave since."""
    habits = _world(request).tokens
    if request.method == "POST":
        try:
            habits.behave(**json.loads(request.body))
        except (ValueError, TypeError) as error:
            return JsonResponse({"error": f"the tokens are as they were: {error}"}, status=400)
    return JsonResponse({"given": habits.given})


@require_GET
def annotations(request: HttpRequest) -> JsonResponse:
    """The annotations of users, the newest of each topic and object."""
    return JsonResponse(list(_world(request).annotations.values()), safe=False)


@require_POST
def catalogues(request: HttpRequest) -> JsonResponse:
    """POST a list of {"object", "sherlock"?, "tns"?, "crossmatches"?}; 400 for anything else.

    What `query/` and `sherlock/object/` tell from now on.
    """
    try:
        _world(request).catalogues.say(json.loads(request.body))
    except (ValueError, TypeError, KeyError) as error:
        return JsonResponse({"error": f"the catalogues are as they were: {error}"}, status=400)
    return JsonResponse({})


@require_POST
def reset(request: HttpRequest) -> JsonResponse:
    """Removes faults, calls, catalogue entries, annotations and rows at 4MOST; resets quota and clock. Keys go on."""
    world = _world(request)
    world.clock.go_to(world.clock.now)
    world.faults.clear()
    world.tokens.behave()
    world.calls.clear()
    world.catalogues.clear()
    world.annotations.clear()
    cache.clear()
    deleted, _ = Transient.objects.all().delete()
    return JsonResponse({"deleted": deleted})


def _world(request: HttpRequest) -> World:
    return request.META["sandbox.world"]
