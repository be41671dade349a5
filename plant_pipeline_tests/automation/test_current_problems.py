"""What is wrong now, as the warehouse has it, and when it is over."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from shutil import disk_usage
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner

from plant_pipeline.automation.problems import RunEnd, list_problems
from plant_pipeline.automation.under_way import UnderWay
from plant_pipeline.automation.watch import watch
from plant_pipeline.cli import cli
from plant_pipeline.config import Settings
from plant_pipeline.landing.heartbeat import write_heartbeat
from plant_pipeline.landing.stream import RunIssue, State, StreamOutcome, write_issues, write_outcome
from plant_pipeline.sources.settings import load_settings
from plant_pipeline.warehouse import Warehouse, ensure_month_partitions
from plant_pipeline_tests.plants import add_plant

_NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
_DAY = timedelta(days=1)
_LATEST = date(2026, 3, 9)


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, warehouse_url: str, tmp_path: Path) -> Settings:
    """Nobody is told; what is open is looked at."""
    monkeypatch.setenv("RAVENWITS_TOKEN", "not-a-real-token")
    for source in ("VOKE", "FLEXMEASURES"):
        monkeypatch.setenv(f"{source}_BASE_URL", "http://127.0.0.1:1")
        monkeypatch.setenv(f"{source}_TOKEN", "not-a-real-token")
    monkeypatch.setenv("WAREHOUSE_URL", warehouse_url)
    monkeypatch.setenv("PLANT_PIPELINE_HOME", str(tmp_path))
    return load_settings()


def _look(
    configured: Settings, warehouse: Warehouse, at_utc: datetime = _NOW, under_way: UnderWay | None = None
) -> dict[tuple[str, str], Mapping[Any, Any]]:
    """The problems that are open after somebody has looked."""
    assert watch(configured, under_way=under_way or UnderWay(), now_utc=at_utc)
    with warehouse.transaction() as connection:
        return {(row["kind"], row["subject"]): row for row in list_problems(connection)}


def _sql(warehouse: Warehouse, statement: str, **parameters: object) -> None:
    with warehouse.transaction() as connection:
        connection.exec_driver_sql(statement, parameters)


def _plant(warehouse: Warehouse, name: str, sensors: int = 1) -> UUID:
    """A plant with a meter that has so many power sensors of FlexMeasures."""
    with warehouse.transaction() as connection:
        plant_id = add_plant(connection, name, "Europe/Madrid", first_seen_at=datetime(2026, 2, 1, tzinfo=UTC))
        connection.exec_driver_sql(
            "insert into registry.equipment "
            "(equipment_id, plant_id, source, source_asset_id, name, equipment_type, is_present) "
            "values (%(id)s, %(id)s, 'flexmeasures', %(name)s, 'M', 'meter', true)",
            {"id": plant_id, "name": name},
        )
        connection.exec_driver_sql(
            "insert into registry.sensor (equipment_id, plant_id, source, source_sensor_id, name, quantity, unit, "
            "is_cumulative, is_main, resolution, is_present) select %(id)s, %(id)s, 'flexmeasures', "
            "%(name)s || n, 's', 'ac_power', 'W', false, false, '5 min', true from generate_series(1, %(n)s) as n",
            {"id": plant_id, "name": name, "n": sensors},
        )
    return plant_id


def _computed(warehouse: Warehouse, plant_id: UUID, day: date, heard: int) -> None:
    """A day that was computed, of so many of the plant's sensors with readings."""
    with warehouse.transaction() as connection:
        ensure_month_partitions(connection, "energy.sensor_daily", day, day)
        connection.exec_driver_sql(
            "insert into energy.plant_daily (plant_id, energy_date, status, coverage, flags, null_reason, "
            "hours_in_day, run_id, computed_at) "
            "values (%(id)s, %(day)s, 'final', 0, '{}', 'no_data', 24, 'run', '2026-03-01Z') on conflict do nothing",
            {"id": plant_id, "day": day},
        )
        connection.exec_driver_sql(
            "insert into energy.sensor_daily (sensor_id, energy_date, readings, left_out, coverage, flags, run_id, "
            "computed_at) select sensor_id, %(day)s, 288, 0, 1, '{}', 'run', '2026-03-01Z' from registry.sensor "
            "where plant_id = %(id)s order by sensor_id limit %(heard)s",
            {"id": plant_id, "day": day, "heard": heard},
        )


