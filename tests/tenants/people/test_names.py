"""Names: how they are shown and under which key any spelling is found."""

import pytest

from tenants.people.names import digits, number_key, search_key, written


@pytest.mark.requirement("M75")
@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("José Núñez-O'Neill", "jose nunez oneill"),
        ("SØRENSEN", "sorensen"),
        ("Tomáš  Novák", "tomas novak"),
        ("Weiß", "weiss"),
        ("İbrahim", "ibrahim"),
        ("أحمد", "احمد"),
        ("فَاطِمَة", "فاطمه"),
        ("ليلى", "ليلي"),
        ("王 伟", "王 伟"),
        ("  --- ", ""),
    ],
)
def test_spellings_of_a_name_share_a_key(text: str, key: str) -> None:
    assert search_key(text) == key


@pytest.mark.requirement("M75")
def test_a_name_is_written_in_its_own_order_and_may_be_one_word() -> None:
    assert written("Wei", "Zhang", family_first=True) == "Zhang Wei"
    assert written("Ana María", "Núñez") == "Ana María Núñez"
    assert written("Sukarno", "") == "Sukarno"
    assert written("", "Yasmin", family_first=True) == "Yasmin"


def test_numbers_compare_without_grouping_country_code_or_script() -> None:
    assert number_key("+34 600 123 456") == number_key("600-123-456") == "600123456"
    assert digits("٠٥٠ ١٢٣") == "050123"
