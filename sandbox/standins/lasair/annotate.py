"""`annotate/`: the annotations of users, one for each topic and object."""

import json
from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from sandbox.standins.lasair.views import LasairView
from sandbox.standins.world import World

TOPIC = "tides"
"""The one annotator that is registered."""


class AnnotateQuestion(serializers.Serializer):
    """Parameters of `annotate/`; the lengths are those of Lasair's own serializer."""

    objectId = serializers.CharField(max_length=64)  # noqa: N815 - Lasair's name
    topic = serializers.CharField(max_length=255)
    classification = serializers.CharField(max_length=80)
    version = serializers.CharField(max_length=80)
    explanation = serializers.CharField(max_length=1024, allow_blank=True)
    classdict = serializers.CharField(max_length=4096)
    url = serializers.CharField(max_length=1024, allow_blank=True)


class Annotate(LasairView):
    """Replaces the topic's annotation of the object. As Lasair, answers 200 with `error` when it refuses."""

    question = AnnotateQuestion

    def reply(self, world: World, question: dict[str, Any]) -> Response:
        """`status` success, or why not."""
        if question["topic"] != TOPIC:
            return Response({"error": f"Annotator error: topic {question['topic']} does not exist"})
        try:
            question["classdict"] = json.loads(question["classdict"])
        except ValueError:
            return Response({"error": f"Bad JSON {question['classdict']} for annotation 0"})
        world.annotations[question["topic"], question["objectId"]] = question
        return Response({"status": "success", "n": 1})
