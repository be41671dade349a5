import re
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest

from plant_pipeline.report.headline import TrendPoint
from plant_pipeline.report.trend import draw_trend

DAY = date(2026, 3, 2)


def points(days: int) -> list[TrendPoint]:
    return [
        TrendPoint(DAY - timedelta(days=offset), technology, 1000.0 * (offset + 1), 500.0 if offset == 0 else 0.0)
        for offset in range(days)
        for technology in ("solar", "wind")
    ]


def drawn(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 -- our own output


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in drawn(svg).iter() if element.tag.endswith("text")]


def test_the_same_points_give_the_same_picture() -> None:
    assert draw_trend(points(14), DAY) == draw_trend(points(14), DAY)


def test_technologies_dates_and_unit_are_named() -> None:
    found = texts(draw_trend(points(14), DAY))
    assert {"solar", "wind", "provisional", "MWh a day"} <= set(found)
    assert "hybrid" not in found
    # Up to 2 × 14 MWh, and fourteen dates from 17 February: the month at the first and where it changes.
    numbers = [text for text in found if re.fullmatch(r"\d+", text)]
    assert numbers == ["0", "10", "20", "30", *map(str, range(17, 29)), "1", "2"]
    assert [text for text in found if text in ("Feb", "Mar")] == ["Feb", "Mar"]


def test_a_bar_is_as_high_as_its_energy() -> None:
    """One date of 3 MWh of sun, 1 of wind and 2 that may change, on an axis of 196 units for 6 MWh."""
    own = [TrendPoint(DAY, "solar", 3000.0, 0.0), TrendPoint(DAY, "wind", 1000.0, 2000.0)]
    bars = {
        bar.attrib["class"]: (float(bar.attrib["y"]), float(bar.attrib["height"]))
        for bar in drawn(draw_trend(own, DAY)).iter("rect")
        if bar.find("title") is not None
    }
    assert bars["t-solar"] == pytest.approx((30 + 98, 98), abs=0.01)
    assert bars["t-wind"] == pytest.approx((30 + 196 * 2 / 6, 196 / 6), abs=0.01)
    assert bars["t-provisional"] == pytest.approx((30, 196 * 2 / 6), abs=0.01)


def test_nothing_to_draw_is_an_empty_plot() -> None:
    empty = draw_trend([], DAY)
    assert "solar" not in texts(empty)
    assert "energy is known of 0 of 7 dates" in empty
