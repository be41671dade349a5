"""The page of a plant whose day can be drawn by hand."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import Connection

from plant_pipeline.errors import UsageError
from plant_pipeline.kpi.daily import compute_kpis
from plant_pipeline.report.fleet_report import read_fleet_report
from plant_pipeline.report.html import render_report
from plant_pipeline.report.plant_page import pages_beside, render_plant_page, write_plant_page
from plant_pipeline.report.plant_plots import draw_course, draw_days
from plant_pipeline.report.plant_report import DayCourse, read_plant_report
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.kpi.fleet import Fleet, steps
from plant_pipeline_tests.report.page import Page, require_accessible, require_self_contained

DAY = date(2026, 3, 29)
"""In Prague this day has 23 hours: 92 quarters."""
MIDNIGHT = datetime(2026, 3, 28, 23, tzinfo=UTC)
EVIL = "<script>alert('x')</script>"


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[Connection]:
    """A plant with a meter and a pyranometer, a repowering, two names and a restated day."""
    with warehouse.transaction() as opened:
        fleet = Fleet(opened)
        own = fleet.plant("P-1", timezone="Europe/Prague", place=(50.0, 15.0))
        fleet.change(own, MIDNIGHT - timedelta(days=9), name="Second <b>name</b>", capacity_ac_kw=90.0)
        meter = fleet.sensor(own, "ac_power", minutes=15)
        sun = fleet.sensor(own, "irradiance_poa", minutes=5, equipment_type="weather_station")
        fleet.energy(
            own, DAY, 46.0, gap_kwh=2.0, uncertainty_kwh=0.5, hours_in_day=23.0, sensors={"power_integral": [meter]},
            method="power_integral", flags=["outlier"],
        )  # fmt: skip
        fleet.energy(own, DAY - timedelta(days=29), 50.0)
        quarters: list[float | None] = [0.5] * 92
        quarters[10] = None
        fleet.measured(own, DAY, quarter_kwh=quarters, poa_sensor_ids=[sun], power_sensor_ids=[meter])
        # Three readings in the first quarter, the third of them left out; one in the last; one on the next midnight.
        fleet.readings(sun, steps(MIDNIGHT, 5, [100.0, 200.0, 9000.0]))
        fleet.readings(sun, {MIDNIGHT + timedelta(hours=22, minutes=50): 40.0, MIDNIGHT + timedelta(hours=23): 700.0})
        for sensor, instant in ((sun, MIDNIGHT + timedelta(minutes=10)), (meter, MIDNIGHT + timedelta(hours=23))):
            opened.exec_driver_sql(
                "insert into energy.reading_flag values (%(sensor)s, %(instant)s, 'outlier', 'run')",
                {"sensor": sensor, "instant": instant},
            )
        opened.exec_driver_sql(
            "insert into energy.restatement values (%(plant)s, %(day)s, %(at)s, 40, 50, 'power_integral', "
            "'power_integral', %(cause)s, 'run')",
            {"plant": own, "day": DAY - timedelta(days=29), "at": MIDNIGHT, "cause": EVIL},
        )
        opened.exec_driver_sql(
            "update registry.sensor set name = %(name)s where sensor_id = %(sensor)s", {"name": EVIL, "sensor": sun}
        )
        opened.exec_driver_sql("update registry.plant set name = %(name)s", {"name": EVIL})
        compute_kpis(opened, DAY, now_utc=MIDNIGHT, run_id="run")
        yield opened


def test_the_course_is_that_of_the_local_day_without_what_was_left_out(connection: Connection) -> None:
    course = read_plant_report(connection, "P-1", DAY).course
    assert course is not None
    assert course.power_kw == [*[2.0] * 10, None, *[2.0] * 81]
    assert course.w_per_m2 == [150.0, *[None] * 90, 40.0]
    assert course.is_plane_of_array


def test_the_page_says_what_counts_and_what_did_not(connection: Connection) -> None:
    page = Page(render_plant_page(read_plant_report(connection, "P-1", DAY)))
    for words in (
        "46.0 kWh, open 2.0 kWh ± 0.5 kWh , final , power integral",
        "of 23 h",
        "power integral – counts 46.0",
        f"weather_station 2 {EVIL} outlier 1 2026-03-28 23:10 2026-03-28 23:10",
        "capacity factor 2.2 %",  # 46 kWh of 90 kW × 23 h
        "2026-03-20 Second <b>name</b> solar 90 kW 100 kW",
        "the beginning Plant P-1 solar 80 kW 100 kW",
        f"2026-02-28: 40.0 kWh to 50.0 kWh on 2026-03-28: {EVIL}",
    ):
        assert words.replace(" ", "") in page.text.replace(" ", ""), words
    # The flag on the next midnight belongs to the next day.
    assert page.text.count("outlier 1 2026-03-2") == 1
    assert "None" not in page.text


def test_the_page_is_text_of_others_safe_and_heard(connection: Connection, tmp_path: Path) -> None:
    write_plant_page(connection, "P-1", DAY, tmp_path / "plant.html")
    text = (tmp_path / "plant.html").read_text(encoding="utf-8")
    assert "<script" not in text
    require_self_contained(text)
    require_accessible(Page(text))


def test_a_plant_that_has_nothing_has_a_page_all_the_same(connection: Connection) -> None:
    Fleet(connection).plant("P-2", timezone=None, place=None, technology=None)
    page = Page(render_plant_page(read_plant_report(connection, "P-2", DAY)))
    require_accessible(page)
    for words in ("time zone unknown", "has not been computed", "No source has a sensor of it"):
        assert words in page.text


def test_a_code_that_no_plant_has_is_refused(connection: Connection) -> None:
    with pytest.raises(UsageError, match="no plant has the code P-9"):
        read_plant_report(connection, "P-9", DAY)


def test_the_fleet_s_report_and_the_pages_lead_to_each_other(connection: Connection, tmp_path: Path) -> None:
    fleet = read_fleet_report(connection, DAY)
    places = pages_beside(fleet, tmp_path / "fleet.html")
    assert places == {"P-1": "fleet_plants/P-1.html"}
    links = {link.attributes["href"] for link in Page(render_report(fleet, places)).all("a")}
    assert "fleet_plants/P-1.html" in links
    back = Page(render_plant_page(read_plant_report(connection, "P-1", DAY), back="../fleet.html"))
    assert "../fleet.html" in {link.attributes["href"] for link in back.all("a")}


def test_pages_are_found_whatever_the_file_is_called(connection: Connection, tmp_path: Path) -> None:
    """As a browser reads an address: what follows # or ? is no part of the file's name, %41 is a letter."""
    name = "fleet #1? %41 é.html"
    fleet = read_fleet_report(connection, DAY)
    places = pages_beside(fleet, tmp_path / name)
    report = Page(render_report(fleet, places))
    page = Page(render_plant_page(read_plant_report(connection, "P-1", DAY), back=f"../{name}"))
    found = {unquote(urlsplit(link.attributes["href"]).path) for own in (report, page) for link in own.all("a")}
    assert {places["P-1"], f"../{name}"} <= found


