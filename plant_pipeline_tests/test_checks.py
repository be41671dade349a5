"""Asset checks: none passes because nothing was looked at, unless there was nothing to look at and it says so."""

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import dagster as dg
import httpx
import pytest

from plant_pipeline.automation.outcome import failures_of
from plant_pipeline.energy.assets import energy_check
from plant_pipeline.energy.assets import plant_daily as energy_plant_daily
from plant_pipeline.kpi.assets import kpi_check
from plant_pipeline.kpi.assets import plant_daily as kpi_plant_daily
from plant_pipeline.landing.archive import open_archive
from plant_pipeline.landing.drift import Drift
from plant_pipeline.landing.stream import RunIssue, State, StreamOutcome, read_issues
from plant_pipeline.orchestration import Pipeline, range_tags
from plant_pipeline.raptor_maps.assets import delivery, delivery_check
from plant_pipeline.raptor_maps.deliver import DayDelivery, Outcome, PartDelivery
from plant_pipeline.readings.assets import build_reading_asset, reading_check
from plant_pipeline.registry.assets import plant_checks
from plant_pipeline.registry.reconcile import RegistryChanges
from plant_pipeline.sources.all import SOURCES
from plant_pipeline.sources.assets import build_source_assets, stream_checks
from plant_pipeline.sources.ravenwits.source import RAVENWITS
from plant_pipeline.sources.settings import load_settings
from plant_pipeline.sources.voke.source import VOKE
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.kpi.fleet import Fleet
from plant_pipeline_tests.sources.ravenwits.conftest import plant as ravenwits_plant

_WARN, _ERROR = dg.AssetCheckSeverity.WARN, dg.AssetCheckSeverity.ERROR


def _holds(check: dg.AssetCheckResult, severity: dg.AssetCheckSeverity, text: str, *, passed: bool) -> None:
    assert (check.passed, check.severity) == (passed, severity)
    assert text in (check.description or "")


@pytest.mark.parametrize(
    ("state", "got", "quarantined", "is_whole", "is_clean", "text"),
    [
        ("complete", 24, 0, True, True, "none of 24 record(s)"),
        ("complete", 24, 2, True, False, "2 record(s) of voke.plant are in quarantine"),
        ("incomplete", 9, 0, False, True, "none of 9 record(s)"),
        ("failed", None, 0, False, False, "not judged, no record was looked at: voke plant: failed (HTTP 500)"),
        ("not_permitted", None, 0, True, True, "not judged, no record was looked at: voke plant: not permitted"),
        ("not_configured", None, 0, True, True, "not judged, no record was looked at: voke plant: not configured"),
    ],
)
def test_records_of_a_stream_that_failed_are_not_judged_as_good(
    state: State, got: int | None, quarantined: int, is_whole: bool, is_clean: bool, text: str
) -> None:
    message = "HTTP 500" if state == "failed" else None
    outcome = StreamOutcome("voke", "plant", state, got=got, quarantined=quarantined, message=message)
    whole, clean, documented = stream_checks(VOKE.entity("plant"), outcome, [])
    assert whole.check_name == "stream_complete"
    _holds(whole, _ERROR, f"voke plant: {state.replace('_', ' ')}", passed=is_whole)
    assert clean.check_name == "no_record_rejected"
    _holds(clean, _WARN, text, passed=is_clean)
    assert (documented.check_name, documented.passed) == ("fields_as_documented", state != "failed")


def test_a_field_that_is_not_as_documented_fails_its_check_and_no_other() -> None:
    outcome = StreamOutcome("voke", "plant", "complete", got=24)
    changed = Drift("created_at", "type", "date and time with offset", "number 1773115200000", 24, 24)
    more = Drift("colour", "extra_field", None, "string", 24, 24)
    *_, documented = stream_checks(VOKE.entity("plant"), outcome, [changed, more])
    _holds(documented, _WARN, "created_at is number 1773115200000 in 24 of 24 records", passed=False)
    *_, documented = stream_checks(VOKE.entity("plant"), outcome, [more])
    _holds(documented, _WARN, "colour (string) came in 24 of 24 records and is not documented", passed=True)
    whole, clean, documented = stream_checks(VOKE.entity("plant"), outcome, [])
    _holds(documented, _WARN, "all fields of 24 record(s) came as documented", passed=True)
    assert whole.passed
    assert clean.passed


