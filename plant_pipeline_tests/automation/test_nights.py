"""When a night begins, once, and which missed days go with it: the real schedule, instance and warehouse."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import dagster as dg
import pytest

from plant_pipeline.automation.divided_nights import CLOSING, LISTINGS, first_tags, further_tags
from plant_pipeline.automation.missed_days import MISSED_TAG, MissedSpan, gathered_spans
from plant_pipeline.automation.schedules import NIGHT_TAG, NightKeys, is_caught_up, nightly_requests
from plant_pipeline.definitions import defs
from plant_pipeline.energy.queued_days import QueuedDate
from plant_pipeline.landing.retention import note_removed
from plant_pipeline.orchestration import PART_TAG, RANGE_END_TAG, RANGE_START_TAG, WITHOUT_DATES_TAG
from plant_pipeline.sources.settings import load_settings
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.plants import add_plant

_JOB = defs.resolve_job_def("nightly_sync")
_KEYS = NightKeys([dg.AssetKey(["energy", "reading"])], [dg.AssetKey(["voke", "plant"])])
_OK = dg.DagsterRunStatus.SUCCESS
_QUARTER, _DAY = timedelta(minutes=15), timedelta(days=1)


class _Nights:
    """The daemon's part: ticks, and runs made of what they request."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self.instance = instance
        self.skipped = ""

    def tick(self, at_utc: datetime) -> list[dg.RunRequest]:
        found = nightly_requests(load_settings(), self.instance, at_utc, _KEYS)
        self.skipped = (found.skip_message or "") if isinstance(found, dg.SkipReason) else ""
        return [] if isinstance(found, dg.SkipReason) else found

    def start(self, requests: list[dg.RunRequest], status: dg.DagsterRunStatus = dg.DagsterRunStatus.SUCCESS) -> None:
        for request in requests:
            self.instance.create_run_for_job(_JOB, tags=dict(request.tags), status=status)

    def begun(self, *ticks_utc: datetime) -> list[tuple[datetime, str]]:
        """Those of the ticks that began a night, with it."""
        found = []
        for at_utc in ticks_utc:
            requests = [own for own in self.tick(at_utc) if NIGHT_TAG in own.tags]
            self.start(requests)
            found += [(at_utc, own.tags[NIGHT_TAG]) for own in requests]
        return found


@pytest.fixture
def nights(monkeypatch: pytest.MonkeyPatch, warehouse_url: str, tmp_path: Path) -> Iterator[_Nights]:
    monkeypatch.setenv("RAVENWITS_TOKEN", "not-a-real-token")
    monkeypatch.setenv("WAREHOUSE_URL", warehouse_url)
    monkeypatch.setenv("PLANT_PIPELINE_HOME", str(tmp_path))
    with dg.DagsterInstance.ephemeral() as instance:
        yield _Nights(instance)


