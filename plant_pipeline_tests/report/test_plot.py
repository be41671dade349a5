import re
from datetime import date, timedelta
from xml.etree import ElementTree as ET

from plant_pipeline.report.headline import TrendPoint
from plant_pipeline.report.plot import draw_trend

DAY = date(2026, 3, 2)


def points(days: int) -> list[TrendPoint]:
    return [
        TrendPoint(DAY - timedelta(days=offset), technology, 1000.0 * (offset + 1), 500.0 if offset == 0 else 0.0)
        for offset in range(days)
        for technology in ("solar", "wind")
    ]


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter() if element.tag.endswith("text")]  # noqa: S314 -- our own output


def test_the_same_points_give_the_same_picture() -> None:
    assert draw_trend(points(14), DAY) == draw_trend(points(14), DAY)


def test_technologies_dates_and_unit_are_named() -> None:
    found = texts(draw_trend(points(14), DAY))
    assert {"solar", "wind", "provisional", "MWh a day"} <= set(found)
    assert "hybrid" not in found
    # Fourteen dates from 17 February: the month at the first and where it changes.
    assert [text for text in found if re.fullmatch(r"\d+", text)][:3] == ["17", "18", "19"]
    assert {"Feb", "Mar"} <= set(found)


def test_no_date_of_drawing_and_nothing_before_the_element() -> None:
    svg = draw_trend(points(3), DAY)
    assert svg.startswith("<svg")
    assert "<dc:date>" not in svg


def test_nothing_to_draw_is_an_empty_plot() -> None:
    assert "solar" not in texts(draw_trend([], DAY))
