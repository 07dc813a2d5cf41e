"""Pages go out compressed, and nothing else does."""

import gzip

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from kernel.web.middleware import CompressionMiddleware

WORDS = "Average blood sugar, 6.9%. " * 200


def answered(content_type: str, accepts: str = "gzip, br") -> HttpResponse:
    middleware = CompressionMiddleware(lambda _request: HttpResponse(WORDS, content_type=content_type))
    answer = middleware(RequestFactory().get("/", headers={"accept-encoding": accepts}))
    assert isinstance(answer, HttpResponse)
    return answer


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "text/css"])
def test_a_page_and_a_style_sheet_are_compressed(content_type: str) -> None:
    answer = answered(content_type)

    assert answer["Content-Encoding"] == "gzip"
    assert answer["Vary"] == "Accept-Encoding"
    assert len(answer.content) < len(WORDS) / 4
    assert gzip.decompress(answer.content).decode() == WORDS


def test_the_length_of_a_page_says_nothing_exact_about_its_content() -> None:
    lengths = {len(answered("text/html").content) for _ in range(60)}

    assert len(lengths) > 5


@pytest.mark.parametrize("content_type", ["application/pdf", "application/json", "text/plain"])
def test_downloads_and_answers_to_programs_are_left_alone(content_type: str) -> None:
    answer = answered(content_type)

    assert "Content-Encoding" not in answer
    assert answer.content.decode() == WORDS


def test_a_browser_that_takes_no_compression_gets_none() -> None:
    assert "Content-Encoding" not in answered("text/html", accepts="identity")
