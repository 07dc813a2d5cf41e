"""Charts: numbers on the page in the reader's digits, positions in the direction of reading, every word escaped."""

import re
from xml.etree import ElementTree

import pytest

from themes.charts import Point, RangeBar, TrendChart, Zone, meter, sparkline, write_numbers
from themes.charts.drawing import ticks

ZONES = (Zone("Goal", 7, "ok", "Under 7%"), Zone("A little high", 8, "warn", "7% to 8%"), Zone("High", 10, "crit"))
BAR = RangeBar(6.9, 4, ZONES, "You: 6.9%", "Average <blood> sugar", "6.9% is in your goal range.")
TREND = TrendChart(
    points=[Point("Jan", 8.1, "8.1"), Point("May", 7.6, "7.6"), Point("Nov", 6.9, "6.9")],
    title="Results",
    summary="Down from 8.1% to 6.9%.",
    tick="{:g}%",
    goal_high=7,
    goal_label="Your goal: under 7%",
)


def test_a_value_lies_in_its_zone() -> None:
    assert BAR.zone.label == "Goal"
    assert RangeBar(7, 4, ZONES, "", "", "").zone.label == "A little high"
    assert RangeBar(30, 4, ZONES, "", "", "").zone.label == "High"


@pytest.mark.parametrize("rtl", [False, True])
@pytest.mark.parametrize("picture", [BAR, TREND], ids=["range", "trend"])
def test_a_chart_is_an_image_with_name_and_summary(picture: RangeBar | TrendChart, rtl: bool) -> None:
    root = ElementTree.fromstring(picture.svg(rtl=rtl, digits="latn"))  # noqa: S314  # our own drawing
    assert root.attrib["role"] == "img"
    title, summary = root.attrib["aria-labelledby"].split()
    assert {root[0].attrib["id"], root[1].attrib["id"]} == {title, summary}
    assert root[0].text == picture.title
    assert root[1].text == picture.summary
    assert "style" not in "".join(key for element in root.iter() for key in element.attrib)


def test_words_are_escaped() -> None:
    assert "<blood>" not in BAR.svg(rtl=False, digits="latn")


def test_the_value_is_printed_at_each_point() -> None:
    drawing = TREND.svg(rtl=False, digits="latn")
    assert re.findall(r'c-(?:strong|big)">([0-9.]+)<', drawing) == ["8.1", "7.6", "6.9"]


def test_right_to_left_mirrors_places_and_not_words() -> None:
    def places(rtl: bool) -> list[float]:
        drawing = TREND.svg(rtl=rtl, digits="latn")
        return [float(place) for place in re.findall(r'cx="([0-9.]+)%"', drawing)]

    assert places(False) == sorted(places(False))
    assert places(True) == [pytest.approx(100 - place, abs=0.02) for place in places(False)]


def test_arabic_digits_reach_every_number_of_a_chart() -> None:
    drawing = TREND.svg(rtl=True, digits="arab")
    words = re.sub(r"<[^>]*>", " ", drawing)
    assert not re.search(r"[0-9]", words)
    assert "٦٫٩" in words
    assert "٪" in words


@pytest.mark.parametrize(
    ("text", "system", "expected"),
    [
        ("6.9%", "arab", "٦٫٩٪"),
        ("1,234.5 mg", "arab", "١٬٢٣٤٫٥ mg"),
        ("7% to 8%", "latn", "7% to 8%"),
        ("120", "deva", "१२०"),
        ("10.", "arab", "١٠."),
        ("7 \u2066٩٠ mL/min/1.73 m²\u2069 7", "arab", "٧ \u2066٩٠ mL/min/1.73 m²\u2069 ٧"),
    ],
)
def test_numbers_in_other_digits(text: str, system: str, expected: str) -> None:
    assert write_numbers(text, system) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (4.9, 8.3, [4, 5, 6, 7, 8, 9]),
        (0, 100, [0, 20, 40, 60, 80, 100]),
        (118, 142, [115, 120, 125, 130, 135, 140, 145]),
        (0.2, 0.9, [0.2, 0.4, 0.6, 0.8, 1]),
    ],
)
def test_ticks_are_round_and_cover_the_values(low: float, high: float, expected: list[float]) -> None:
    scale = list(ticks(low, high, most=7))
    assert scale == expected


def test_the_marked_point_is_the_large_one_and_long_words_at_the_ends_run_inward() -> None:
    points = [Point("Jan", 8, "Under 8", is_here=True), Point("May", 7, "Under 7"), Point("Nov", 6, "Under 6")]
    drawing = TrendChart(points, "t", "s").svg(rtl=False, digits="latn")

    assert re.findall(r'class="(c-last|c-point)"', drawing) == ["c-last", "c-point", "c-point"]
    assert re.findall(r'text-anchor="(\w+)"><tspan class="[^"]+">Under', drawing) == ["start", "middle", "end"]


def test_two_values_of_a_measurement_are_two_lines_with_their_names() -> None:
    points = [
        Point("Jan", 153, "153", lower=84, lower_text="84"),
        Point("May", 143, "143", lower=80, lower_text="80", is_here=True),
    ]
    drawing = TrendChart(points, "t", "s", line_names=("Upper <value>", "Lower value")).svg(rtl=False, digits="latn")

    assert drawing.count('class="c-line"') == 2
    assert re.findall(r'class="(c-last|c-point)"', drawing) == ["c-point", "c-last"] * 2
    assert re.findall(r'c-(?:strong|big)">([0-9]+)<', drawing) == ["153", "143", "84", "80"]
    assert "Upper &lt;value&gt;</tspan>" in drawing
    assert "Lower value</tspan>" in drawing
    heights = [float(height) for height in re.findall(r'cy="([0-9.]+)em"', drawing)]
    assert heights == sorted(heights)


def test_a_single_measurement_can_be_drawn() -> None:
    TrendChart([Point("Jan", 5, "5")], "t", "s").svg(rtl=False, digits="latn")


def test_small_pictures_follow_the_direction() -> None:
    assert 'x="0.0%" width="25.0%"' in meter(0.25, rtl=False)
    assert 'x="75.0%" width="25.0%"' in meter(0.25, rtl=True)
    assert sparkline([1, 2], rtl=False) != sparkline([1, 2], rtl=True)
    assert "m-fill" in meter(2, rtl=False, tone='"><script>')