def _read(warehouse: Warehouse, run_id: str, state: State = "complete", at_utc: datetime = _NOW) -> None:
    with warehouse.transaction() as connection:
        write_outcome(connection, run_id, StreamOutcome("flexmeasures", "data", state), at_utc)


# -- silent plants --
def test_a_plant_is_silent_from_its_first_date_without_a_reading_until_the_first_with_one(
    configured: Settings, warehouse: Warehouse
) -> None:
    plant_id, other_id, dumb_id = (_plant(warehouse, name, 2) for name in ("Alpha", "Beta", "Dumb"))
    _read(warehouse, "night")
    problem = ("plant_silent", "flexmeasures P-ALPHA")
    for day in (3, 2, 1):
        _computed(warehouse, plant_id, _LATEST - day * _DAY, heard=2 if day == 3 else 0)
        _computed(warehouse, other_id, _LATEST - day * _DAY, heard=2)
        _computed(warehouse, dumb_id, _LATEST - day * _DAY, heard=0)  # never heard: nothing new
        found = _look(configured, warehouse, _NOW - day * _DAY)
        assert list(found) == ([] if day == 3 else [problem])
    assert found[problem]["message"] == "Alpha: no reading of 2026-03-08 has come, the last one is of 2026-03-06"
    for own, heard in ((plant_id, 1), (other_id, 2), (dumb_id, 0)):
        _computed(warehouse, own, _LATEST, heard=heard)
    assert list(_look(configured, warehouse)) == [("sensors_silent", "flexmeasures P-ALPHA")]
    _computed(warehouse, plant_id, _LATEST + _DAY, heard=2)
    assert not _look(configured, warehouse)


def test_a_plant_stays_silent_also_when_its_last_reading_is_long_ago(
    configured: Settings, warehouse: Warehouse
) -> None:
    plant_id = _plant(warehouse, "Alpha", 2)
    _read(warehouse, "night")
    _computed(warehouse, plant_id, date(2026, 1, 20), heard=2)
    _computed(warehouse, plant_id, date(2026, 1, 21), heard=0)
    expected = ("plant_silent", "flexmeasures P-ALPHA")
    assert expected in _look(configured, warehouse)
    _computed(warehouse, plant_id, _LATEST, heard=0)  # 48 days later
    assert expected in _look(configured, warehouse)
    _sql(warehouse, "update registry.plant set status = 'retired'")
    assert expected not in _look(configured, warehouse)


def test_a_source_that_does_not_answer_says_nothing_of_its_plants(configured: Settings, warehouse: Warehouse) -> None:
    plant_id, other_id = _plant(warehouse, "Alpha"), _plant(warehouse, "Beta")
    for own in (plant_id, other_id):
        _computed(warehouse, own, _LATEST - 2 * _DAY, heard=1)
        _computed(warehouse, own, _LATEST - _DAY, heard=0)
    _read(warehouse, "night", "failed", _NOW - 2 * _DAY)
    assert list(_look(configured, warehouse, _NOW - 2 * _DAY)) == [("stream_failed", "flexmeasures data")]
    _read(warehouse, "later", "incomplete", _NOW - _DAY)  # one of the two was not read
    with warehouse.transaction() as connection:
        write_issues(connection, "later", [RunIssue("readings", "P-ALPHA", "P-ALPHA: 1 of 1 sensors")])
    silent = ("plant_silent", "flexmeasures P-BETA")
    assert set(_look(configured, warehouse, _NOW - _DAY)) == {("stream_failed", "flexmeasures data"), silent}
    _read(warehouse, "dead", "failed")
    for own in (plant_id, other_id):
        _computed(warehouse, own, _LATEST, heard=int(own == other_id))
    assert silent in _look(configured, warehouse)  # not known
    _read(warehouse, "alive", "complete", _NOW + timedelta(hours=1))
    assert set(_look(configured, warehouse, _NOW + timedelta(hours=1))) == {("plant_silent", "flexmeasures P-ALPHA")}


