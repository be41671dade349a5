"""What the pictures of the report say, in numbers that can be read off by hand."""

from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest
from markupsafe import Markup

from plant_pipeline.report.fleet_days import RecentDays
from plant_pipeline.report.fleet_map import MOST_HEIGHT, WIDTH, draw_map, frame_of, read_countries
from plant_pipeline.report.strips import STRIPS, describe_strip, draw_strip, of_best
from plant_pipeline.report.svg import element, picture, polyline, round_steps
from plant_pipeline_tests.report.test_comparison import plant

EVIL = "</title><script>alert(1)</script>"
DATES = [date(2026, 3, 1) + timedelta(days=index) for index in range(6)]


def test_texts_and_attributes_are_escaped() -> None:
    assert element("a", "<b>", title='"><') == '<a title="&#34;&gt;&lt;">&lt;b&gt;</a>'
    assert (
        element("g", Markup("<b/>"), class_="x", stroke_width=1.5, y=None) == '<g class="x" stroke-width="1.5"><b/></g>'
    )
    assert picture("a<b", 2, 1.0) == '<svg viewBox="0 0 2 1" role="img"><title>a&lt;b</title></svg>'


def test_an_axis_has_round_steps() -> None:
    assert round_steps(7.2) == [0, 2, 4, 6, 8]
    assert round_steps(8.0) == [0, 2, 4, 6, 8]
    assert round_steps(0.031) == pytest.approx([0, 0.01, 0.02, 0.03, 0.04])
    assert round_steps(0.0) == [0, 1]


def test_an_unknown_point_lifts_the_pen() -> None:
    assert polyline([(0.0, 1.0), (1.0, 2.5), None, (3.0, 0.0)]) == "M0 1L1 2.5M3 0"
    assert polyline([], is_closed=True) == ""


def strip_days(values: list[float | None]) -> RecentDays:
    return RecentDays("P-1", values, values, values, [index != 5 for index in range(len(values))])


def test_a_strip_has_a_cell_a_day_by_class_and_a_thin_line_where_nothing_is_known() -> None:
    """Completeness 1, 1, unknown, 0.95, 0 and not computed: classes 4, 4, none, 3, 0 and nothing at all."""
    drawn = draw_strip(STRIPS[2], strip_days([1.0, 1.0, None, 0.95, 0.0, None]), DATES)
    assert drawn is not None
    root = ET.fromstring(drawn)  # noqa: S314 -- our own output
    assert {path.attrib["class"]: path.attrib["d"] for path in root.iter("path")} == {
        "c4": "M0 .5h2",
        "cx": "M2 .5h1",
        "c3": "M3 .5h1",
        "c0": "M4 .5h1",
    }
    assert root.find("title") is not None
    assert root.findtext("title") == "Data: 4 of 6 days known, lowest 03-05, last unknown"


def test_a_strip_of_unknown_days_is_none_and_an_unknown_last_day_is_said() -> None:
    assert draw_strip(STRIPS[1], strip_days([None] * 6), DATES) is None
    assert describe_strip(STRIPS[1], [0.8, None], DATES[:2]).endswith("lowest 03-01, last unknown")


def test_energy_is_shown_as_a_share_of_the_best_day() -> None:
    assert of_best([5.0, None, 0.0, 10.0]) == [0.5, None, 0.0, 1.0]
    assert of_best([0.0, None]) == [0.0, None]


def test_a_map_has_the_fleet_in_its_middle_and_equal_distances() -> None:
    """Two plants 10° of longitude and 4° of latitude apart at 60° north, where a degree east is half a degree north."""
    frame = frame_of([(0.0, 58.0), (10.0, 62.0)])
    assert frame.place(5.0, 60.0) == pytest.approx((WIDTH / 2, frame.height / 2), abs=0.1)
    west, north = frame.place(0.0, 62.0)
    east, south = frame.place(10.0, 58.0)
    assert (east - west) / 10 == pytest.approx((south - north) / 4 / 2, rel=0.01)
    assert frame.height <= MOST_HEIGHT + 1


@pytest.mark.parametrize("points", [[(10.0, 50.0)], [(0.0, -50.0), (1.0, 60.0)], [(-170.0, 0.0), (170.0, 1.0)]])
def test_a_map_of_any_fleet_fits_the_page(points: list[tuple[float, float]]) -> None:
    frame = frame_of(points)
    assert 259 <= frame.height <= MOST_HEIGHT + 1
    for point in points:
        x, y = frame.place(*point)
        assert 0 < x < WIDTH
        assert 0 < y < frame.height


def test_every_plant_with_a_place_is_on_the_map_the_worst_in_front() -> None:
    fleet = [
        (plant("A", latitude=50.0, longitude=15.0, name=EVIL), "no_energy", "no readings arrived"),
        (plant("B", latitude=49.0, longitude=14.0), "normal", "99 %"),
        (plant("C"), "low", "20 %"),
    ]
    drawn = draw_map(fleet)  # type: ignore[arg-type] # literals in a list
    assert drawn is not None
    root = ET.fromstring(drawn)  # noqa: S314 -- our own output
    land, marks = root.findall("g")
    assert [mark.attrib["class"] for mark in marks] == ["m-normal", "m-no_energy"]
    assert marks[1].findtext("title") == f"{EVIL}: no readings arrived"
    assert "<script" not in drawn
    assert "2 plants with a known place: 1 energy unknown, 1 as expected" in (root.findtext("desc") or "")
    assert "Czechia" in {country.findtext("title") for country in land}
    assert "Brazil" not in {country.findtext("title") for country in land}


def test_a_fleet_without_places_has_no_map() -> None:
    assert draw_map([(plant("A"), "normal", "")]) is None


def test_the_outlines_are_where_the_countries_are() -> None:
    countries = read_countries()
    assert len(countries) == 176  # of 177, as Antarctica is left out
    for name, west, east, south, north in (("Spain", -9.4, 3.1, 35.9, 43.8), ("Chile", -75.7, -66.9, -55.7, -17.5)):
        longitudes = [point[0] for ring in countries[name] for point in ring]
        latitudes = [point[1] for ring in countries[name] for point in ring]
        assert west <= min(longitudes)
        assert max(longitudes) <= east + 0.3
        assert south <= min(latitudes)
        assert max(latitudes) <= north
