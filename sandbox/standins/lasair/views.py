"""`lightcurves/` (ZTF) and `object/` (both surveys: an id that starts with ZTF is ZTF's, a number LSST's)."""

import math
from abc import ABC, abstractmethod
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import NotFound, Throttled
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from sandbox.sky.lsst_packets import LITE_FORCED, LITE_SOURCE
from sandbox.standins.lasair.tokens import HourlyQuota, LasairTokens
from sandbox.standins.world import World

LITE_CANDIDATE = ("candid", "jd", "fid", "magpsf", "sigmapsf", "isdiffpos", "diffmaglim")
LONGEST_ID_LIST = 16384
LARGEST_ID = 2**63 - 1


class LightCurvesQuestion(serializers.Serializer):
    """Parameters of `lightcurves/`."""

    objectIds = serializers.CharField(max_length=LONGEST_ID_LIST)  # noqa: N815 - Lasair's name


class ObjectQuestion(serializers.Serializer):
    """Parameters of `object/`."""

    objectId = serializers.CharField(max_length=64)  # noqa: N815 - Lasair's name
    lite = serializers.BooleanField(default=False)
    lasair_added = serializers.BooleanField(default=True)
    reliabilityThreshold = serializers.FloatField(required=False)  # noqa: N815 - Lasair's name


class LasairView(APIView, ABC):
    """The common part of both calls: token, quota, GET and POST, and the form of a refusal."""

    authentication_classes = (LasairTokens,)
    permission_classes = (IsAuthenticated,)
    throttle_classes = (HourlyQuota,)
    question: type[serializers.Serializer]

    def get(self, request: Request) -> Response:
        """Parameters in the query."""
        return self._ask(request, request.query_params)

    def post(self, request: Request) -> Response:
        """Parameters as form or JSON."""
        return self._ask(request, request.data)

    def get_exception_handler(self) -> Any:
        """Lasair's own body for a 429."""
        return refusal

    def _ask(self, request: Request, parameters: Any) -> Response:
        question = self.question(data=parameters)
        question.is_valid(raise_exception=True)
        return self.reply(request.META["sandbox.world"], question.validated_data)

    @abstractmethod
    def reply(self, world: World, question: dict[str, Any]) -> Response:
        """The answer to a valid question."""


class LightCurves(LasairView):
    """Light curves in the order asked; an empty list of candidates for an object that is not known."""

    question = LightCurvesQuestion

    def reply(self, world: World, question: dict[str, Any]) -> Response:
        """A list, one entry an id."""
        ids = [name.strip() for name in question["objectIds"].split(",")]
        return Response([_light_curve(world, name) for name in ids])


class ObjectView(LasairView):
    """One object of either survey."""

    question = ObjectQuestion

    def reply(self, world: World, question: dict[str, Any]) -> Response:
        """The object. 404 or 400 with `error` for an LSST object that is not known, 400 for what is no id."""
        name = question["objectId"].strip()
        if name.startswith("ZTF"):
            return Response(_ztf_object(world, name, question))
        if not name.isdigit() or int(name) > LARGEST_ID:
            return Response({"error": f"{name} is not an object id"}, status=400)
        found = world.archive.lsst_object(int(name), world.clock.mjd_utc())
        if found is None:
            if question["lasair_added"]:
                raise NotFound
            return Response({"error": f"object {name} does not exist"}, status=400)
        return Response(_lsst_object(world, found, question))


def _light_curve(world: World, name: str) -> dict[str, Any]:
    found = world.archive.ztf_light_curve(name, world.clock.mjd_utc())
    return without_nan(found or {"objectId": name, "candidates": [], "forcedphot": []})


def _ztf_object(world: World, name: str, question: dict[str, Any]) -> dict[str, Any]:
    found = _light_curve(world, name)
    if question["lite"]:
        found["candidates"] = [
            {key: point[key] for key in LITE_CANDIDATE if key in point} for point in found["candidates"]
        ]
    if question["lasair_added"]:
        found |= {"sherlock": {"classification": world.archive.sherlock_class(name)}, "TNS": {}, "annotations": []}
    return found


def _lsst_object(world: World, found: dict[str, Any], question: dict[str, Any]) -> dict[str, Any]:
    threshold = question.get("reliabilityThreshold")
    sources = found["diaSourcesList"]
    if threshold is not None:
        sources = [s for s in sources if s.get("reliability") is None or s["reliability"] >= threshold]
    answer = found | {"diaSourcesList": sources, "diaForcedSourcesList": found.get("diaForcedSourcesList") or []}
    if question["lite"]:
        answer.pop("diaObject", None)
        answer["diaSourcesList"] = [{key: s.get(key) for key in LITE_SOURCE} for s in sources]
        answer["diaForcedSourcesList"] = [
            {key: s.get(key) for key in LITE_FORCED} for s in answer["diaForcedSourcesList"]
        ]
    if question["lasair_added"]:
        sherlock = {"classification": world.archive.sherlock_class(int(found["diaObjectId"]))}
        answer["lasairData"] = {"sherlock": sherlock, "TNS": {}, "annotations": [], "imageUrls": {}}
    return without_nan(answer)


def without_nan(value: Any) -> Any:
    """The answer without NaN, which the API writes as null, and Kafka does not."""
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_nan(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def refusal(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's answer to an error; a 429 says it in Lasair's words."""
    response = exception_handler(error, context)
    if response is not None and isinstance(error, Throttled):
        response.data = {
            "message": f"Request limit exceeded. Expected available in {math.ceil(error.wait or 0)} seconds."
        }
    return response
