"""Version 1 of the programming interface."""

from django.urls import path, re_path

from api.rest import documents
from api.rest.problems import not_found
from api.rest.v1.clinical import Conditions, Observations, Patients
from api.rest.v1.me import HospitalProfile, Me
from kernel.permissions import public

LIST = {"get": "list"}
ONE = {"get": "retrieve"}

app_name = "v1"
urlpatterns = [
    path("hospital", HospitalProfile.as_view(ONE), name="hospital"),
    path("me", Me.as_view(ONE), name="me"),
    path("patients", Patients.as_view(LIST), name="patients"),
    path("patients/<uuid:pk>", Patients.as_view(ONE), name="patient"),
    path("observations", Observations.as_view(LIST), name="observations"),
    path("observations/<uuid:pk>", Observations.as_view(ONE), name="observation"),
    path("conditions", Conditions.as_view(LIST), name="conditions"),
    path("conditions/<uuid:pk>", Conditions.as_view(ONE), name="condition"),
    path("openapi.json", documents.openapi, name="openapi"),
    path("docs", documents.docs, name="docs"),
    re_path(r"^", public("says that there is nothing here")(not_found)),
]