def _utc(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


_FEBRUARY = _utc(2, 1, 12)


def _add(warehouse: Warehouse, name: str, zone: str = "Europe/Madrid", seen: datetime = _FEBRUARY) -> UUID:
    """A plant with a sensor."""
    with warehouse.transaction() as connection:
        plant_id = add_plant(connection, name, zone, first_seen_at=seen)
        connection.exec_driver_sql(
            "with own as (insert into registry.equipment "
            "(equipment_id, plant_id, source, source_asset_id, name, equipment_type, is_present) "
            "values (%(id)s, %(id)s, 'flexmeasures', %(name)s, 'M', 'meter', true)) "
            "insert into registry.sensor (equipment_id, plant_id, source, source_sensor_id, name, is_cumulative, "
            "is_main, resolution, is_present) "
            "values (%(id)s, %(id)s, 'flexmeasures', %(name)s, 's', false, false, '5 min', true)",
            {"id": plant_id, "name": name},
        )
    return plant_id


def _compute(warehouse: Warehouse, plant_id: UUID, first: date, last: date) -> None:
    """Rows of days that were run: known or not is the same here."""
    with warehouse.transaction() as connection:
        connection.exec_driver_sql(
            "insert into energy.plant_daily (plant_id, energy_date, status, coverage, flags, null_reason, "
            "hours_in_day, run_id, computed_at) select %(id)s, day::date, 'final', 0, '{}', 'no_data', 24, 'run', "
            "'2026-03-01Z' from generate_series(%(first)s::date, %(last)s::date, interval '1 day') as day",
            {"id": plant_id, "first": first, "last": last},
        )


# -- when --
def test_a_night_begins_at_its_time_with_the_latest_days_and_once_also_after_a_restart(
    nights: _Nights, warehouse: Warehouse
) -> None:
    with warehouse.transaction() as connection:
        add_plant(connection, "Madrid", "Europe/Madrid")
    nights.start(nights.tick(_utc(3, 2, 3, 15)))  # the night of 1 March, as nobody has begun it
    (night,) = nights.tick(_utc(3, 2, 3, 30))
    # 1 March is over in Madrid at 23:00 UTC of that day; three trailing days before it.
    assert (night.tags[RANGE_START_TAG], night.tags[RANGE_END_TAG]) == ("2026-02-26", "2026-03-01")
    assert (night.tags[NIGHT_TAG], night.tags[WITHOUT_DATES_TAG]) == ("2026-03-02", "true")
    nights.start([night], dg.DagsterRunStatus.FAILURE)
    assert nights.begun(_utc(3, 2, 3, 30), _utc(3, 2, 23), _utc(3, 3, 3, 15)) == []
    assert nights.skipped == "the night of 2026-03-02 has been started"
    assert nights.begun(_utc(3, 3, 9, 45), _utc(3, 3, 12)) == [(_utc(3, 3, 9, 45), "2026-03-03")]  # was off until then


def test_a_night_waits_for_the_westernmost_plant(nights: _Nights, warehouse: Warehouse) -> None:
    """1 March ends in Honolulu at 10:00 UTC of 2 March, and an hour later it is run."""
    for name, zone in (("Adelaide", "Australia/Adelaide"), ("Honolulu", "Pacific/Honolulu")):
        with warehouse.transaction() as connection:
            add_plant(connection, name, zone)
    nights.start(nights.tick(_utc(3, 1, 12)))
    assert nights.begun(_utc(3, 2, 3), _utc(3, 2, 3, 30), _utc(3, 2, 10, 45)) == []
    assert nights.skipped == (
        "the night of 2026-03-02 waits until 2026-03-01 is over, and an hour more, in every plant's zone"
    )
    (night,) = nights.tick(_utc(3, 2, 11))
    assert (night.tags[NIGHT_TAG], night.tags[RANGE_END_TAG]) == ("2026-03-02", "2026-03-01")


def test_where_a_fleet_reaches_round_the_world_every_night_has_its_turn(
    nights: _Nights, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 00:30 in Kiritimati (UTC+14) the day before goes on for half a day in Samoa (UTC-11)."""
    monkeypatch.setenv("NIGHTLY_SYNC_ZONE", "Pacific/Kiritimati")
    monkeypatch.setenv("NIGHTLY_SYNC_TIME", "00:30")
    with warehouse.transaction() as connection:
        add_plant(connection, "Samoa", "Pacific/Pago_Pago")
    nights.begun(_utc(3, 1, 12))
    times = [(11, 45), (12, 0), (12, 15)]  # and the next night's time is at 10:30
    assert nights.begun(*(_utc(3, day, *time) for day in (2, 3) for time in times)) == [
        (_utc(3, 2, 12), "2026-03-02"),
        (_utc(3, 3, 12), "2026-03-03"),
    ]


@pytest.mark.parametrize(
    "due_utc",
    [
        # 29 March has no 02:30 in Madrid: it comes at 03:30 summer time. 25 October has two: the first counts.
        [_utc(3, 29, 1, 30), _utc(3, 30, 0, 30)],
        [_utc(10, 25, 0, 30), _utc(10, 26, 1, 30)],
    ],
)
def test_a_night_begins_once_on_days_of_a_clock_change(
    nights: _Nights, monkeypatch: pytest.MonkeyPatch, due_utc: list[datetime]
) -> None:
    monkeypatch.setenv("NIGHTLY_SYNC_ZONE", "Europe/Madrid")
    monkeypatch.setenv("NIGHTLY_SYNC_TIME", "02:30")
    nights.begun(due_utc[0] - _DAY)
    ticks = [due + offset for due in due_utc for offset in (-_QUARTER, timedelta(), _QUARTER, 4 * _QUARTER)]
    assert nights.begun(*ticks) == [(due, str(due.date())) for due in due_utc]


# -- which days were missed --
def _missed(requests: list[dg.RunRequest]) -> list[tuple[str, str, str | None]]:
    return [
        (
            own.tags[RANGE_START_TAG],
            own.tags[RANGE_END_TAG],
            own.run_config["resources"]["pipeline"]["config"]["plant"] if own.run_config else None,
        )
        for own in requests
        if MISSED_TAG in own.tags
    ]


def test_a_week_off_is_caught_up_from_what_is_not_there(nights: _Nights, warehouse: Warehouse) -> None:
    """The night of 12 March has 8 to 11 March itself; nothing was run since the night that had 3 March."""
    for name in "ABCDE":
        plant_id = _add(warehouse, name)
        _compute(warehouse, plant_id, date(2026, 1, 2), date(2026, 3, 3))
    with dg.instance_for_test() as instance:
        context = dg.build_schedule_context(instance=instance, scheduled_execution_time=_utc(3, 12, 4))
        schedule = defs.get_repository_def().get_schedule_def("nightly_sync_schedule")
        night, *rest = schedule.evaluate_tick(context).run_requests or ()
    assert (night.tags[RANGE_START_TAG], night.tags[RANGE_END_TAG]) == ("2026-03-08", "2026-03-11")
    assert _missed(rest) == [("2026-03-04", "2026-03-07", None)]
    assert WITHOUT_DATES_TAG not in rest[0].tags
    _JOB.get_subset(asset_selection=set(rest[0].asset_selection or ()))  # all of them are assets of the job
    listed = {key.to_user_string() for key in rest[0].asset_selection or ()}
    assert {"energy/reading", "kpi/plant_daily", "raptor_maps/delivery", "run_outcome"} <= listed
    assert not any(key.startswith(("registry/", "ravenwits/")) for key in listed)


def test_a_night_catches_up_a_month_at_most_the_newest_first_and_the_next_one_goes_on(
    nights: _Nights, warehouse: Warehouse
) -> None:
    ids = [_add(warehouse, name, seen=_utc(2, 1, 12)) for name in "ABCDE"]
    night, *rest = nights.tick(_utc(3, 12, 4))
    assert _missed(rest) == [("2026-02-05", "2026-03-07", None)]
    nights.start([night, *rest])
    for plant_id in ids:
        _compute(warehouse, plant_id, date(2026, 2, 5), date(2026, 3, 11))
    _, *rest = nights.tick(_utc(3, 13, 4))
    assert _missed(rest) == [("2026-01-05", "2026-02-04", None)]
    for plant_id in ids:
        _compute(warehouse, plant_id, date(2026, 1, 5), date(2026, 2, 4))
    _, *rest = nights.tick(_utc(3, 13, 4))
    # First seen on 1 February, less 30 days.
    assert _missed(rest) == [("2026-01-02", "2026-01-04", None)]


def test_days_that_many_plants_lack_are_divided_as_a_night_is_and_those_of_a_few_are_not(
    nights: _Nights, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANT_PIPELINE_SHARDS", "2")
    for name in "ABCDE":
        _compute(warehouse, _add(warehouse, name), date(2026, 1, 2), date(2026, 3, 3))
    _compute(warehouse, _add(warehouse, "ALONE"), date(2026, 1, 2), date(2026, 2, 27))
    with dg.instance_for_test() as instance:
        context = dg.build_schedule_context(instance=instance, scheduled_execution_time=_utc(3, 12, 4))
        schedule = defs.get_repository_def().get_schedule_def("nightly_sync_schedule")
        _, of_all, of_one = schedule.evaluate_tick(context).run_requests or ()
    assert _missed([of_all, of_one]) == [("2026-03-04", "2026-03-07", None), ("2026-02-28", "2026-03-03", "P-ALONE")]
    assert of_all.tags[PART_TAG] == LISTINGS
    assert [key.to_user_string() for key in of_all.asset_selection or ()] == ["flexmeasures/kpi"]
    assert PART_TAG not in of_one.tags


def test_a_span_in_parts_is_caught_up_when_its_closing_run_ended_well(nights: _Nights, warehouse: Warehouse) -> None:
    span = MissedSpan(date(2026, 3, 4), date(2026, 3, 7), None, frozenset())
    now_utc = datetime.now(UTC)  # as the instance dates its runs
    tags = {MISSED_TAG: span.key, RANGE_START_TAG: "2026-03-04", RANGE_END_TAG: "2026-03-07"}
    selection = frozenset([dg.AssetKey(["flexmeasures", "kpi"])])

    def start(status: dg.DagsterRunStatus, own: dict[str, str]) -> str:
        options: dict[str, Any] = {"asset_selection": selection, "status": status}
        return str(nights.instance.create_run_for_job(_JOB, tags=tags | own, **options).run_id)

    assert not is_caught_up(nights.instance, span, now_utc)
    first = start(_OK, first_tags(2))
    assert is_caught_up(nights.instance, span, now_utc)  # its shards are to come
    for number in (1, 2):
        start(_OK, further_tags(f"shard {number}/2", first))
    start(dg.DagsterRunStatus.STARTED, further_tags(CLOSING, first))
    assert is_caught_up(nights.instance, span, now_utc)
    (closing,) = nights.instance.get_runs(dg.RunsFilter(tags={PART_TAG: CLOSING}))
    nights.instance.report_run_failed(closing)
    assert not is_caught_up(nights.instance, span, now_utc)
    start(_OK, further_tags(CLOSING, start(_OK, first_tags(2))))
    assert is_caught_up(nights.instance, span, now_utc)


def test_a_new_plant_has_its_history_caught_up_alone(
    nights: _Nights, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    _compute(warehouse, _add(warehouse, "OLD"), date(2026, 1, 1), date(2026, 3, 11))
    new = _add(warehouse, "NEW", seen=_utc(3, 11, 12))
    _compute(warehouse, new, date(2026, 2, 27), date(2026, 2, 28))
    _, *rest = nights.tick(_utc(3, 12, 4))
    assert _missed(rest) == [("2026-03-01", "2026-03-07", "P-NEW"), ("2026-02-09", "2026-02-26", "P-NEW")]
    monkeypatch.setenv("PLANT_PIPELINE_ONBOARDING_DAYS", "9")
    _, *rest = nights.tick(_utc(3, 12, 4))
    assert _missed(rest) == [("2026-03-02", "2026-03-07", "P-NEW")]


def test_days_that_cannot_be_computed_are_not_missed(nights: _Nights, warehouse: Warehouse) -> None:
    """Plants without sensors, out of service then or now, and days whose readings are gone."""
    with warehouse.transaction() as connection:
        add_plant(connection, "SILENT", "Europe/Madrid", first_seen_at=_utc(3, 1, 0))
        add_plant(connection, "RETIRED", "Europe/Madrid", status="retired", first_seen_at=_utc(3, 1, 0))
        note_removed(connection, "reading", date(2026, 2, 1), _utc(3, 1, 0))  # and the month after is known of it
    back = _add(warehouse, "BACK", seen=_utc(3, 1, 0))
    with warehouse.transaction() as connection:
        for first, last, status in (("1970-01-01", "2026-03-06", "retired"), ("2026-03-06", None, "active")):
            connection.exec_driver_sql(
                "insert into registry.plant_history (plant_id, valid_from, valid_to, recorded_at, plant_code, name, "
                "technology, status, first_seen_at, updated_at) values (%(id)s, %(first)s, %(last)s, '2026-03-01Z', "
                "'P-BACK', 'B', 'solar', %(status)s, '2026-03-01Z', '2026-03-01Z')",
                {"id": back, "first": first, "last": last, "status": status},
            )
    _add(warehouse, "GONE", seen=_utc(3, 1, 0))
    _, *rest = nights.tick(_utc(3, 12, 4))
    assert _missed(rest) == [("2026-03-04", "2026-03-07", "P-GONE"), ("2026-03-06", "2026-03-07", "P-BACK")]


def test_what_a_run_could_not_mend_is_not_run_every_night_but_what_died_is(
    nights: _Nights, warehouse: Warehouse
) -> None:
    plant_id = _add(warehouse, "A", seen=_utc(3, 1, 0))
    _compute(warehouse, plant_id, date(2026, 1, 30), date(2026, 3, 5))
    night, *rest = nights.tick(_utc(3, 12, 4))
    assert _missed(rest) == [("2026-03-06", "2026-03-07", "P-A")]
    _compute(warehouse, plant_id, date(2026, 3, 8), date(2026, 3, 20))
    nights.start([night])
    nights.start(rest, dg.DagsterRunStatus.FAILURE)
    night, *again = nights.tick(_utc(3, 13, 4))
    assert _missed(again) == _missed(rest)
    nights.start([night, *again])
    assert _missed(nights.tick(_utc(3, 14, 4))) == []


def test_dates_that_many_plants_lack_are_one_run_and_others_are_of_their_plants() -> None:
    ids = [UUID(int=number) for number in range(1, 6)]
    codes = {own: f"P-{own.int}" for own in ids}
    march = [date(2026, 3, day) for day in range(1, 7)]
    missed = [
        QueuedDate(march[5], ids),
        QueuedDate(march[4], ids[:4]),
        QueuedDate(march[2], ids),
        QueuedDate(march[1], ids[:2]),
        QueuedDate(march[0], ids[1:2]),
    ]
    assert gathered_spans(missed, codes) == [
        MissedSpan(march[4], march[5], None, frozenset(ids)),
        MissedSpan(march[2], march[2], None, frozenset(ids)),
        MissedSpan(march[0], march[1], "P-2", frozenset(ids[1:2])),
        MissedSpan(march[1], march[1], "P-1", frozenset(ids[:1])),
    ]
    assert gathered_spans([], codes) == []
