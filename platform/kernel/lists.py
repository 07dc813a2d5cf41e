"""The state of a list screen, read from its address: search, filters, sort, page and page size.

Everything that names a column or a choice comes from an allow-list (S39); what is not on it is ignored, so that an old
or a mistyped address still shows the list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from kernel.exports import MOST_ROWS

Row = TypeVar("Row")

PAGE_SIZES = (25, 50, 100)
LONGEST_SEARCH = 100


@dataclass(frozen=True)
class ListOptions:
    """What a list offers. ``sorts`` maps a name in the address to the fields to order by; the first is the default;
    ``-name`` in the address turns it round. ``filters`` maps a name to its allowed values, None for free text."""

    sorts: Mapping[str, Sequence[str]]
    filters: Mapping[str, Sequence[str] | None] = field(default_factory=dict)


@dataclass(frozen=True)
class ListState:
    """What a person asked of a list."""

    options: ListOptions
    search: str
    filters: Mapping[str, str]
    sort: str
    page: int
    size: int

    @classmethod
    def read(cls, query: Mapping[str, str], options: ListOptions) -> "ListState":
        """The state in the query ``query`` of an address; unknown names and values count as not given."""
        default = next(iter(options.sorts))
        sort = query.get("sort", default)
        if sort.removeprefix("-") not in options.sorts:
            sort = default
        filters = {}
        for name, allowed in options.filters.items():
            value = _clean(query.get(name, ""))
            filters[name] = value if allowed is None or value in allowed else ""
        size = _number(query.get("size", ""), PAGE_SIZES[0])
        return cls(
            options=options,
            search=_clean(query.get("q", "")),
            filters=filters,
            sort=sort,
            page=max(1, _number(query.get("page", ""), 1)),
            size=size if size in PAGE_SIZES else PAGE_SIZES[0],
        )

    @property
    def ordering(self) -> list[str]:
        """The fields to order by, ending with the key so that pages never overlap."""
        fields = self.options.sorts[self.sort.removeprefix("-")]
        if self.sort.startswith("-"):
            fields = [name[1:] if name.startswith("-") else f"-{name}" for name in fields]
        return [*fields, "pk"]

    @property
    def is_narrowed(self) -> bool:
        """Whether a search or a filter hides rows."""
        return bool(self.search or any(self.filters.values()))

    @property
    def sizes(self) -> tuple[int, ...]:
        """The page sizes to choose from."""
        return PAGE_SIZES

    def query(self, **changes: object) -> str:
        """The query of the same list with ``changes``, without what is at its default; begins with ``?``."""
        wanted: dict[str, object] = {"q": self.search, **self.filters, "sort": self.sort, "page": self.page}
        wanted["size"] = self.size
        wanted.update(changes)
        defaults = {"sort": next(iter(self.options.sorts)), "page": 1, "size": PAGE_SIZES[0]}
        kept = {name: value for name, value in wanted.items() if value not in ("", None, defaults.get(name))}
        return f"?{urlencode(kept)}"

    def paginate(self, rows: "QuerySet[Any, Row] | Sequence[Row]") -> "Page[Row]":
        """The asked page; beyond the last one, the last."""
        return Paginator(rows, self.size).get_page(self.page)


@dataclass(frozen=True)
class Heading(Generic[Row]):
    """A column's heading: a link that sorts by it, and how it is sorted now (``ascending``, ``descending``, empty)."""

    label: object
    url: str = ""
    direction: str = ""
    is_number: bool = False


@dataclass(frozen=True)
class ListFilter:
    """A field above a list. ``choices`` are values with their words, ``every`` the words for no choice; ``groups`` are
    many choices under headings. Without either the field asks for a day, or for words when it ``is_text``. ``value`` is
    what is asked for now."""

    name: str
    label: object
    choices: Sequence[tuple[str, object]] | None = None
    every: object = ""
    value: str = ""
    is_text: bool = False
    groups: Sequence[tuple[str, Sequence[tuple[str, object]]]] = ()


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """All that the page of a list shows: what was asked, the rows found, their columns, and the way to a file of them.

    ``hidden`` are parts of the address that no field shows; ``problem`` says what was asked for in vain, ``note`` what
    was done beyond what was asked for.
    """

    state: ListState
    page: "Page[Row]"
    headings: Sequence[Heading[Any]]
    filters: Sequence[ListFilter] = ()
    export_url: str = ""
    hidden: Mapping[str, object] = field(default_factory=dict)
    problem: object = ""
    note: object = ""

    @property
    def is_filtered(self) -> bool:
        """Whether a filter hides rows, whatever is searched for."""
        return any(one.value for one in self.filters)

    @property
    def is_cut(self) -> bool:
        """Whether the file would hold fewer lines than the list."""
        return self.page.paginator.count > MOST_ROWS


def listing(
    state: ListState,
    rows: "QuerySet[Any, Row] | Sequence[Row]",
    headings: Sequence[Heading[Any]],
    *,
    filters: Sequence[ListFilter] = (),
    export: str = "",
    hidden: Mapping[str, object] | None = None,
    problem: object = "",
    note: object = "",
) -> "Listing[Row]":
    """The list of ``state`` over ``rows``; ``export`` is the address of the file, empty for nobody may have one."""
    return Listing(
        state=state,
        page=state.paginate(rows),
        headings=headings,
        filters=[replace(one, value=state.filters.get(one.name, "")) for one in filters],
        export_url=export + state.query(page=1) if export else "",
        hidden={name: value for name, value in (hidden or {}).items() if value},
        problem=problem,
        note=note,
    )


def heading(state: ListState, label: object, sort: str = "", *, is_number: bool = False) -> "Heading[Any]":
    """The heading of a column that can be sorted by the name ``sort``, or of one that cannot."""
    if not sort:
        return Heading(label, is_number=is_number)
    is_current = state.sort.removeprefix("-") == sort
    is_turned = is_current and state.sort.startswith("-")
    following = f"-{sort}" if is_current and not is_turned else sort
    # Newest first is a descending list although nobody has turned it.
    begins_descending = state.options.sorts[sort][0].startswith("-")
    direction = ("descending" if is_turned != begins_descending else "ascending") if is_current else ""
    return Heading(label, state.query(sort=following, page=1), direction, is_number)


def _clean(text: str) -> str:
    # PostgreSQL refuses NUL in text; nobody searches for it.
    return text.replace("\x00", "").strip()[:LONGEST_SEARCH]


def _number(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else default
