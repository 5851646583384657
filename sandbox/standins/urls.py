"""The addresses of both stand-ins and of the control that exists only here."""

from django.urls import include, path
from rest_framework.routers import DefaultRouter

from sandbox.standins import control
from sandbox.standins.fourmost.tokens import ObtainToken
from sandbox.standins.fourmost.views import CandidateVisits, TransientViewSet
from sandbox.standins.lasair.annotate import Annotate
from sandbox.standins.lasair.query import Query
from sandbox.standins.lasair.sherlock import SherlockObject
from sandbox.standins.lasair.views import LightCurves, ObjectView

router = DefaultRouter()
router.register("transients", TransientViewSet, basename="transients")

urlpatterns = [
    path("api/lightcurves/", LightCurves.as_view()),
    path("api/object/", ObjectView.as_view()),
    path("api/query/", Query.as_view()),
    path("api/annotate/", Annotate.as_view()),
    path("api/sherlock/object/", SherlockObject.as_view()),
    path("QFSwi/transients-token-auth/", ObtainToken.as_view()),
    path("QFSwi/targetCat/get-candidate-visits/", CandidateVisits.as_view()),
    path("QFSwi/targetCat/", include(router.urls)),
    path("control/faults", control.faults),
    path("control/annotations", control.annotations),
    path("control/calls", control.calls),
    path("control/catalogues", control.catalogues),
    path("control/clock", control.clock),
    path("control/ingest", control.ingest),
    path("control/targets", control.targets),
    path("control/tokens", control.tokens),
    path("control/truth", control.truth),
    path("control/reset", control.reset),
]
