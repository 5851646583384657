"""`sherlock/object/`: Sherlock's class of an object, with all catalogue entries near it."""

from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from sandbox.sky.crossmatches import best_of, description, lite, rows_of
from sandbox.standins.lasair.views import LasairView, without_nan
from sandbox.standins.world import World


class SherlockObjectQuestion(serializers.Serializer):
    """Parameters of `sherlock/object/`."""

    objectId = serializers.CharField(max_length=64)  # noqa: N815 - Lasair's name
    lite = serializers.BooleanField(default=False)


class SherlockObject(LasairView):
    """One object of either survey. A test's entries take the place of the sky's."""

    question = SherlockObjectQuestion

    def reply(self, world: World, question: dict[str, Any]) -> Response:
        """`classifications` and `crossmatches`; for an unknown object 404 (LSST) or 400 (ZTF), each with its words."""
        name = question["objectId"].strip()
        laid_down = world.catalogues.crossmatches.get(name)
        position = _position(world, name)
        if position is None and laid_down is None:
            return _unknown(name)
        matches = world.archive.matches(_key(name)) if laid_down is None else laid_down
        rows = rows_of(name, *(position or _position_of_first(matches)), matches)
        sherlock = _class(world, name, rows, laid_down is not None)
        classifications = {} if sherlock is None else {name: [sherlock, description(best_of(rows))]}
        crossmatches = lite(rows) if question["lite"] else rows
        return Response(without_nan({"classifications": classifications, "crossmatches": crossmatches}))


def _class(world: World, name: str, rows: list[dict[str, Any]], laid_down: bool) -> str | None:
    """What catalogues have come to say, else the best match's class where matches were laid down, else the sky's."""
    if name in world.catalogues.sherlock:
        return world.catalogues.sherlock[name]
    if laid_down:
        best = best_of(rows)
        return "ORPHAN" if best is None else best["association_type"]
    return world.archive.sherlock_class(_key(name))


def _key(name: str) -> str | int:
    return int(name) if name.isdecimal() else name


def _position(world: World, name: str) -> tuple[float, float] | None:
    """Right ascension and declination (ICRS degrees) of an object of which something is known; else None."""
    key, now_mjd = _key(name), world.clock.mjd_utc()
    if isinstance(key, int):
        found = world.archive.lsst_object(key, now_mjd)
        return None if found is None else (found["diaObject"].get("ra", 0.0), found["diaObject"].get("decl", 0.0))
    points = (world.archive.ztf_light_curve(key, now_mjd) or {"candidates": []})["candidates"]
    return (points[0].get("ra", 0.0), points[0].get("dec", 0.0)) if points else None


def _position_of_first(matches: list[dict[str, Any]]) -> tuple[float, float]:
    """The position of an object that the sky lacks: that of its first match (ICRS degrees)."""
    first = matches[0] if matches else {}
    return first.get("raDeg", 0.0), first.get("decDeg", 0.0)


def _unknown(name: str) -> Response:
    """LSST's and ZTF's ways to say it."""
    said = f"Object {name} not found"
    return Response({"message": said}, status=404) if name.isdecimal() else Response({"error": said}, status=400)
