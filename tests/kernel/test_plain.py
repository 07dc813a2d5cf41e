"""Texts that come from elsewhere, as they may be shown."""

import json

import orjson
import pytest

from kernel.plain import HIDDEN, may_hide, plain_document, plain_line, plain_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ana\x00Ruiz", "Ana Ruiz"),
        ("\x1b[31mAna", " [31mAna"),
        ("Ana\x85Ruiz", "Ana Ruiz"),
        ("gpj.\u202eexe", "gpj.exe"),
        ("\u2066Ana\u2069 \u202aRuiz\u202c", "Ana Ruiz"),
        ("\ufeffAna", "Ana"),
        ("Ev\u200bi\u00adl\u2060\U000e0041", "Evil"),
    ],
)
def test_signs_that_nobody_sees_are_left_out(text: str, shown: str) -> None:
    assert plain_text(text) == shown
    assert plain_document({"a": [text, 1, None, {"b": text}]}) == {"a": [shown, 1, None, {"b": shown}]}


@pytest.mark.parametrize(
    "text",
    [
        "José Núñez-O'Neill",
        "ليلى الحربي",
        "می\u200cخواهم",
        "שָׁלוֹם\u200f!",
        "山田 太郎",
        "👩\u200d⚕️",
        "Two\r\nlines\tand a tab",
    ],
)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert plain_text(text) == text
    assert plain_document([text]) == [text]


def test_a_line_has_single_spaces() -> None:
    assert plain_line(" Ana\n\u202eMaría\t\x07 Ruiz ") == "Ana María Ruiz"


@pytest.mark.parametrize("sign", [chr(sign) for sign in HIDDEN], ids=lambda sign: f"{ord(sign):04x}")
def test_a_document_with_a_hidden_sign_is_never_passed_over(sign: str) -> None:
    assert may_hide(orjson.dumps({"text": f"a{sign}b"}))
    assert may_hide(json.dumps({"text": f"a{sign}b"}, ensure_ascii=False).encode())


def test_a_plain_document_is_passed_over() -> None:
    assert not may_hide(orjson.dumps({"text": "José said:\n\t“ليلى” ’n’ 山田 – 38,5 °C"}))
