"""The energy of the running day, sampled: who is asked, what is kept."""

import gzip
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_pipeline.landing.archive import FileArchive
from plant_pipeline.landing.packs import split_answers
from plant_pipeline.sources.voke.samples import TICK, turn_of
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.sources.fake_api import AT, Puller, status
from plant_pipeline_tests.sources.voke.conftest import PLANTS, VokeApi, detail, envelope, plant_id


def _today(produced: object = 12.5, **changes: object) -> dict[str, Any]:
    known = {"date": "2026-03-10", "exported": 4, "imported": 0.25, "produced": produced, "selfConsumptionPct": 68}
    return {**known, **changes}


def _path(number: int) -> str:
    return f"{PLANTS}/{plant_id(number)}/energy/today"


def _registered(warehouse: Warehouse, numbers: Iterable[int]) -> None:
    """A plant of the registry for each gateway."""
    with warehouse.transaction() as connection:
        for number in numbers:
            own = {"id": plant_id(number), "code": f"P-{number}", "at": AT}
            connection.exec_driver_sql(
                "insert into registry.plant (plant_id, plant_code, name, status, first_seen_at, updated_at) "
                "values (%(id)s, %(code)s, %(code)s, 'active', %(at)s, %(at)s)",
                own,
            )
            connection.exec_driver_sql(
                "insert into registry.plant_alias (source, source_plant_id, plant_id, source_name, method, is_present, "
                "first_seen_at, last_seen_at) values ('voke', %(id)s::text, %(id)s::uuid, %(code)s, 'new', true, "
                "%(at)s, %(at)s)",
                own,
            )


def _metered(warehouse: Warehouse, number: int) -> None:
    with warehouse.transaction() as connection:
        own = {"id": plant_id(number)}
        connection.exec_driver_sql(
            "insert into registry.equipment (equipment_id, plant_id, source, source_asset_id, name, equipment_type, "
            "is_present) values (%(id)s, %(id)s, 'flexmeasures', '1', 'meter', 'meter', true)",
            own,
        )
        connection.exec_driver_sql(
            "insert into registry.sensor (equipment_id, plant_id, source, source_sensor_id, name, quantity, unit, "
            "is_cumulative, is_main, resolution, is_present) values (%(id)s, %(id)s, 'flexmeasures', '1', 'E', "
            "'production_energy', 'Wh', true, true, '0', true)",
            own,
        )


@pytest.fixture
def gateways(api: VokeApi, pull: Puller, warehouse: Warehouse) -> VokeApi:
    """Three plants of the registry."""
    api.has(*[detail(number) for number in (1, 2, 3)])
    pull("plant")
    _registered(warehouse, (1, 2, 3))
    for number in (1, 2, 3):
        api.on(_path(number), _today())
    return api


def _asked(api: VokeApi) -> list[int]:
    return [number for number in (1, 2, 3) if api.asked(_path(number))]


def test_each_answer_is_kept_under_its_own_time(gateways: VokeApi, pull: Puller) -> None:
    gateways.on(_path(2), _today("13.125", exported=None, selfConsumptionPct=None))
    gateways.on(_path(3), status(404))
    outcome = pull("energy_today")
    assert (outcome.state, outcome.got, outcome.seen_new, outcome.message) == ("complete", 2, 2, "1 numbers as text")
    samples = pull.rows("select * from voke.energy_sample order by plant_id")
    assert [tuple(row.values())[2:] for row in samples] == [
        (date(2026, 3, 10), 12.5, 0.25, 4.0, 68.0),
        (date(2026, 3, 10), 13.125, 0.25, None, None),
    ]
    # The body in the archive says when each was answered: so a replay writes the same rows, and none beside them.
    (key,) = pull.column("select object_key from landing.fetch where entity = 'energy_today'")
    answers = split_answers(gzip.decompress(FileArchive(pull.archive).read(key)))
    came = {answer["path"].split("/")[-3]: answer["fetched_at"] for answer in answers}
    assert [(row["plant_id"], row["sampled_at"]) for row in samples] == [
        (plant_id(number), came[plant_id(number)]) for number in (1, 2)
    ]
    assert set(came.values()) == {AT}
    pull("energy_today", at=AT + TICK)
    assert len(pull.rows("select * from voke.energy_sample")) == 4


def test_a_plant_that_is_measured_is_not_asked_for(gateways: VokeApi, pull: Puller, warehouse: Warehouse) -> None:
    _metered(warehouse, 1)
    pull("energy_today")
    assert _asked(gateways) == [2, 3]


@pytest.mark.parametrize(
    ("produced_kwh", "method", "days_ago", "asked"),
    [
        (None, None, 1, [1, 2, 3]),
        (5.0, "voke_sampled", 1, [1, 2, 3]),
        (5.0, "register_difference", 1, [2, 3]),
        (None, None, 9, [2, 3]),  # of late it was not computed
    ],
)
def test_unless_its_meter_tells_nothing(
    gateways: VokeApi,
    pull: Puller,
    warehouse: Warehouse,
    produced_kwh: float | None,
    method: str | None,
    days_ago: int,
    asked: list[int],
) -> None:
    _metered(warehouse, 1)
    with warehouse.transaction() as connection:
        connection.exec_driver_sql(
            "insert into energy.plant_daily (plant_id, energy_date, produced_kwh, method, coverage, status, "
            "null_reason, hours_in_day, run_id, computed_at, flags) values (%(id)s, %(day)s, %(kwh)s, %(method)s, 1, "
            "'provisional', %(reason)s, 24, 'r', %(at)s, '{}')",
            {
                "id": plant_id(1),
                "day": (AT - timedelta(days=days_ago)).date(),
                "kwh": produced_kwh,
                "method": method,
                "reason": None if produced_kwh is not None else "no_data",
                "at": AT,
            },
        )
    pull("energy_today")
    assert _asked(gateways) == asked


