"""The reports that are kept, and what Dagster shows of them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from plant_pipeline.landing.archive import open_archive
from plant_pipeline.landing.stream import read_issues
from plant_pipeline.orchestration import Pipeline
from plant_pipeline.report.assets import registry_shown, shown_of, write_run_reports
from plant_pipeline.report.files import newest_date, remove_old_reports, report_file, reports_folder, write_reports
from plant_pipeline.sources.settings import load_settings
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.kpi.fleet import Fleet

DAY = date(2026, 3, 20)
BEFORE = DAY - timedelta(days=1)


@pytest.fixture
def pipeline(warehouse: Warehouse, tmp_path: Path) -> Pipeline:
    """A warehouse of one plant with energy of two days."""
    with warehouse.transaction() as connection:
        fleet = Fleet(connection)
        own = fleet.plant("P-1", place=(50.0, 15.0))
        fleet.sensor(own, "ac_power")
        fleet.energy(own, BEFORE, 10.0)
        fleet.energy(own, DAY, None, null_reason="no_data", method=None, coverage=None)
    settings = replace(load_settings({}), home=tmp_path / "home")
    return Pipeline(settings, warehouse, open_archive((tmp_path / "archive").as_uri()))


def files(pipeline: Pipeline) -> list[str]:
    return sorted(file.name for file in reports_folder(pipeline.settings.home).iterdir())


def test_the_newest_date_of_a_run_is_written_and_others_only_if_they_were(pipeline: Pipeline) -> None:
    folder = reports_folder(pipeline.settings.home)
    assert write_run_reports(pipeline, [BEFORE, DAY], "run") is not None
    assert files(pipeline) == ["fleet_2026-03-20.html"]
    report_file(folder, BEFORE).write_text("old", encoding="utf-8")
    report = write_run_reports(pipeline, [BEFORE, DAY], "run")
    assert report is not None
    assert report.headline.report_date == DAY
    assert "2026-03-19" in report_file(folder, BEFORE).read_text(encoding="utf-8")


def test_a_run_without_dates_writes_the_newest_there_is_and_an_empty_warehouse_none(
    pipeline: Pipeline, warehouse: Warehouse
) -> None:
    report = write_run_reports(pipeline, [], "run")
    assert report is not None
    assert report.headline.report_date == DAY
    with warehouse.transaction() as connection:
        connection.exec_driver_sql("delete from energy.plant_daily")
        assert newest_date(connection) is None
        assert write_reports(connection, reports_folder(pipeline.settings.home), []) is None


def test_a_folder_that_cannot_be_is_a_failure_of_the_run(pipeline: Pipeline, warehouse: Warehouse) -> None:
    pipeline.settings.home.mkdir()
    reports_folder(pipeline.settings.home).write_text("a file", encoding="utf-8")
    assert write_run_reports(pipeline, [DAY], "run") is None
    with warehouse.transaction() as connection:
        (issue,) = read_issues(connection, "run")
    assert (issue.stage, issue.severity) == ("report", "failure")
    assert "could not be written to" in issue.message
    reports_folder(pipeline.settings.home).unlink()
    assert write_run_reports(pipeline, [DAY], "run") is not None
    with warehouse.transaction() as connection:
        assert read_issues(connection, "run") == []


def test_old_reports_go_and_other_files_stay(tmp_path: Path) -> None:
    for name in ("fleet_2026-03-10.html", "fleet_2026-03-09.html", "mine_2020-01-01.html", "fleet_2020-01-01.html.bak"):
        (tmp_path / name).touch()
    assert remove_old_reports(tmp_path, DAY, 10) == 1
    assert not (tmp_path / "fleet_2026-03-09.html").exists()
    assert len(list(tmp_path.iterdir())) == 3
    assert remove_old_reports(tmp_path / "nowhere", DAY, 10) == 0


def texts(metadata: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(getattr(own, "value", own)) for name, own in metadata.items()}


def test_dagster_shows_figures_work_and_pictures(pipeline: Pipeline) -> None:
    report = write_run_reports(pipeline, [DAY], "run")
    assert report is not None
    shown = texts(shown_of(report, pipeline))
    assert shown["file"].endswith("reports/fleet_2026-03-20.html")
    assert shown["needs a person"].startswith("- **ALARM** 1 plant without energy: no readings arrived: Plant P\\-1")
    assert shown["map"].startswith("![the fleet on 2026\\-03\\-20](data:image/svg+xml;base64,")
    assert "| Plant P\\-1 | P\\-1 | – | no readings arrived | final |" in shown["plants"]


def test_the_registry_shows_the_fleet_and_its_queue(pipeline: Pipeline, warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        assert texts(registry_shown(connection, "match_proposal")) == {"review queue": "No match waits for a person."}
        plant = texts(registry_shown(connection, "plant"))
        assert registry_shown(connection, "sensor") == {}
    assert plant["map"].startswith("![the fleet")
    assert plant["disagreements"] == "Systems agree."
