"""What the server tells of its own work, into the tables."""

from datetime import UTC, datetime, timedelta

import pytest

from plant_pipeline.automation.jobs import build_jobs
from plant_pipeline.sources.flexmeasures.source import FLEXMEASURES
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.plants import add_plant
from plant_pipeline_tests.sources.fake_api import AT, FakeApi, html, status
from plant_pipeline_tests.sources.flexmeasures.conftest import (
    ASSETS,
    SENSORS,
    FlexPuller,
    asset,
    history,
    job,
    pages,
    sensor_status,
)

_HISTORY, _OTHER_HISTORY = f"{ASSETS}/4/auditlog", f"{ASSETS}/5/auditlog"
_JOBS = f"{ASSETS}/4/jobs"


@pytest.fixture(autouse=True)
def plants(api: FakeApi, pull: FlexPuller, warehouse: Warehouse) -> None:
    """Assets 4 and 5 are plants of the registry, each with a meter and one more sensor; 6 is none."""
    api.on(ASSETS, pages([asset(4, "Polder Oost"), asset(5, "Polder West"), asset(6, "Shed")]))
    pull("asset")
    with warehouse.transaction() as connection:
        for number in (4, 5):
            plant_id = add_plant(connection, f"Polder{number}", "UTC")
            own = {"n": str(number), "id": plant_id, "at": AT}
            connection.exec_driver_sql(
                "insert into registry.plant_alias (source, source_plant_id, plant_id, source_name, method, is_present, "
                "first_seen_at, last_seen_at) "
                "values ('flexmeasures', %(n)s, %(id)s, 'P', 'new', true, %(at)s, %(at)s)",
                own,
            )
            connection.exec_driver_sql(
                "insert into registry.equipment (equipment_id, plant_id, source, source_asset_id, name, "
                "equipment_type, is_present) values (%(id)s, %(id)s, 'flexmeasures', %(n)s, 'm', 'meter', true)",
                own,
            )
            connection.exec_driver_sql(
                "insert into registry.sensor (equipment_id, plant_id, source, source_sensor_id, name, quantity, unit, "
                "is_cumulative, is_main, resolution, is_present) select %(id)s, %(id)s, 'flexmeasures', %(n)s || n, "
                "'E', q, 'W', false, true, '5 min', true from (values ('0', 'ac_power'), ('1', 'module_temperature')) "
                "as given (n, q)",
                own,
            )


def _computed(warehouse: Warehouse, number: int, produced_kwh: float | None, coverage: float, days_ago: int) -> None:
    with warehouse.transaction() as connection:
        connection.exec_driver_sql(
            "insert into energy.plant_daily (plant_id, energy_date, produced_kwh, coverage, status, null_reason, "
            "hours_in_day, run_id, computed_at, flags) select plant_id, %(day)s, %(kwh)s, %(coverage)s, 'provisional', "
            "%(why)s, 24, 'r', %(at)s, '{}' from registry.plant_alias where source_plant_id = %(n)s",
            {
                "n": str(number),
                "day": (AT - timedelta(days=days_ago)).date(),
                "kwh": produced_kwh,
                "coverage": coverage,
                "why": "no_data" if produced_kwh is None else None,
                "at": AT,
            },
        )


def test_a_history_is_kept_once_however_often_it_is_told(api: FakeApi, pull: FlexPuller) -> None:
    told = history("Created asset 'Polder Oost': 4", "Edited latitude")
    api.on(_HISTORY, told).on(_OTHER_HISTORY, {"data": [], "num-records": 0, "filtered-records": 0})
    outcome = pull("audit_event")
    assert (outcome.state, outcome.got, outcome.seen_new) == ("complete", 2, 2)
    assert pull.rows("select * from flexmeasures.audit_event order by event_at")[1] == {
        "asset_id": 4,
        "event_at": datetime(2026, 2, 1, 10, 0, 1, tzinfo=UTC),
        "event": "Edited latitude",
        "active_user_name": "Ada",
        "active_user_id": None,
    }
    assert api.asked(f"{ASSETS}/6/auditlog") == 0
    request = next(request for request in api.requests if request.url.path == _HISTORY)
    assert dict(request.url.params) == {
        "page": "1",
        "per_page": "100",
        "sort_by": "event_datetime",
        "sort_dir": "asc",
    }
    told["data"][1]["active_user_id"] = 3  # as a 1.0.1 says besides
    assert (pull("audit_event").seen_new, pull.column("select count(*) from flexmeasures.audit_event")) == (0, [2])