@pytest.mark.parametrize(
    ("changes", "is_documented", "failure"),
    [
        ({}, True, ""),
        ({"created_at": 1_748_858_400_000}, False, ""),
        ({"technology_type": "nuclear"}, False, "technology_type: isin(['eolica', 'solar']) in 3 of 3 records"),
    ],
)
def test_only_a_listing_that_is_mostly_rejected_ends_a_run_with_a_failure(
    warehouse: Warehouse, tmp_path: Path, changes: dict[str, object], is_documented: bool, failure: str
) -> None:
    listing = [{**ravenwits_plant(n), **changes} for n in (1, 2, 3)]
    answering = httpx.MockTransport(lambda _: httpx.Response(200, json=listing))
    source = replace(RAVENWITS, open_client=partial(RAVENWITS.open_client, transport=answering))
    settings = load_settings({"RAVENWITS_TOKEN": "static-key-7f3a", "RAVENWITS_BASE_URL": "https://ravenwits.test"})
    pipeline = Pipeline(settings, warehouse, open_archive(tmp_path.as_uri()))
    done = dg.materialize([build_source_assets(source)[0]], resources={"pipeline": pipeline})
    checks = {check.check_name: check for check in done.get_asset_check_evaluations()}
    assert (checks["fields_as_documented"].passed, checks["fields_as_documented"].severity) == (is_documented, _WARN)
    assert checks["stream_complete"].passed is not bool(failure)
    with warehouse.transaction() as connection:
        failures = failures_of(connection, done.run_id)
        findings = [issue.message for issue in read_issues(connection, done.run_id)]
    assert (len(failures), failure in "".join(failures)) == (bool(failure), True)
    assert len(findings) == (0 if is_documented else 1)


def test_sensors_that_were_not_asked_did_not_answer() -> None:
    asked = StreamOutcome("flexmeasures", "data", "complete", expected=3, got=3)
    none_asked = replace(asked, expected=0, got=0)
    issue = RunIssue("readings", "P-1", "1 of 3 sensors could not be read")
    _holds(reading_check([asked], [], has_sensors=True), _ERROR, "each of 3 sensors answered", passed=True)
    _holds(reading_check([asked], [issue], has_sensors=True), _ERROR, "1 of 3 sensors", passed=False)
    _holds(reading_check([], [], has_sensors=False), _ERROR, "no source with readings is configured", passed=True)
    _holds(reading_check([none_asked], [], has_sensors=False), _ERROR, "no sensor with readings is known", passed=True)
    _holds(reading_check([none_asked], [], has_sensors=True), _WARN, "not judged", passed=False)


def test_energy_of_a_day_that_is_not_over_is_not_known() -> None:
    _holds(energy_check(16, []), _WARN, "each of 16 plant-days has an energy", passed=True)
    _holds(energy_check(0, []), _WARN, "no plant has sensors", passed=True)
    _holds(energy_check(0, ["P-1: 2026-11-25 is not over yet there"]), _WARN, "not over yet", passed=False)


def test_figures_that_are_not_known_are_not_consistent() -> None:
    _holds(kpi_check(142, [], has_sensors=True), _WARN, "each of 142 figures", passed=True)
    _holds(kpi_check(142, ["P-1 performance_ratio would be 7"], has_sensors=True), _WARN, "would be 7", passed=False)
    _holds(kpi_check(0, [], has_sensors=True), _WARN, "not judged", passed=False)
    _holds(kpi_check(0, [], has_sensors=False), _WARN, "no plant has sensors", passed=True)


def test_a_registry_without_plants_has_no_zones_to_be_sure_of() -> None:
    (check,) = plant_checks("plant", RegistryChanges(plants_active=0), [], [])
    _holds(check, _WARN, "not judged", passed=False)
    (check,) = plant_checks("plant", RegistryChanges(plants_active=2), [], [])
    _holds(check, _WARN, "each of 2 active plants has a zone", passed=True)
    (check,) = plant_checks("plant", RegistryChanges(plants_active=2), ["P-1"], [])
    _holds(check, _WARN, "no time zone known: P-1", passed=False)


def test_what_systems_contradict_is_told_in_words_but_not_without_end() -> None:
    (check,) = plant_checks("plant_field", RegistryChanges(), [], [])
    _holds(check, _WARN, "no system contradicts", passed=True)
    (check,) = plant_checks("plant_field", RegistryChanges(), [], [f"P-{number}" for number in range(22)])
    _holds(check, _WARN, "P-0; P-1;", passed=False)
    _holds(check, _WARN, "P-19; and 2 more", passed=False)