def test_what_is_no_energy_is_null_or_waits(gateways: VokeApi, pull: Puller) -> None:
    gateways.on(_path(1), _today(-3.0)).on(_path(2), _today(date="today"))
    outcome = pull("energy_today")
    assert (outcome.state, outcome.quarantined) == ("complete", 1)
    assert pull.column("select produced_kwh from voke.energy_sample order by plant_id") == [None, 12.5]
    assert pull.rows("select column_name, seen from quarantine.schema_drift") == [
        {"column_name": "produced_kwh", "seen": "number -3.0"}
    ]
    assert pull.column("select record_key from quarantine.rejected_record") == [plant_id(2)]


@pytest.mark.parametrize(
    ("stated", "energy_date"),
    [
        ("2026-03-10", date(2026, 3, 10)),
        ("2026-03-10T00:00:00Z", date(2026, 3, 10)),
        ("2026-03-10T04:00:00.250Z", date(2026, 3, 10)),
        ("2026-03-10T01:00:00+01:00", date(2026, 3, 10)),  # the UTC midnight, as clocks in Prague have it
        ("2026-03-10T00:30:00+01:00", date(2026, 3, 9)),  # half an hour before it
        ("2026-03-09T19:00:00-05:00", date(2026, 3, 10)),
        ("2026-03-10T00:00:00+01:00", None),  # a midnight of Prague: what it begins is no UTC day
    ],
)
def test_the_day_that_is_counted_is_a_utc_day_however_it_is_stated(
    gateways: VokeApi, pull: Puller, stated: str, energy_date: date | None
) -> None:
    gateways.on(_path(1), _today(date=stated))
    assert pull("energy_today").quarantined == (energy_date is None)
    found = pull.column(f"select energy_date from voke.energy_sample where plant_id = '{plant_id(1)}'")
    assert found == ([] if energy_date is None else [energy_date])
    if energy_date is None:
        assert pull.rows("select column_name, value from quarantine.rejected_record") == [
            {"column_name": "energy_date", "value": stated}
        ]


def test_plants_that_cannot_be_had_are_named(gateways: VokeApi, pull: Puller) -> None:
    gateways.on(_path(1), [_today()]).on(_path(2), envelope(403, "FORBIDDEN"))
    outcome = pull("energy_today")
    assert outcome.state == "incomplete"
    assert outcome.message is not None
    assert outcome.message.startswith("energies of 1 of 3 plants could not be had: FVE Gate 1; first:")
    assert pull.column("select plant_id from voke.energy_sample") == [plant_id(3)]


def test_a_key_that_may_not_see_energy_is_no_failure(gateways: VokeApi, pull: Puller) -> None:
    for number in (1, 2, 3):
        gateways.on(_path(number), envelope(403, "FORBIDDEN"))
    assert pull("energy_today").state == "not_permitted"


def test_within_the_limit_the_interval_stretches_and_says_so(
    gateways: VokeApi, pull: Puller, warehouse: Warehouse
) -> None:
    """One call in 7.5 minutes was learned: one plant a tick, the three in turn."""
    with warehouse.transaction() as connection:
        connection.exec_driver_sql(
            "update landing.source_budget set limit_calls = 2, limit_window_s = 900 where source = 'voke'"
        )
        connection.exec_driver_sql(
            "insert into landing.source_budget (source, budget, limit_calls, limit_window_s, changed_at) "
            "values ('voke', '{}', 2, 900, %(at)s) on conflict do nothing",
            {"at": AT},
        )
    seen = []
    for tick in range(3):
        before = {number: gateways.asked(_path(number)) for number in (1, 2, 3)}
        with warehouse.transaction() as connection:
            connection.exec_driver_sql(
                "update landing.source_budget set limit_calls = 2, limit_window_s = 900 where source = 'voke'"
            )
        outcome = pull("energy_today", at=AT + tick * TICK)
        seen += [number for number in (1, 2, 3) if gateways.asked(_path(number)) > before[number]]
        assert outcome.message == (
            "1 of 3 plants are asked at a time, each every 45 minutes: half of 0.133 calls a minute allows no more"
        )
    assert sorted(seen) == [1, 2, 3]


@given(
    plants=st.integers(0, 400),
    calls_per_minute=st.floats(0.1, 1000),
    day=st.dates(date(2026, 1, 1), date(2027, 1, 1)),
)
def test_everybody_has_a_turn_and_no_turn_takes_more_than_half_of_the_limit(
    plants: int, calls_per_minute: float, day: date
) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    ids = [f"{number:03}" for number in range(plants)]
    start = midnight + timedelta(hours=1)  # as many ticks in one day as a round takes, if they fit in
    ticks = turn_of(ids, start, calls_per_minute).ticks
    turns = [turn_of(ids, start + number * TICK, calls_per_minute).plant_ids for number in range(min(ticks, 90))]
    assert all(len(turn) <= max(7.5 * calls_per_minute, 1) for turn in turns)
    if ticks <= 90:
        assert sorted(plant for turn in turns for plant in turn) == ids
    beside = [turn_of(ids, midnight + timedelta(minutes=minutes), calls_per_minute) for minutes in (-1, 1)]
    assert beside[0] == beside[1]
