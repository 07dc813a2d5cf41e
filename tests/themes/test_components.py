"""Components: what a page hands in is escaped, and each says in words what it shows in color."""

import re
from dataclasses import dataclass
from datetime import date

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils import translation
from django_cotton.compiler_regex import CottonCompiler  # type: ignore[import-untyped]

from themes.charts import Point, TrendChart
from themes.shell import Reading

HOSTILE = "\"><script>alert('x')</script>"


def draw(source: str, **context: object) -> str:
    return Template(CottonCompiler().process("{% load i18n themes %}" + source)).render(Context(context))


@pytest.mark.requirement("S46")
@pytest.mark.parametrize(
    "source",
    [
        '<c-card title="{{ bad }}">{{ bad }}</c-card>',
        '<c-button url="{{ bad }}" data-name="{{ bad }}">{{ bad }}</c-button>',
        '<c-button :data-name="bad">{{ bad }}</c-button>',
        '<c-status tone="ok">{{ bad }}</c-status>',
        '<c-list-row title="{{ bad }}" detail="{{ bad }}" :data-x="bad" url="/" />',
        '<c-list-row :title="bad" :detail="bad" />',
        '<c-avatar name="{{ bad }}" /><c-avatar letters="{{ bad }}" />',
        '<c-notice title="{{ bad }}" tone="{{ bad }}">{{ bad }}</c-notice>',
        '<c-copy value="{{ bad }}" />',
        '<c-stat label="{{ bad }}" value="{{ bad }}" detail="{{ bad }}" />',
        '<c-search action="{{ bad }}" label="{{ bad }}" value="{{ bad }}" />',
        '<c-choice name="{{ bad }}" value="{{ bad }}" title="{{ bad }}" detail="{{ bad }}" />',
        '<c-hero-card title="{{ bad }}" kicker="{{ bad }}" />',
        '<c-empty title="{{ bad }}">{{ bad }}</c-empty>',
        '<c-table caption="{{ bad }}"><tr><td>{{ bad }}</td></tr></c-table>',
        '<c-figure-number value="{{ bad }}" unit="{{ bad }}" detail="{{ bad }}" />',
        '<c-log label="{{ bad }}" :lines="lines" />',
        "{% phone_link bad %}",
        "{% in_digits bad %}{% in_number bad %}",
    ],
)
def test_hostile_words_stay_words(source: str) -> None:
    drawn = draw(source, bad=HOSTILE, lines=[{"time": HOSTILE, "step": HOSTILE, "text": HOSTILE, "tone": HOSTILE}])
    assert "<script>" not in drawn
    assert '""><' not in drawn


@pytest.mark.parametrize(
    ("written", "dialled"),
    [("+1 (312) 555-0142", "+13125550142"), ("112", "112"), ("+٩٦٦ ١١ ٥٥٥ ٠١٤٢", "+966115550142"), ("*31#", "*31#")],
)
def test_a_telephone_link_dials_digits_and_nothing_that_groups_them(written: str, dialled: str) -> None:
    assert f'href="tel:{dialled}"' in draw("{% phone_link number %}", number=written)
    assert draw("{% load formats %}{{ number|dialled }}", number=written) == dialled