def test_a_run_under_way_on_recent_days_says_nothing_of_plants(configured: Settings, warehouse: Warehouse) -> None:
    plant_id = _plant(warehouse, "Alpha")
    _read(warehouse, "night")
    _computed(warehouse, plant_id, _LATEST - _DAY, heard=1)
    _computed(warehouse, plant_id, _LATEST, heard=0)
    assert not _look(configured, warehouse, under_way=UnderWay(spans=((_LATEST, _LATEST),)))
    backfill = UnderWay(spans=((date(2025, 1, 1), date(2025, 1, 31)),))
    assert list(_look(configured, warehouse, under_way=backfill)) == [("plant_silent", "flexmeasures P-ALPHA")]


def test_the_command_line_says_what_should_have_arrived(configured: Settings, warehouse: Warehouse) -> None:
    plant_id, other_id = _plant(warehouse, "Alpha", 3), _plant(warehouse, "Beta")
    _read(warehouse, "night")
    for own, heard in ((plant_id, 3), (other_id, 1)):
        _computed(warehouse, own, _LATEST - _DAY, heard=heard)
        _computed(warehouse, own, _LATEST, heard=1)
    one = CliRunner().invoke(cli, ["problems", "freshness"]).stdout.splitlines()
    assert [line.split() for line in one[1:]] == [
        ["P-ALPHA", "Alpha", "flexmeasures", "2026-03-09", "2026-03-09", "3", "3", "2", "no"]
    ]
    everything = CliRunner().invoke(cli, ["problems", "freshness", "--all"]).stdout
    assert "P-BETA" in everything


# -- days --
def test_days_between_known_ones_that_were_not_computed_are_a_problem_until_they_are(
    configured: Settings, warehouse: Warehouse
) -> None:
    plant_id = _plant(warehouse, "Alpha")
    for day in (1, 2, 5, 6, 7, 8, 9):
        _computed(warehouse, plant_id, date(2026, 3, day), heard=1)
    problem = ("missed_days", "energy")
    found = _look(configured, warehouse)
    assert found[problem]["message"] == "2 days not computed: 2026-03-03, 2026-03-04"
    assert found[problem]["details"] == {"days": 2, "first_date": "2026-03-03", "last_date": "2026-03-04"}
    _computed(warehouse, plant_id, date(2026, 3, 3), heard=1)
    works = UnderWay(spans=((date(2026, 3, 3), date(2026, 3, 4)),))
    assert problem in _look(configured, warehouse, under_way=works)  # not known how it ends
    _computed(warehouse, plant_id, date(2026, 3, 4), heard=1)
    assert not _look(configured, warehouse)


def test_a_night_has_eight_hours_before_its_day_is_missed_and_history_is_not(
    configured: Settings, warehouse: Warehouse
) -> None:
    plant_id = _plant(warehouse, "Alpha")
    _computed(warehouse, plant_id, date(2026, 3, 8), heard=1)  # the first: what is before it is caught up
    assert not _look(configured, warehouse, datetime(2026, 3, 10, 11, 29, tzinfo=UTC))
    found = _look(configured, warehouse, datetime(2026, 3, 10, 11, 30, tzinfo=UTC))
    assert found["missed_days", "energy"]["message"] == "1 day not computed: 2026-03-09"


def test_days_that_were_not_accepted_are_one_problem(configured: Settings, warehouse: Warehouse) -> None:
    def deliver(day: date, status: str) -> None:
        _sql(
            warehouse,
            "insert into raptor_maps.delivery "
            "(observation_date, part, parts, file_name, sha256, byte_count, row_count, "
            "status, run_id, is_current, is_to_send) "
            "values (%(day)s, 1, 1, 'f', 'x', 1, 1, %(status)s, 'r', true, true) "
            "on conflict (observation_date, part, sha256) do update set status = excluded.status",
            day=day,
            status=status,
        )

    deliver(_LATEST, "failed")
    problem = ("undelivered_days", "raptor_maps")
    first = _look(configured, warehouse)[problem]
    deliver(_LATEST + _DAY, "built")
    second = _look(configured, warehouse, _NOW + _DAY)[problem]
    assert second["problem_id"] == first["problem_id"]
    assert second["message"] == "2 days not accepted: 2026-03-09, 2026-03-10"
    for day in (_LATEST, _LATEST + _DAY):
        deliver(day, "uploaded")
    assert not _look(configured, warehouse, _NOW + 2 * _DAY)