def _day(*outcomes: Outcome) -> DayDelivery:
    parts = tuple(PartDelivery(n, f"part{n:03}.csv", 1, outcome) for n, outcome in enumerate(outcomes, 1))
    failures = tuple(f"{part.file_name} was not delivered" for part in parts if part.outcome == "failed")
    return DayDelivery(date(2026, 11, 24), parts, {}, {}, {}, failures, (), ())


@pytest.mark.parametrize(
    ("day", "is_configured", "passed", "text"),
    [
        (_day("uploaded", "unchanged"), True, True, "2 part(s) are at the receiver"),
        (_day("uploaded", "failed"), True, False, "part002.csv was not delivered"),
        (_day("built", "unchanged"), True, True, "sending was switched off): 1 part(s) built and kept, 1 accepted"),
        (_day("built"), False, True, "not configured): 1 part(s) built and kept, 0 accepted"),
        (_day(), True, True, "nothing to send"),
    ],
)
def test_a_delivery_that_was_not_sent_says_so(day: DayDelivery, is_configured: bool, passed: bool, text: str) -> None:
    _holds(delivery_check([day], is_configured=is_configured), _ERROR, text, passed=passed)


def test_a_run_over_a_day_that_is_over_for_no_plant_fails_and_says_when_it_is(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    with warehouse.transaction() as connection:
        fleet = Fleet(connection)
        fleet.sensor(fleet.plant("P-1", timezone="Europe/Madrid"), "ac_power", minutes=15)
        fleet.sensor(fleet.plant("P-2", timezone="America/Denver"), "ac_power", minutes=15)
    noon = datetime(2026, 3, 29, 12, tzinfo=UTC)
    pipeline = Pipeline(load_settings({}), warehouse, open_archive(tmp_path.as_uri()), clock=lambda: noon)
    steps: list[dg.AssetsDefinition] = [build_reading_asset(SOURCES), energy_plant_daily, kpi_plant_daily, delivery]
    for step in steps:
        done = dg.materialize(
            [step],
            resources={"pipeline": pipeline},
            tags=range_tags([date(2026, 3, 28), date(2026, 3, 29)]),
            raise_on_error=False,
        )
        assert not done.success
        assert not done.get_asset_materialization_events()
        failure = str(done.get_step_failure_events()[0].step_failure_data.error)
        assert "2026-03-29 is not over for any plant yet: it can be run from 2026-03-29 22:00 UTC on" in failure
        assert dg.materialize([step], resources={"pipeline": pipeline}, tags=range_tags([date(2026, 3, 28)])).success


def test_a_fleet_without_sensors_has_no_day_to_wait_for(warehouse: Warehouse, tmp_path: Path) -> None:
    with warehouse.transaction() as connection:
        Fleet(connection).plant("P-1")
    noon = datetime(2026, 3, 29, 12, tzinfo=UTC)
    pipeline = Pipeline(load_settings({}), warehouse, open_archive(tmp_path.as_uri()), clock=lambda: noon)
    tags = range_tags([date(2026, 3, 29)])
    assert dg.materialize([energy_plant_daily], resources={"pipeline": pipeline}, tags=tags).success


def test_a_plant_whose_day_is_not_over_passes_no_check_of_the_others_run(warehouse: Warehouse, tmp_path: Path) -> None:
    day = date(2026, 3, 29)
    with warehouse.transaction() as connection:
        fleet = Fleet(connection)
        fleet.sensor(fleet.plant("P-1"), "ac_power", minutes=15)
        fleet.sensor(fleet.plant("P-2", timezone="Pacific/Auckland"), "ac_power", minutes=15, is_reference=True)
        connection.exec_driver_sql("update registry.sensor set source_unit = 'W'")
    settings = load_settings({"FLEXMEASURES_BASE_URL": "http://127.0.0.1:1", "FLEXMEASURES_TOKEN": "x"})
    noon = datetime(2026, 3, 29, 12, tzinfo=UTC)
    pipeline = Pipeline(settings, warehouse, open_archive(tmp_path.as_uri()), clock=lambda: noon)
    done = dg.materialize(
        [build_reading_asset(SOURCES), energy_plant_daily, kpi_plant_daily],
        resources={"pipeline": pipeline},
        tags=range_tags([day]),
    )
    evaluations = done.get_asset_check_evaluations()
    assert {(check.check_name, check.passed, check.severity) for check in evaluations} == {
        ("every_sensor_was_read", False, _WARN),
        ("energy_is_known", False, _WARN),
        ("readings_have_come", False, _WARN),
        ("inputs_are_consistent", True, _WARN),
    }
    assert "P-1: 2026-03-29 is not over yet there" in str([check.description for check in evaluations])