def drawn(svg: Any) -> ET.Element:
    assert svg is not None
    return ET.fromstring(svg)  # noqa: S314 -- our own output


def test_a_course_has_an_area_for_each_stretch_that_is_known() -> None:
    """Four quarters on 746 units: 2 kW, unknown, then 1 and 4 kW below an axis of 4, 246 units high."""
    root = drawn(draw_course(DayCourse([2.0, None, 1.0, 4.0], [None] * 4, is_plane_of_array=True), DAY))
    areas = [path.attrib["d"] for path in root.iter("path") if path.attrib.get("class") == "bar"]
    assert areas == [
        "M62 276L62 153L248.5 153L248.5 276Z",
        "M435 276L435 214.5L621.5 214.5L621.5 30L808 30L808 276Z",
    ]
    assert "irradiance" not in "".join(root.itertext())


def test_a_course_of_nothing_is_none() -> None:
    assert draw_course(DayCourse([None] * 92, [None] * 92, is_plane_of_array=False), DAY) is None


def test_days_are_bars_and_unknown_ones_crosses() -> None:
    dates = [DAY - timedelta(days=1), DAY]
    root = drawn(draw_days("Energy", "kWh", [None, 6.0], dates))
    assert [bar.attrib["height"] for bar in root.iter("rect")] == ["96"]  # 6 of 6, on 126 - 30 units
    assert [path.findtext("title") for path in root.iter("path") if path.find("title") is not None] == [
        "2026-03-28: unknown"
    ]
    assert root.findtext("desc") == "1 of 2 days known, from 6 to 6 kWh"
    assert draw_days("Energy", "kWh", [None, None], dates) is None
