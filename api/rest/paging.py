"""Pages of a list: at most 200 rows, in a stable order, found again by a cursor and not by a count."""

from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    """Pages by the order of the selector's primary key, which follows time (UUIDv7)."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    cursor_query_param = "cursor"
    ordering = "-pk"
