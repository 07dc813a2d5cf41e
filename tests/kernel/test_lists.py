"""The state of a list in its address."""

from kernel.lists import ListOptions, ListState, heading

OPTIONS = ListOptions(sorts={"name": ("name",), "at": ("-at", "name")}, filters={"state": ("on", "off"), "who": None})


def test_an_empty_address_is_the_beginning_of_the_list() -> None:
    state = ListState.read({}, OPTIONS)

    assert (state.ordering, state.page, state.size, state.is_narrowed, state.query()) == (
        ["name", "pk"],
        1,
        25,
        False,
        "?",
    )


def test_turning_a_sort_round_turns_each_of_its_fields() -> None:
    assert ListState.read({"sort": "-at"}, OPTIONS).ordering == ["at", "-name", "pk"]


def test_an_address_keeps_what_was_asked_and_drops_what_is_usual() -> None:
    state = ListState.read({"q": "a b", "state": "on", "page": "3", "size": "50"}, OPTIONS)

    assert state.query(page=1) == "?q=a+b&state=on&size=50"


def test_a_heading_sorts_and_then_turns_round() -> None:
    state = ListState.read({"sort": "at", "page": "2"}, OPTIONS)

    assert heading(state, "At", "at").url == "?sort=-at"
    assert heading(state, "At", "at").direction == "descending"
    assert heading(state, "Name", "name").direction == ""


def test_a_page_beyond_the_last_is_the_last() -> None:
    assert ListState.read({"page": "9"}, OPTIONS).paginate([1, 2, 3]).number == 1
