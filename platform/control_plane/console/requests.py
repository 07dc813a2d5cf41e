"""What a request of the console carries."""

from django.http import HttpRequest

from kernel.permissions import Access


class ConsoleRequest(HttpRequest):
    """A request on the console's host; the middleware of accounts adds ``access``."""

    access: Access