@pytest.mark.requirement("S37")
@pytest.mark.parametrize("attribute", ['style="color:red"', 'onclick="x()"', 'formaction="/x"', 'srcdoc="x"'])
def test_a_component_passes_no_style_or_script_on(attribute: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        draw(f"<c-button {attribute}>Go</c-button>")


def test_htmx_attributes_reach_the_element() -> None:
    drawn = draw('<c-button hx-get="/x?a=1&b=2" hx-target="#y" aria-label="More">Go</c-button>')
    assert 'hx-get="/x?a=1&amp;b=2"' in drawn
    assert 'hx-target="#y"' in drawn
    assert 'aria-label="More"' in drawn


def test_a_button_that_cannot_be_pressed_is_no_link() -> None:
    assert draw('<c-button url="/x" disabled>Go</c-button>').count("<button") == 1


def test_status_has_an_icon_and_a_word() -> None:
    drawn = draw('<c-status tone="warn">A little high</c-status>')
    assert "<svg" in drawn
    assert "A little high" in drawn


def test_arrows_flip_and_clocks_do_not() -> None:
    assert 'class="icon flips"' in draw('{% icon "arrow-left" %}')
    assert 'class="icon"' in draw('{% icon "clock" %}')


def test_an_icon_that_stands_alone_has_a_name() -> None:
    assert '<span class="hidden-words">Search</span>' in draw('{% icon "search" label="Search" %}')


class Form(forms.Form):
    email = forms.EmailField(label="Email", help_text="We send your code here.")
    note = forms.CharField(label="Note", required=False)
    channel = forms.ChoiceField(label="Channel", choices=[("a", "A")], widget=forms.RadioSelect)
    agree = forms.BooleanField(label="I agree")


def test_a_field_says_what_is_wrong_where_it_is_read() -> None:
    drawn = draw("{{ form }}", form=Form({"email": "nobody"}))
    assert 'aria-describedby="id_email_helptext id_email_error"' in drawn
    assert 'id="id_email_error"' in drawn
    assert 'id="id_email_helptext"' in drawn
    assert 'aria-invalid="true"' in drawn
    assert "(optional)" in drawn
    assert drawn.count("<fieldset") == 1


def test_the_list_of_errors_leads_to_the_fields() -> None:
    drawn = draw('<c-error-summary :form="form" />', form=Form({"email": "nobody"}))
    assert 'role="alert"' in drawn
    assert 'href="#id_email"' in drawn
    assert draw('<c-error-summary :form="form" />', form=Form()).strip() == ""


def test_a_page_of_a_list_keeps_its_filters() -> None:
    page = Paginator(range(95), 20).get_page(2)
    request = RequestFactory().get("/", {"q": "a&b", "page": "2"})
    drawn = draw('<c-pager :page="page" />', page=page, request=request)
    assert "21 to 40 of 95" in drawn
    assert "?q=a%26b&amp;page=1" in drawn
    assert "?q=a%26b&amp;page=3" in drawn


def test_a_chart_has_its_table() -> None:
    trend = TrendChart([Point("Jan", 8.1, "8.1"), Point("Nov", 6.9, "6.9", note="At home")], "Results", "Down.")
    drawn = draw('<c-trend-chart :trend="trend" />', trend=trend)
    assert "Show as a table" in drawn
    assert drawn.count('<td class="num">') == 2
    assert "At home" in drawn


def test_the_table_of_two_lines_has_two_columns_with_their_unit() -> None:
    points = [
        Point("Jan", 153, "153", lower=84, lower_text="84", lower_note="High"),
        Point("May", 143, "143", lower=80, lower_text="80"),
    ]
    trend = TrendChart(points, "Results", "Down.", value_heading="Upper", lower_heading="Lower", unit="mmHg")
    drawn = " ".join(draw('<c-trend-chart :trend="trend" />', trend=trend).split())
    assert re.findall(r'<th scope="col" class="num"> (\w+) <span class="sub">mmHg', drawn) == ["Upper", "Lower"]
    assert '<td class="num"> 84 <span class="sub">High</span>' in drawn
    assert drawn.count('<td class="num">') == 4


def test_arabic_pages_write_arabic_digits_everywhere() -> None:
    with translation.override("ar"):
        drawn = draw(
            '<c-date-tile :date="day" /><c-steps :steps="steps" :current="2" />'
            '<c-figure-number value="6.9" unit="%" />',
            day=date(2026, 12, 1),
            steps=["السبب", "الوقت"],
            reading=Reading(digits="arab"),
        )
    assert "ديسمبر" in drawn
    assert "١. السبب" in " ".join(drawn.split())
    assert "٦٫٩" in drawn
    assert "٪" in drawn


@dataclass(frozen=True)
class Message:
    level_tag: str
    text: str

    def __str__(self) -> str:
        return self.text


@pytest.mark.parametrize(
    ("level", "tone"), [("success", "ok"), ("error", "crit"), ("warning", "warn"), ("info", "info")]
)
def test_messages_are_notices(level: str, tone: str) -> None:
    drawn = draw('{% include "themes_base/messages.html" %}', messages=[Message(level, "Your visit is booked.")])
    assert f"notice-{tone}" in drawn
    assert 'role="status"' in drawn
