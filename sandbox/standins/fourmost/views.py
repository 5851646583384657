"""The transients API and the candidate visits."""

import re
from typing import Any

from django.db import models, transaction
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend, FilterSet
from rest_framework import serializers, viewsets
from rest_framework.authentication import BasicAuthentication
from rest_framework.exceptions import ParseError
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.json import loads
from rest_framework.views import APIView

from sandbox.standins.fourmost.models import Transient
from sandbox.standins.fourmost.tiles import candidate_visits
from sandbox.standins.fourmost.tokens import TokenWithHabits
from sandbox.standins.fourmost.users import surveys_of

READ_ONLY = ("id", "date_submitted", "date_modified", "date_ingested", "ostd_targ_id", "ostd_u_obj_id")
CLASSIFICATION = re.compile(r"^(TRA|GAL|AGN|LEN)([ ,]*(TRA|GAL|AGN|LEN)){0,2}$")
LIMITS = {"ra": (0, 360), "dec": (-90, 90), "resolution": (1, 2), "extent_flag": (0, 2)}
NUMBER_LOOKUPS = ["exact", "gt", "gte", "lt", "lte", "isnull"]
TEXT_LOOKUPS = [
    "exact", "iexact", "gt", "gte", "lt", "lte", "startswith", "istartswith", "endswith", "iendswith", "contains",
    "icontains", "isnull",
]  # fmt: skip


class TransientSerializer(serializers.ModelSerializer):
    """One transient. Fields that may not be written are ignored, as DRF does."""

    class Meta:
        """All columns of the table."""

        model = Transient
        fields = "__all__"
        read_only_fields = READ_ONLY
        extra_kwargs = {  # noqa: RUF012 - DRF's form
            name: {"min_value": low, "max_value": high} for name, (low, high) in LIMITS.items()
        }

    def validate_classification(self, value: str) -> str:
        """At most three of the four classes."""
        if not CLASSIFICATION.match(value):
            raise serializers.ValidationError("At most three of TRA, GAL, AGN, LEN.")
        return value

    def validate_uploadedfor_survey_id(self, value: int) -> int:
        """Only the caller's own surveys."""
        if value not in surveys_of(self.context["request"].user):
            raise serializers.ValidationError("You may not upload for this survey.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """After ingestion only `is_active` may change."""
        if self.instance is not None and self.instance.date_ingested is not None:
            changed = [k for k, v in attrs.items() if k != "is_active" and v != getattr(self.instance, k)]
            if changed:
                raise serializers.ValidationError(
                    {key: ["This field cannot be changed after ingestion."] for key in changed}
                )
        return attrs


class TransientFilter(FilterSet):
    """Every column with its look-ups. An unknown parameter is ignored, so every row comes back."""

    class Meta:
        """Look-ups by kind of column."""

        model = Transient
        fields = {  # noqa: RUF012 - django-filter's form
            column.name: TEXT_LOOKUPS if isinstance(column, models.CharField) else NUMBER_LOOKUPS
            for column in Transient._meta.fields
        }

    base_filters: dict[str, Any]

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        # django-filter copies all 400 look-ups at each request, which takes 0.1 s, for the one or two that it needs.
        self.base_filters = {name: found for name, found in self.base_filters.items() if name in (data or {})}
        super().__init__(data, *args, **kwargs)


class Pages(LimitOffsetPagination):
    """Pages only when `limit` is given; otherwise a bare list."""

    default_limit = None


class TransientViewSet(viewsets.ModelViewSet):
    """List, create (one or many), read, change, delete."""

    authentication_classes = (TokenWithHabits, BasicAuthentication)
    permission_classes = (IsAuthenticated,)
    serializer_class = TransientSerializer
    filter_backends = (DjangoFilterBackend,)
    filterset_class = TransientFilter
    pagination_class = Pages
    http_method_names = ("get", "post", "patch", "delete", "head", "options")

    def get_queryset(self) -> QuerySet[Transient]:
        """The rows of the caller's surveys, in order of `id`."""
        return Transient.objects.filter(uploadedfor_survey_id__in=surveys_of(self.request.user)).order_by("id")

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Stores one object, or a list of them as a whole: with one refused, none is stored."""
        content = _content(request)
        serializer = self.get_serializer(data=content, many=isinstance(content, list))
        if not serializer.is_valid():
            return Response(_refusals(serializer.errors, content), status=400)
        with transaction.atomic():
            serializer.save()
        return Response(serializer.data, status=201)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Every writable field before ingestion, `is_active` alone after it."""
        with transaction.atomic():
            serializer = self.get_serializer(self.get_object(), data=_content(request), partial=True)
            serializer.is_valid(raise_exception=True)
            serializer.save()
        return Response(serializer.data)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Only before ingestion."""
        row = self.get_object()
        if row.date_ingested is not None:
            return Response({"err": "An ingested target cannot be deleted: set is_active to false."}, status=400)
        row.delete()
        return Response(status=204)


class CandidateVisits(APIView):
    """The visits and tiles that may be observed next. Closed to the token, which opens the transients API only."""

    authentication_classes = (BasicAuthentication,)
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        """Those over the active targets of the caller's surveys."""
        return Response(candidate_visits(surveys_of(request.user)))


def _refusals(errors: Any, content: Any) -> Any:
    """The errors; for a list one entry an object, empty for a good one (DRF keys them by position)."""
    if isinstance(content, list) and set(errors) <= set(range(len(content))):
        return [errors.get(position, {}) for position in range(len(content))]
    return errors


def _content(request: Request) -> Any:
    """The payload. The reference wrapper sends it as a JSON string that holds JSON, which is accepted too."""
    content = request.data
    if isinstance(content, str):
        try:
            return loads(content)
        except ValueError as error:
            raise ParseError(f"JSON parse error - {error}") from error
    return content
