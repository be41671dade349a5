"""KPIs of forecasts, against production of whole quarters of an hour."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from plant_pipeline.days import day_window
from plant_pipeline.kpi.daily import compute_kpis
from plant_pipeline_tests.kpi.fleet import Fleet

DAY = date(2026, 3, 20)
MIDNIGHT = datetime(2026, 3, 20, tzinfo=UTC)
EVENING = MIDNIGHT - timedelta(hours=6)
HOUR = timedelta(hours=1)
# A plant of 80 kW makes 40 kWh in each hour.
STEADY = [10.0] * 96


def hourly(values: Sequence[float | None], start_utc: datetime = MIDNIGHT) -> dict[datetime, float]:
    """Hours from an instant on, labelled by their ends; None is a missing one."""
    return {start_utc + HOUR * n: kwh for n, kwh in enumerate(values, start=1) if kwh is not None}


def computed(connection: Connection, day: date = DAY) -> dict[str, Mapping[str, Any]]:
    compute_kpis(connection, day, now_utc=MIDNIGHT, run_id="run")
    return {row["kpi"]: dict(row) for row in connection.exec_driver_sql("select * from kpi.plant_daily").mappings()}


def outcome(row: Mapping[str, Any]) -> float | str:
    found: float | str = row["null_reason"] if row["value"] is None else row["value"]
    return found


def errors(found: Mapping[str, Mapping[str, Any]]) -> dict[str, float | str]:
    names = ("daily_error", "nmae", "nrmse", "nmbe", "wape", "skill")
    return {name: outcome(found[f"forecast_{name}"]) for name in names}


def test_errors_of_an_hourly_forecast(connection: Connection, fleet: Fleet) -> None:
    # 20 kWh too much in each of 12 hours, 10 too little in each of the others; the day before made 28 kWh an hour.
    plant = fleet.plant("P-A")
    fleet.energy(plant, DAY, 960.0)
    fleet.measured(plant, DAY, quarter_kwh=STEADY, power_method="interval_energy")
    fleet.measured(plant, DAY - timedelta(days=1), quarter_kwh=[7.0] * 96)
    fleet.forecast(plant, hourly([60.0] * 12 + [30.0] * 12), EVENING)
    found = computed(connection)
    assert outcome(found["forecast_energy_kwh"]) == 1080
    assert errors(found) == pytest.approx(
        {
            "daily_error": 120 / 1920,  # 1080 - 960 of 80 kW × 24 h
            "nmae": 360 / 1920,  # 12 × 20 + 12 × 10
            "nrmse": (6000 / (6400 * 24)) ** 0.5,  # 12 × 400 + 12 × 100, by 80² × 24
            "nmbe": 120 / 1920,
            "wape": 360 / 960,
            "skill": 1 - (6000 / 3456) ** 0.5,  # 24 × 12²
        }
    )
    assert (found["forecast_nmae"]["numerator"], found["forecast_nmae"]["denominator"]) == (360, 1920)
    assert (found["forecast_nrmse"]["numerator"], found["forecast_nrmse"]["denominator"]) == (6000, 153_600)
    assert (found["forecast_skill"]["numerator"], found["forecast_skill"]["denominator"]) == (6000, 3456)
    assert (found["forecast_wape"]["method"], found["forecast_wape"]["coverage"]) == ("interval_energy", 1)


def test_too_little_forecast_is_an_error_below_zero_of_the_same_size(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A")
    fleet.energy(plant, DAY, 960.0)
    fleet.measured(plant, DAY, quarter_kwh=STEADY)
    fleet.forecast(plant, hourly([30.0] * 24), EVENING)
    found = errors(computed(connection))
    assert (found["daily_error"], found["nmae"], found["nmbe"]) == (0.125, 0.125, -0.125)  # 240 of 1920
    assert found["skill"] == "low_completeness"  # nothing is known of the day before


def test_the_value_that_stood_when_the_day_began_counts(connection: Connection, fleet: Fleet) -> None:
    # Madrid's day begins at 23:00 UTC: what came then still counts, what came a second later does not.
    plant = fleet.plant("P-A", timezone="Europe/Madrid")
    begin = MIDNIGHT - HOUR
    fleet.energy(plant, DAY, 960.0)
    fleet.forecast(plant, hourly([50.0] * 24, begin), begin - timedelta(days=3))
    fleet.forecast(plant, hourly([None] * 12 + [40.0], begin), begin)
    fleet.forecast(plant, hourly([0.0] * 24, begin), begin + timedelta(seconds=1))
    assert outcome(computed(connection)["forecast_energy_kwh"]) == 1190  # 23 × 50 + 40


def test_without_a_forecast_before_the_day_there_is_none(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A")
    fleet.energy(plant, DAY, 960.0)
    fleet.measured(plant, DAY, quarter_kwh=STEADY)
    fleet.forecast(plant, hourly([40.0] * 24), MIDNIGHT + HOUR)
    found = computed(connection)
    assert {outcome(row) for name, row in found.items() if name.startswith("forecast_")} == {"no_forecast"}


@pytest.mark.parametrize(
    ("forecast", "expected"),
    [
        (hourly([40.0] * 24), 960),
        (hourly([40.0] * 23), "low_completeness"),
        # One of 96 quarters of an hour is more than a hundredth, two of 288 periods of 5 minutes are less.
        ({MIDNIGHT + n * HOUR / 4: 10.0 for n in range(1, 96)}, "low_completeness"),
        ({MIDNIGHT + n * HOUR / 12: 2.0 for n in range(1, 287)}, 572),  # 286 of 288
    ],
)
def test_the_forecast_energy_is_that_of_the_whole_day(
    connection: Connection, fleet: Fleet, forecast: dict[datetime, float], expected: object
) -> None:
    plant = fleet.plant("P-A")
    fleet.energy(plant, DAY, 960.0)
    fleet.forecast(plant, forecast, EVENING)
    assert outcome(computed(connection)["forecast_energy_kwh"]) == expected


def test_periods_across_midnight_count_by_their_share_and_in_no_error(connection: Connection, fleet: Fleet) -> None:
    # India's day begins at 18:30 UTC: half of the hours that end at 19:00 lie in the days on either side.
    plant = fleet.plant("P-A", timezone="Asia/Kolkata")
    window = day_window(DAY, "Asia/Kolkata")
    assert window is not None
    first = window.start_utc - HOUR / 2
    fleet.energy(plant, DAY, 960.0)
    fleet.measured(plant, DAY, quarter_kwh=STEADY)
    fleet.forecast(plant, hourly([100.0, *[40.0] * 23, 60.0, 1000.0], first), EVENING - timedelta(days=1))
    found = computed(connection)
    assert outcome(found["forecast_energy_kwh"]) == 1000  # 50 + 23 × 40 + 30
    assert (found["forecast_nmae"]["numerator"], found["forecast_nmae"]["denominator"]) == (0, 80 * 23)


def test_a_period_counts_only_if_wholly_measured(connection: Connection, fleet: Fleet) -> None:
    # One quarter of an hour is missing from 2 of 24 hours (0.917 of the day), then from a third (0.875).
    plant = fleet.plant("P-A")
    fleet.energy(plant, DAY, 960.0)
    quarters: list[float | None] = [*STEADY]
    quarters[17] = quarters[50] = None
    fleet.measured(plant, DAY, quarter_kwh=quarters)
    fleet.forecast(plant, hourly([42.0] * 24), EVENING)
    found = computed(connection)
    assert outcome(found["forecast_nmae"]) == pytest.approx(44 / 1760)  # 22 × 2 of 80 × 22
    assert found["forecast_nmae"]["coverage"] == pytest.approx(22 / 24)
    quarters[60] = None
    connection.exec_driver_sql("update energy.plant_measured set quarter_kwh = %(q)s::real[]", {"q": quarters})
    found = computed(connection)
    assert outcome(found["forecast_nmae"]) == outcome(found["forecast_wape"]) == "low_completeness"
    assert found["forecast_nmae"]["numerator"] == 42


@pytest.mark.parametrize(
    ("forecast_min", "power_step_s", "expected"),
    [
        (15, 900, 96 / 1920),  # 11 for 10 kWh each
        (5, 900, 96 / 1920),  # three periods make a quarter of an hour
        (15, 3600, 96 / 1920),  # four make the meter's hour, 44 for 40
        (60, 3600, 96 / 1920),
        (60, 1800, 96 / 1920),
        (60, 300, 96 / 1920),
        (30, 3599.5, 96 / 1920),
        (7, 900, "not_applicable"),
        (25, 3600, "not_applicable"),
    ],
)
def test_the_coarser_of_both_grids_is_compared(
    connection: Connection, fleet: Fleet, forecast_min: int, power_step_s: float, expected: float | str
) -> None:
    plant = fleet.plant("P-A")
    fleet.energy(plant, DAY, 960.0)
    fleet.measured(plant, DAY, quarter_kwh=STEADY, power_step_s=power_step_s)
    count = 24 * 60 // forecast_min
    periods = {MIDNIGHT + timedelta(minutes=forecast_min * n): 44 * forecast_min / 60 for n in range(1, count + 1)}
    fleet.forecast(plant, periods, EVENING)
    assert outcome(computed(connection)["forecast_nmae"]) == pytest.approx(expected)


def test_an_hour_of_the_meter_that_a_quarters_forecast_lacks_is_not_compared(
    connection: Connection, fleet: Fleet
) -> None:
    """11 for 10 kWh each quarter, and nothing for one: 23 hours of 44 for 40."""
    plant = fleet.plant("P-A")
    fleet.energy(plant, DAY, 960.0)
    fleet.measured(plant, DAY, quarter_kwh=STEADY, power_step_s=3600)
    fleet.forecast(plant, {MIDNIGHT + HOUR / 4 * n: 11.0 for n in range(1, 97) if n != 50}, EVENING)
    found = computed(connection)["forecast_nmae"]
    assert (found["numerator"], found["denominator"]) == (pytest.approx(92), 80 * 23)


@pytest.mark.parametrize(
    ("energy", "capacity_ac_kw", "expected"),
    [
        (
            {"produced_kwh": None, "null_reason": "meter_unexplained"},
            80.0,
            {"daily_error": "meter_unexplained", "nmae": "meter_unexplained", "wape": "meter_unexplained"},
        ),
        ({}, None, {"daily_error": "no_capacity", "nmae": "no_capacity", "nrmse": "no_capacity", "wape": 0.25}),
        ({"coverage": 0.89}, 80.0, {"daily_error": "low_completeness", "nmae": 240 / 1920}),
        ({"coverage": 0.9}, 80.0, {"daily_error": 240 / 1920}),
    ],
)
def test_errors_need_an_energy_and_a_capacity(
    connection: Connection, fleet: Fleet, energy: Mapping[str, Any], capacity_ac_kw: float | None, expected: object
) -> None:
    plant = fleet.plant("P-A", capacity_ac_kw=capacity_ac_kw)
    fleet.energy(plant, DAY, **{"produced_kwh": 960.0, **energy})
    fleet.measured(plant, DAY, quarter_kwh=STEADY)
    fleet.forecast(plant, hourly([50.0] * 24), EVENING)
    found = errors(computed(connection))
    assert isinstance(expected, dict)
    assert {name: found[name] for name in expected} == expected


def test_of_nothing_there_is_no_share(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A")
    fleet.energy(plant, DAY, 0.0)
    fleet.measured(plant, DAY, quarter_kwh=[0.0] * 96)
    fleet.measured(plant, DAY - timedelta(days=1), quarter_kwh=[0.0] * 96)
    fleet.forecast(plant, hourly([40.0] * 24), EVENING)
    found = errors(computed(connection))
    assert (found["nmae"], found["wape"], found["skill"]) == (0.5, "not_applicable", "not_applicable")


@pytest.mark.parametrize(
    ("day", "before", "quarters", "paired_h"),
    [
        (date(2026, 3, 30), 92, 96, 23),  # the hour before the first one that the short day had is another day's
        (date(2026, 3, 29), 96, 92, 23),
        (date(2026, 10, 25), 96, 100, 24),  # 24 h before the last hour of the long day lies in itself
        (date(2026, 10, 26), 100, 96, 24),
    ],
)
def test_skill_compares_with_24_hours_earlier_across_a_clock_change(
    connection: Connection, fleet: Fleet, day: date, before: int, quarters: int, paired_h: int
) -> None:
    # Energy grows by 1 kWh a quarter of an hour of real time, so 24 hours earlier it was 96 less: 384 an hour.
    plant = fleet.plant("P-A", timezone="Europe/Madrid")
    window = day_window(day, "Europe/Madrid")
    assert window is not None
    fleet.energy(plant, day, 1.0, hours_in_day=quarters / 4)
    fleet.measured(plant, day - timedelta(days=1), quarter_kwh=[float(n) for n in range(before)])
    fleet.measured(plant, day, quarter_kwh=[float(before + n) for n in range(quarters)])
    hours = [sum(range(before + n, before + n + 4)) for n in range(0, quarters, 4)]
    fleet.forecast(plant, hourly([kwh + 96.0 for kwh in hours], window.start_utc), window.start_utc)
    skill = computed(connection, day)["forecast_skill"]
    assert skill["denominator"] == 384**2 * paired_h
    assert skill["coverage"] == paired_h * 4 / quarters
    assert outcome(skill) == 0.75  # 96 instead of 384


def test_any_system_may_forecast_and_of_several_the_first_counts(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A")
    fleet.energy(plant, DAY, 960.0)
    connection.exec_driver_sql(
        "create schema suncloud; "
        "create view suncloud.forecast_shape (source_plant_id, period_end, retrieved_at, energy_kwh) as "
        "select 's1', p, timestamptz '2026-03-19 18:00Z', 12::double precision "
        "from generate_series(timestamptz '2026-03-20 01:00Z', '2026-03-21 00:00Z', interval '1 hour') as p; "
        "create view suncloud.status_sample_shape (source_plant_id, sampled_at, is_connected) as "
        "select 's1', p, true from generate_series(timestamptz '2026-03-20', '2026-03-21', interval '15 min') as p; "
        "select registry.join_shapes()"
    )
    connection.exec_driver_sql(
        "insert into registry.plant_alias "
        "(source, source_plant_id, plant_id, source_name, method, is_present, first_seen_at, last_seen_at) "
        "values ('suncloud', 's1', %(plant)s, 'A', 'new', true, now(), now())",
        {"plant": plant},
    )
    found = computed(connection)
    assert outcome(found["forecast_energy_kwh"]) == 288
    assert outcome(found["communication_availability"]) == 1
    fleet.forecast(plant, hourly([30.0] * 24), EVENING)
    assert outcome(computed(connection)["forecast_energy_kwh"]) == 720


def test_parts_of_a_plant_add_up_and_repetitions_do_not(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A")
    fleet.energy(plant, DAY, 960.0)
    fleet.forecast(plant, hourly([30.0] * 24), EVENING, record="a")
    fleet.forecast(plant, hourly([12.0] * 24), EVENING, record="b")
    fleet.forecast(plant, hourly([42.0] * 24), EVENING, record="again", is_duplicate=True)
    fleet.forecast(plant, hourly([7.0] * 24), EVENING, record="gone", is_present=False)  # last seen in January
    assert outcome(computed(connection)["forecast_energy_kwh"]) == 1008
    # A period that only one part has says nothing of the whole.
    connection.exec_driver_sql(
        "delete from ravenwits.forecast where source_plant_id = 'b' and period_end = %(noon)s",
        {"noon": MIDNIGHT + 12 * HOUR},
    )
    assert outcome(computed(connection)["forecast_energy_kwh"]) == "low_completeness"


def _announce(connection: Connection, record: str, begins_at: datetime, ends_at: datetime) -> None:
    """Ravenwits says that the plant of that record gives no more than 10 kW."""
    values = {"record": record, "begin": begins_at, "end": ends_at, "at": MIDNIGHT}
    connection.exec_driver_sql(
        "insert into ravenwits.plant (id, name, lat, lon, installed_capacity_mw, nominal_capacity_mw, area, "
        "technology_type, fetched_at, is_present) values (%(record)s, %(record)s, 0, 0, 1, 1, 'ESP', 'solar', %(at)s, "
        "true) on conflict do nothing",
        values,
    )
    connection.exec_driver_sql(
        "insert into ravenwits.unavailability (id, plant_id, start_time_utc, end_time_utc, available_power_mw, "
        "availability_type, fetched_at, is_present) "
        "values (gen_random_uuid(), %(record)s, %(begin)s, %(end)s, 0.01, 'CURTAILMENT', %(at)s, true)",
        values,
    )


def test_time_under_an_announced_limit_is_in_no_error(connection: Connection, fleet: Fleet) -> None:
    """50 for 40 kWh an hour, but for two hours of 10 kW, the second of which the limit only touches.

    A forecast cannot be wrong by what was not let through: 22 × 10 kWh remain, none of 2 × 40.
    """
    plant = fleet.plant("P-A")
    fleet.energy(plant, DAY, 900.0)
    fleet.measured(plant, DAY, quarter_kwh=[*[10.0] * 40, *[2.5] * 8, *[10.0] * 48])
    fleet.measured(plant, DAY - timedelta(days=1), quarter_kwh=[*[5.0] * 20, *[0.0] * 4, *[5.0] * 72])
    fleet.forecast(plant, hourly([50.0] * 24), EVENING)
    _announce(connection, "1", MIDNIGHT + 10 * HOUR, MIDNIGHT + 11.25 * HOUR)
    _announce(connection, "1", MIDNIGHT - 19 * HOUR, MIDNIGHT - 18 * HOUR)  # the sixth hour of the day before
    fleet.plant("P-B")
    _announce(connection, "of another plant", MIDNIGHT, MIDNIGHT + 24 * HOUR)
    found = computed(connection)
    assert (found["forecast_nmae"]["numerator"], found["forecast_nmae"]["denominator"]) == (220, 80 * 22)
    assert (found["forecast_wape"]["numerator"], found["forecast_wape"]["denominator"]) == (220, 880)
    assert found["forecast_nmae"]["coverage"] == pytest.approx(22 / 24)
    assert (found["forecast_skill"]["numerator"], found["forecast_skill"]["denominator"]) == (21 * 100, 21 * 400)
    assert outcome(found["forecast_daily_error"]) == pytest.approx(300 / 1920)  # of the day as it was

    _announce(connection, "1", MIDNIGHT + 14 * HOUR, MIDNIGHT + 15 * HOUR)
    assert outcome(computed(connection)["forecast_nmae"]) == "low_completeness"  # 21 of 24 hours
