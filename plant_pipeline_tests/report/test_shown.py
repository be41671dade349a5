"""What Dagster shows of a day: figures worked out by hand, the worst plants first, names of others as text."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import dagster as dg
import pytest
from sqlalchemy import Connection

from plant_pipeline.kpi.daily import compute_kpis
from plant_pipeline.landing.stream import RunIssue, write_issues
from plant_pipeline.report.shown import day_shown
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.kpi.fleet import Fleet

_DAY = date(2026, 3, 2)
_EVIL = "<img src=x onerror=alert(1)> | [x](javascript:y)"


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.transaction() as connection:
        yield connection


@pytest.fixture
def fleet(connection: Connection) -> Fleet:
    """Four plants: one well, one provisional, one unknown, one final with a flag; and a day that does not count."""
    fleet = Fleet(connection)
    well, provisional, unknown, flagged = (fleet.plant(code) for code in ("P-A", "P-B", "P-C", "P-D"))
    fleet.energy(well, _DAY, 3000.0, uncertainty_kwh=300.0, data_completeness=1.0, coverage=1.0)
    fleet.energy(provisional, _DAY, 500.0, status="provisional", coverage=0.8, gap_kwh=100.0, data_completeness=0.8,
                 flags=["gap_estimated"])  # fmt: skip
    fleet.energy(unknown, _DAY, None, method=None, null_reason="no_data", coverage=None, data_completeness=0.0)
    fleet.energy(flagged, _DAY, 1000.0, uncertainty_kwh=400.0, coverage=1.0, data_completeness=0.9, flags=["stuck"])
    fleet.energy(well, date(2026, 3, 1), 99_999.0)
    return fleet


def _shown(connection: Connection, table: str, day: date = _DAY) -> tuple[dict[str, Any], dict[str, str]]:
    """The figures, and the texts."""
    shown = day_shown(connection, table, day, "run")
    texts = {label: str(own.value) for label, own in shown.items() if isinstance(own, dg.MetadataValue)}
    return {label: own for label, own in shown.items() if label not in texts}, texts


def test_energy_of_a_day_is_added_up_by_how_sure_it_is(connection: Connection, fleet: Fleet) -> None:
    figures, _ = _shown(connection, "energy.plant_daily")
    assert figures == {
        "energy, final, MWh": 4.0,
        "energy, provisional, MWh": 0.5,
        "uncertainty of the final energy, MWh": 0.5,  # √(300² + 400²) kWh
        "estimated for gaps, MWh": pytest.approx(0.1),
        "plants with final energy": 2,
        "plants with provisional energy": 1,
        "plants without energy": 1,
        "median data completeness, %": 85.0,  # of 0, 80, 90 and 100
    }


def test_the_plants_to_look_at_stand_worst_first_and_those_that_are_well_not_at_all(
    connection: Connection, fleet: Fleet
) -> None:
    table = _shown(connection, "energy.plant_daily")[1]["plants to look at"]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.split("\n")[2:]]
    assert [(row[1], row[2], row[4], row[5]) for row in rows] == [
        ("P\\-C", "–", "not known", "no readings arrived"),
        ("P\\-B", "500.0 kWh", "provisional", "gap estimated"),
        ("P\\-D", "1,000.0 kWh", "final", "stuck"),
    ]


def test_a_day_that_nothing_is_known_of_has_counts_and_no_figures(connection: Connection, fleet: Fleet) -> None:
    figures, texts = _shown(connection, "energy.plant_daily", date(2026, 3, 9))
    assert set(figures.values()) == {0}
    assert set(figures) == {"plants with final energy", "plants with provisional energy", "plants without energy"}
    assert texts["plants to look at"] == "Each plant's energy is final and measured whole."
    assert texts["findings"] == "None."
    figures, texts = _shown(connection, "kpi.portfolio_daily", date(2026, 3, 9))
    assert (figures, texts) == ({}, {"groups": "No plant has a KPI."})


def test_many_plants_are_cut_and_counted(connection: Connection, fleet: Fleet) -> None:
    for number in range(20):
        fleet.energy(fleet.plant(f"P-X{number:02}"), _DAY, None, method=None, null_reason="no_data", coverage=None)
    table = _shown(connection, "energy.plant_daily")[1]["plants to look at"]
    assert len(table.split("\n")) == 2 + 15 + 2
    assert table.endswith("and 8 more")


def test_findings_of_the_run_and_date_are_shown_as_text(connection: Connection, fleet: Fleet) -> None:
    write_issues(connection, "run", [RunIssue("energy", str(_DAY), _EVIL, "finding")])
    write_issues(connection, "run", [RunIssue("energy", "2026-03-01", "of another date", "finding")])
    write_issues(connection, "another", [RunIssue("energy", str(_DAY), "of another run", "finding")])
    text = _shown(connection, "energy.plant_daily")[1]["findings"]
    assert text == (r"- \<img src=x onerror=alert\(1\)\> \| \[x\]\(javascript:y\)")
    assert _shown(connection, "kpi.plant_daily")[1]["findings"] == "None."


def test_kpis_of_plants_and_of_the_fleet(connection: Connection, fleet: Fleet) -> None:
    """Each plant has 80 kW of AC: 3000 kWh are more than it gives in 24 hours, 1000 are not."""
    connection.exec_driver_sql("update registry.plant set name = %(name)s where plant_code = 'P-A'", {"name": _EVIL})
    compute_kpis(connection, _DAY, now_utc=datetime(2026, 3, 4, tzinfo=UTC), run_id="run")
    plants, texts = _shown(connection, "kpi.plant_daily")
    known, unknown = connection.exec_driver_sql(
        "select count(value), count(*) - count(value) from kpi.plant_daily where kpi_date = '2026-03-02'"
    ).one()
    assert (plants["KPIs known"], plants["KPIs not known"]) == (known, unknown)
    assert plants["plants with a performance ratio"] == 0
    assert "median performance ratio, %" not in plants
    assert texts["lowest performance"] == "No plant has a performance ratio."

    figures, texts = _shown(connection, "kpi.portfolio_daily")
    assert figures["energy, MWh"] == 4.0
    assert figures["plants whose energy is final"] == 2
    assert figures["share of the capacity they have, %"] == 50.0
    assert figures["capacity factor, %"] == pytest.approx(100 * 1000 / (80 * 24), abs=0.001)
    assert "performance ratio, %" not in figures
    assert "| the fleet | 2 | 50.0 | 4,000.0 kWh | – |" in texts["groups"]


def test_performance_stands_lowest_first_with_what_it_was_measured_of(connection: Connection, fleet: Fleet) -> None:
    connection.exec_driver_sql("update registry.plant set name = %(name)s where plant_code = 'P-A'", {"name": _EVIL})
    compute_kpis(connection, _DAY, now_utc=datetime(2026, 3, 4, tzinfo=UTC), run_id="run")
    for code, ratio in (("P-A", 0.9), ("P-B", 0.5), ("P-D", 0.7)):
        connection.exec_driver_sql(
            "update kpi.plant_daily set value = %(ratio)s, null_reason = null from registry.plant as p "
            "where p.plant_id = plant_daily.plant_id and p.plant_code = %(code)s and kpi = 'performance_ratio'",
            {"ratio": ratio, "code": code},
        )
    figures, texts = _shown(connection, "kpi.plant_daily")
    assert (figures["plants with a performance ratio"], figures["median performance ratio, %"]) == (3, 70.0)
    lines = texts["lowest performance"].split("\n")[2:]
    assert [line.split("|")[2].strip() for line in lines[:2]] == ["P\\-B", "P\\-D"]
    assert "| 50.0 |" in lines[0]
    assert r"\<img" in lines[2]


def test_a_table_without_days_shows_nothing(connection: Connection) -> None:
    assert day_shown(connection, "energy.reading", _DAY, "run") == {}
    assert _shown(connection, "raptor_maps.delivery")[1] == {"files": "No rows of this date: no file."}
