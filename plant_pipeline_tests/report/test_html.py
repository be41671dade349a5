"""The report of a small fleet whose sums can be done by head."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from sqlalchemy import Connection

from plant_pipeline.kpi.daily import compute_kpis
from plant_pipeline.kpi.reasons import NULL_REASON_TEXTS, NullReason
from plant_pipeline.landing.stream import StreamOutcome, write_outcome
from plant_pipeline.report.headline import read_headline
from plant_pipeline.report.html import write_report
from plant_pipeline.report.texts import energy, number_text, percent
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.kpi.fleet import Fleet
from plant_pipeline_tests.report.page import Page, require_accessible, require_self_contained

DAY = date(2026, 3, 20)
MIDNIGHT = datetime(2026, 3, 20, tzinfo=UTC)
EVIL = "<script>alert('x')</script> & Söhne"


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[Connection]:
    """Two final solar plants, one provisional, one with a fallen meter, one at zero, one wind, two without a row."""
    with warehouse.transaction() as opened:
        fleet = Fleet(opened)
        for code, irradiance, kwh in (("P-1", 500.0, 320.0), ("P-2", 250.0, 100.0)):
            plant = fleet.plant(code, capacity_ac_kw=80)
            fleet.measured(plant, DAY, sun_h=12.0, poa_wh_per_m2=8 * irradiance, poa_h=24.0, poa_sun_h=12.0)
            fleet.energy(plant, DAY, kwh, exported_kwh=0.0)
        unsure: Any = {"gap_kwh": 31.0, "uncertainty_kwh": 4.25, "flags": ["methods_disagree", "gap_estimated"]}
        fleet.energy(fleet.plant("P-3", capacity_ac_kw=80), DAY, 77.5, status="provisional", coverage=0.7, **unsure)
        fleet.energy(fleet.plant("P-4"), DAY, None, null_reason="meter_unexplained", coverage=None, method=None)
        fleet.energy(fleet.plant("P-5"), DAY, 0.0)
        wind = fleet.plant("P-6", technology="wind", capacity_ac_kw=2000, capacity_dc_kw=None)
        fleet.energy(wind, DAY, 12_345.6, status="restated")
        fleet.plant("P-7")
        fleet.sensor(fleet.plant("P-8"), "ac_power")
        fleet.plant("P-9", status="retired")
        for plant_code, name in (("P-1", EVIL), ("P-6", "Čáp")):
            opened.exec_driver_sql(
                "update registry.plant set name = %(name)s where plant_code = %(code)s",
                {"name": name, "code": plant_code},
            )
        compute_kpis(opened, DAY, now_utc=MIDNIGHT, run_id="run")
        write_outcome(
            opened, "run", StreamOutcome("voke", "plant", "failed", message="HTTP 503 after 3 tries"), MIDNIGHT
        )
        write_outcome(opened, "run", StreamOutcome("ravenwits", "plant", "complete", got=9), MIDNIGHT)
        write_outcome(opened, "run", StreamOutcome("flexmeasures", "asset", "not_configured"), MIDNIGHT)
        opened.exec_driver_sql(
            "insert into raptor_maps.delivery (observation_date, part, file_name, sha256, byte_count, row_count, "
            "status, http_status, uploaded_at, run_id, parts) "
            "values (%(day)s, 1, 'raptor_maps_2026-03-20_part001.csv', 'a', "
            "1234567, 98765, 'uploaded', 200, '2026-03-21 03:00+00', 'run', 1)",
            {"day": DAY},
        )
        opened.exec_driver_sql(
            "insert into landing.heartbeat values ('nightly_sync', '2026-03-21 04:05+00', 'run', '{2026-03-20}')"
        )
        yield opened


def written(connection: Connection, tmp_path: Path, day: date = DAY) -> str:
    file = tmp_path / f"report_{day}.html"
    write_report(connection, day, file)
    return file.read_text(encoding="utf-8")


def test_sums_leave_out_what_may_change(connection: Connection) -> None:
    headline = read_headline(connection, DAY)
    assert [plant.plant_code for plant in headline.active] == [f"P-{n}" for n in (1, 2, 3, 4, 5, 7, 8, 6)]
    assert headline.energy_kwh == pytest.approx(320 + 100 + 0 + 12_345.6)
    assert headline.provisional_kwh == 77.5
    # Known and not provisional: 80 + 80 + 80 + 2000 of 7 × 80 + 2000 kW.
    assert headline.capacity_share == pytest.approx(2240 / 2560)
    # 420 kWh over 100 kWp × (4 + 2) h; P-5 has no irradiance.
    assert headline.performance_ratio == pytest.approx(0.7)
    assert headline.performance_plants == 2
    assert {plant.plant_code: plant.missing_reason for plant in headline.missing} == {
        "P-4": "meter_unexplained",
        "P-7": "no_sensors",
        "P-8": "not_computed",
    }
    assert [(stream.source, stream.message) for stream in headline.failed_streams] == [
        ("voke", "HTTP 503 after 3 tries")
    ]


def test_what_was_announced_stands_beside_a_plant(connection: Connection, tmp_path: Path) -> None:
    """A limit over noon, and one that ended as the day began."""
    values = {"day": DAY, "at": MIDNIGHT, "noon": MIDNIGHT + timedelta(hours=12)}
    for statement in (
        (
            "insert into ravenwits.plant (id, name, lat, lon, installed_capacity_mw, nominal_capacity_mw, area, "
            "technology_type, fetched_at, is_present) values ('r1', 'CAP', 0, 0, 1, 1, 'CZE', 'eolica', %(at)s, true)"
        ),
        (
            "insert into registry.plant_alias (source, source_plant_id, plant_id, source_name, method, is_present, "
            "first_seen_at, last_seen_at) select 'ravenwits', 'r1', plant_id, 'CAP', 'new', true, %(at)s, %(at)s "
            "from registry.plant where plant_code = 'P-6'"
        ),
        (
            "insert into ravenwits.unavailability (id, plant_id, start_time_utc, end_time_utc, available_power_mw, "
            "availability_type, fetched_at, is_present) values ('u1', 'CAP', %(noon)s, %(noon)s + interval '1 h', 0, "
            "'CURTAILMENT', %(at)s, true), ('u2', 'CAP', %(at)s - interval '1 h', %(at)s, 0, 'OTHER', %(at)s, true)"
        ),
    ):
        connection.exec_driver_sql(statement, values)
    connection.exec_driver_sql("update registry.plant set timezone = 'UTC' where plant_code = 'P-6'")
    page = Page(written(connection, tmp_path))
    assert "announced: curtailment" in page.text
    assert page.text.count("announced") == 1


def test_the_report_says_it_in_words(connection: Connection, tmp_path: Path) -> None:
    page = Page(written(connection, tmp_path))
    for words in (
        "Friday 2026-03-20",
        "The last night that ended well did so 2026-03-21 04:05 UTC.",
        "8 active plants; 2 with sensors and without energy, 1 without any sensor",
        "12.8 MWh energy of 4 plants, 87.5 % of capacity",
        "77.5 kWh provisional, of 1 more plant, not in the sum",
        "70.0 % performance ratio of 2 of 7 solar plants",
        "1 of 2 source streams failed",
        "voke plant: failed – HTTP 503 after 3 tries",
        "1 plant without energy: the meter fell and nothing explains it more Plant P-4 P-4",
        "1 plant without any sensor: no source measures its energy Plant P-7 P-7",
        "plant-pipeline explain P-4 2026-03-20",
        "1 of 1 Raptor Maps part accepted, 98,765 rows",
        "performance ratio: no irradiance of the kind it needs was measured (2): Plant P-3 P-3, Plant P-5 P-5",
    ):
        assert words.replace(" ", "") in page.text.replace(" ", ""), words
    assert "None" not in page.text
    assert "nan" not in page.text.lower().replace("explanation", "")


def test_the_report_needs_nothing_but_itself(connection: Connection, tmp_path: Path) -> None:
    require_self_contained(written(connection, tmp_path))


def test_the_report_can_be_heard_and_used_by_keys(connection: Connection, tmp_path: Path) -> None:
    require_accessible(Page(written(connection, tmp_path)))


def test_names_are_text_and_never_markup(connection: Connection, tmp_path: Path) -> None:
    text = written(connection, tmp_path)
    assert "<script" not in text
    assert EVIL in Page(text).text


def test_what_needs_a_person_comes_first(connection: Connection, tmp_path: Path) -> None:
    (work,) = [own for own in Page(written(connection, tmp_path)).all("ol") if own.attributes["class"] == "work"]
    assert [item.attributes["class"] for item in work.all("li") if item.attributes.get("class")] == [
        "alarm",  # the stream that failed
        "alarm",  # P-4, whose meter fell
        "alarm",  # P-8, not computed
        "warn",  # P-3, whose methods disagree
        "note",  # P-7, without sensors
    ]


def test_zero_is_zero_and_unknown_is_a_dash_with_its_reason(connection: Connection, tmp_path: Path) -> None:
    (table,) = [own for own in Page(written(connection, tmp_path)).all("table") if "ranking" in own.attributes["class"]]
    cells = {code: row.text for row in table.all("tr") for code in re.findall(r"P-\d", row.text)[:1]}
    assert list(cells) == ["P-4", "P-8", "P-3", "P-1", "P-2", "P-5", "P-6"]  # P-7 has no sensor: it is no row
    # Energy, yield, PR, capacity factor, data, of usual energy, of usual PR, status.
    assert re.search(r"solar, 80 kW 0 0 – no irradiance 0 100\.0 – – final register difference$", cells["P-5"])
    assert re.search(r"solar, 80 kW – meter unexplained ", cells["P-4"])
    assert re.search(r"77\.5 ?open 31\.0 ± 4\.\d .*provisional .*methods disagree, gap estimated$", cells["P-3"])
    assert re.search(r"12,346 n/a n/a 25\.7 100\.0 – – restated", cells["P-6"])  # 12 345.6 / 48 000


def test_the_same_rows_give_the_same_bytes(connection: Connection, tmp_path: Path) -> None:
    assert written(connection, tmp_path) == written(connection, tmp_path)


def test_a_date_of_an_empty_warehouse(warehouse: Warehouse, tmp_path: Path) -> None:
    with warehouse.transaction() as connection:
        page = Page(written(connection, tmp_path))
    assert "0 active plants" in page.text
    assert "The registry has no plants yet" in page.text
    assert "No source has been read yet" in page.text


def test_a_date_that_was_not_run_names_every_plant(connection: Connection, tmp_path: Path) -> None:
    page = Page(written(connection, tmp_path, DAY + timedelta(days=1)))
    assert "this date has not been computed for it" in page.text
    assert "– energy of 0 plants" in page.text


def test_numbers() -> None:
    assert number_text(1234567.4) == "1,234,567"
    assert number_text(None) == "–"
    assert number_text(0.0) == "0"
    assert number_text(-0.2) == "0"
    assert number_text(0.0, 2) == "0"
    assert number_text(-1234.56, 1) == "-1,234.6"
    assert percent(0.99999) == "99.9"
    assert percent(1.0) == "100.0"
    assert percent(1.0001) == "100.0"
    assert percent(None) == "–"
    assert energy(9_999.94) == "9,999.9 kWh"
    assert energy(1_234_567) == "1,234.6 MWh"
    assert energy(12_345_678) == "12.3 GWh"
    assert energy(None) == "–"
    assert energy(0.0) == "0 kWh"
    assert percent(0.0) == "0"


def test_every_reason_has_words() -> None:
    assert set(NULL_REASON_TEXTS) == set(get_args(NullReason))