# -- quarantine --
@pytest.mark.parametrize(
    ("rejected", "of_records", "is_problem"), [(2, 10, False), (3, 60, False), (3, 59, True), (50, 0, True)]
)
def test_some_rejected_records_are_normal_and_many_are_not(
    configured: Settings, warehouse: Warehouse, rejected: int, of_records: int, is_problem: bool
) -> None:
    with warehouse.transaction() as connection:
        write_outcome(connection, "night", StreamOutcome("voke", "plant", "complete", got=of_records), _NOW)
    _sql(
        warehouse,
        "insert into quarantine.rejected_record (source, entity, record_key, column_name, check_name, payload, "
        "payload_sha256, run_id, rejected_at, last_seen_at) select 'voke', 'plant', n::text, field, 'range', '{}', "
        "n::text, 'night', %(now)s, %(now)s from generate_series(1, %(n)s) as n, unnest(array['a', 'b']) as field",
        now=_NOW,
        n=rejected,
    )
    problem = ("quarantine_above_limit", "voke plant")
    assert (problem in _look(configured, warehouse)) == is_problem
    _sql(warehouse, "update quarantine.rejected_record set state = 'waived'")
    assert not _look(configured, warehouse)


# -- time and space --
def test_a_night_is_overdue_after_26_hours_whether_it_never_began_or_hangs(
    configured: Settings, warehouse: Warehouse
) -> None:
    problem = ("nightly_overdue", "nightly_sync")
    with warehouse.transaction() as connection:
        write_heartbeat(connection, "nightly_sync", "night", [_LATEST], _NOW)
    hours = timedelta(hours=1)
    assert not _look(configured, warehouse, _NOW + 26 * hours)
    found = _look(configured, warehouse, _NOW + 26 * hours + timedelta(seconds=1))
    assert found[problem]["message"] == "no successful nightly sync since 2026-03-10 12:00 UTC"
    with warehouse.transaction() as connection:
        write_heartbeat(connection, "nightly_sync", "night", [_LATEST + _DAY], _NOW + 27 * hours)
    assert not _look(configured, warehouse, _NOW + 28 * hours)


def test_a_night_that_is_known_to_fail_is_not_overdue_besides(configured: Settings, warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        write_heartbeat(connection, "nightly_sync", "night", [_LATEST], _NOW)
    watch(configured, [RunEnd("nightly_sync", "1", ("x",))], now_utc=_NOW + _DAY)
    assert list(_look(configured, warehouse, _NOW + 3 * _DAY)) == [("run_failed", "nightly_sync")]


def test_before_the_first_night_its_first_sync_counts(configured: Settings, warehouse: Warehouse) -> None:
    assert not _look(configured, warehouse)
    _sql(
        warehouse,
        "insert into landing.source_account (source, host, first_run_at) values ('voke', 'h', %(at)s)",
        at=_NOW - 2 * _DAY,
    )
    (found,) = _look(configured, warehouse).values()
    assert found["message"] == "no nightly sync has succeeded yet; the first was on 2026-03-08 12:00 UTC"


def test_a_disk_that_is_almost_full_is_one_problem_whatever_is_on_it(
    configured: Settings, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = disk_usage(configured.home)
    monkeypatch.setattr("shutil.disk_usage", lambda _: real._replace(free=2**30 - 2**20))
    ((kind, subject),) = _look(configured, warehouse)
    assert (kind, subject) == ("disk_almost_full", str(configured.home))
    monkeypatch.undo()
    assert not _look(configured, warehouse)


_MEMORY = Path("/dev/shm")  # noqa: S108 -- a disk that is not that of the home


@pytest.mark.skipif(not _MEMORY.is_dir(), reason="needs a second disk")
def test_the_disk_of_the_archive_is_looked_at_too(
    configured: Settings, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = disk_usage(configured.home)
    monkeypatch.setattr(
        "shutil.disk_usage", lambda own: real._replace(free=0 if _MEMORY in (own, *own.parents) else 2**40)
    )
    with TemporaryDirectory(dir=_MEMORY) as folder:
        archive = Path(folder) / "archive"
        elsewhere = replace(configured, archive_url=archive.as_uri())
        assert list(_look(elsewhere, warehouse)) == [("disk_almost_full", folder)]
    assert not _look(replace(configured, archive_url="s3://plants"), warehouse)