def test_what_may_not_be_seen_or_cannot_be_had_is_told_apart(api: FakeApi, pull: FlexPuller) -> None:
    api.on(_HISTORY, status(403, {"status": "INVALID_SENDER"})).on(_OTHER_HISTORY, history("Edited"))
    outcome = pull("audit_event")
    assert (outcome.state, outcome.message) == ("complete", "histories of 1 of 2 plants are not permitted")
    api.on(_OTHER_HISTORY, html(500))
    outcome = pull("audit_event")
    assert outcome.state == "incomplete"
    assert (outcome.message or "").startswith("histories of 1 of 2 plants could not be had: Polder West; first:")
    api.on(_OTHER_HISTORY, status(403, {"status": "INVALID_SENDER"}))
    assert pull("audit_event").state == "not_permitted"


def test_jobs_are_kept_in_their_latest_state(api: FakeApi, pull: FlexPuller) -> None:
    waiting = job(1, status="queued", job_id=17, enqueued_at="Mon, 09 Mar 2026 23:30:00 GMT")
    api.on(_JOBS, {"jobs": [waiting, job(2, status="failed", err="no solver")], "redis_connection_err": None})
    api.on(f"{ASSETS}/5/jobs", {"jobs": [], "redis_connection_err": None})
    assert pull("job").state == "complete"
    api.on(_JOBS, {"jobs": [{**waiting, "status": "finished"}], "redis_connection_err": None})
    outcome = pull("job", at=AT + timedelta(days=1))
    assert (outcome.seen_new, outcome.seen_changed) == (0, 1)
    rows = pull.rows("select job_id, status, err, enqueued_at, fetched_at from flexmeasures.job order by job_id")
    at = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)
    assert [tuple(row.values()) for row in rows] == [
        ("17", "finished", None, at, AT + timedelta(days=1)),
        ("job-2", "failed", "no solver", at, AT),
    ]


def test_a_server_that_cannot_see_its_queues_is_no_server_without_jobs(api: FakeApi, pull: FlexPuller) -> None:
    lost = {"jobs": [], "redis_connection_err": "No Redis configured"}
    api.on(_JOBS, lost).on(f"{ASSETS}/5/jobs", {"jobs": [], "redis_connection_err": None})
    outcome = pull("job")
    assert outcome.state == "incomplete"
    assert "could not be had: Polder Oost; first: the server cannot see its queues: No Redis configured" in str(
        outcome.message
    )


def test_sensors_are_asked_about_where_a_plant_s_latest_day_is_not_whole(
    api: FakeApi, pull: FlexPuller, warehouse: Warehouse
) -> None:
    assert pull("sensor_status").got == 0  # no day was computed yet
    _computed(warehouse, 4, None, 0.0, days_ago=1)
    _computed(warehouse, 5, 9.5, 0.5, days_ago=2)
    _computed(warehouse, 5, 9.5, 1.0, days_ago=1)
    api.on(f"{SENSORS}/40/status", sensor_status(40))
    outcome = pull("sensor_status")
    assert (outcome.state, outcome.got) == ("complete", 1)
    assert outcome.message == "the server misses data of 1 of 1 sensors: ac_power"
    (row,) = pull.rows("select * from flexmeasures.sensor_status")
    assert (row["sensor_id"], row["source_type"], row["is_stale"], row["resolution"]) == (
        40,
        "user",
        True,
        timedelta(minutes=5),
    )
    assert row["staleness"] == timedelta(days=2, seconds=55, microseconds=101539)
    assert row["staleness_since"] == datetime(2026, 3, 8, 4, tzinfo=UTC)
    # The document shows a bare list.
    bare = sensor_status(40, stale=False, staleness=None, staleness_since=None, source_type=None)["sensors_data"]
    api.on(f"{SENSORS}/40/status", bare)
    outcome = pull("sensor_status")
    assert (outcome.seen_new, outcome.message) == (1, None)
    assert pull.column("select source_type from flexmeasures.sensor_status where not is_stale") == [""]


def test_no_night_asks_for_any_of_it() -> None:
    jobs = {own.name: own for own in build_jobs([FLEXMEASURES]).jobs or ()}
    selections = {name: str(jobs[name].selection) for name in ("flexmeasures_watch", "registry_sync")}  # type: ignore[union-attr] # a job over assets
    for name in ("audit_event", "job", "sensor_status"):
        assert not FLEXMEASURES.entity(name).is_nightly
        assert f"{name}" in selections["flexmeasures_watch"]
        assert f"flexmeasures/{name}" not in selections["registry_sync"].replace("sensor_status", name)
