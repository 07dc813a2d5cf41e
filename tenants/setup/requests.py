"""What a request of the managers' pages carries."""

from django.http import HttpRequest

from kernel.permissions import Access
from kernel.tenancy.context import HospitalContext


class ManageRequest(HttpRequest):
    """A request on a hospital's host; middleware adds ``access`` and ``hospital``."""

    access: Access
    hospital: HospitalContext
