"""The caller, and the hospital that is called."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from api.rest.v1.serializers import HospitalSerializer, MeSerializer
from api.rest.views import HospitalViewSet
from kernel.tenancy.scope import current_hospital
from tenants.portal.shell import emergency_phone


class HospitalProfile(HospitalViewSet[Any]):
    """The hospital's public profile."""

    is_public = "a hospital's name, country and languages are on its front page"
    serializer_class = HospitalSerializer

    @extend_schema(operation_id="hospital_profile", responses=HospitalSerializer, extensions={"x-public": True})
    def retrieve(self, request: Request) -> Response:
        """What anybody may know of this hospital."""
        hospital = current_hospital()
        return Response(
            {
                "name": hospital.name,
                "slug": hospital.slug,
                "country": hospital.country,
                "time_zone": hospital.time_zone,
                "languages": list(hospital.languages),
                "emergency_phone": emergency_phone(hospital),
            }
        )


class Me(HospitalViewSet[Any]):
    """The account behind the key or the session."""

    is_public = "it answers 401 to everybody who has not said who they are, and tells only about the caller"
    serializer_class = MeSerializer

    @extend_schema(operation_id="me", responses=MeSerializer)
    def retrieve(self, request: Request) -> Response:
        """Who calls, with which permissions, for which patients."""
        access = self.access
        if not access.is_signed_in:
            raise NotAuthenticated
        return Response(
            {
                "account": access.actor.account_id,
                "name": access.actor.display_name,
                "roles": sorted(access.actor.roles),
                "permissions": sorted(access.actor.grants),
                "patients": [{"id": key, "scopes": sorted(scopes)} for key, scopes in access.patients.items()],
            }
        )
