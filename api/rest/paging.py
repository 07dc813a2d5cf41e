"""Pages of a list: at most 200 rows, in a stable order, found again by a cursor and not by a count."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from api.rest.serializers import Query

MOST_ROWS = 200


class NewestFirst(CursorPagination):
    """Pages by the order of the selector's primary key, which follows the time of arrival here (UUIDv7).

    Not the clinical time: it may change, be unknown or be the same for many, and a cursor must lead on all the same.
    """

    page_size = 50
    max_page_size = MOST_ROWS
    page_size_query_param = "page_size"
    cursor_query_param = "cursor"
    ordering = "-pk"

    def decode_cursor(self, request: Request) -> Any:
        """Raises ValidationError for what is no cursor of ours; positions are ids of rows and nothing else."""
        try:
            cursor = super().decode_cursor(request)
            if cursor is not None and cursor.position is not None:
                UUID(str(cursor.position))
        except (NotFound, ValueError) as error:
            raise ValidationError({"cursor": [_("This leads nowhere. Begin without it.")]}) from error
        return cursor

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """What surrounds the rows, said in words."""
        page = super().get_paginated_response_schema(schema)
        for name, words in (("next", "the address of the next page"), ("previous", "the address of the page before")):
            page["properties"][name] |= {"description": f"{words}; null where there is none", "example": None}
        return page

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """None: the parameters of lists are described from ``Paged``, with their bounds."""
        return []


class Paged(Query):
    """What every list takes besides its filters."""

    page_size = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_ROWS, help_text="rows of a page: 1 to 200, 50 without it"
    )
    cursor = serializers.CharField(
        required=False, max_length=500, help_text="where to go on; from next or previous of another page"
    )
