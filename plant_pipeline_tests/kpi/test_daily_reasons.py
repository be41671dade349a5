"""Which KPIs a day has not, and why: capacity, bounds, technology, completeness; and what a second run writes."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest
from sqlalchemy import Connection

from plant_pipeline.kpi.catalogue import CATALOGUE
from plant_pipeline.kpi.reasons import NullReason
from plant_pipeline_tests.kpi.computed import DAY, PAIRED, POWER, SUN, compute, outcome, rows
from plant_pipeline_tests.kpi.fleet import Fleet

FORECAST = [name for name in CATALOGUE if name.startswith("forecast_")]


def test_capacity_is_that_of_the_day(connection: Connection, fleet: Fleet) -> None:
    # Madrid's 21 March begins at 23:00 UTC on the 20th: from then on the plant has twice the capacity.
    plant = fleet.plant("P-A", timezone="Europe/Madrid", capacity_dc_kw=100, capacity_ac_kw=80)
    fleet.change(plant, datetime(2026, 3, 20, 23, tzinfo=UTC), capacity_dc_kw=200.0, capacity_ac_kw=160.0)
    following = DAY + timedelta(days=1)
    for day in (DAY, following):
        fleet.energy(plant, day, 320.0)
        compute(connection, day=day)
    assert rows(connection)["specific_yield"]["value"] == pytest.approx(3.2)
    assert rows(connection, day=following)["specific_yield"]["value"] == pytest.approx(1.6)
    assert rows(connection, day=following)["capacity_factor"]["denominator"] == 160 * 24


@pytest.mark.parametrize(
    ("kpi", "last_good", "first_bad", "reason"),
    [
        # 10 kW for 24 h are 240 kWh; 1.05 of them are 252.
        ("capacity_factor", {"produced_kwh": 251.9}, {"produced_kwh": 252.1}, "inconsistent_inputs"),
        # 100 kWp at 4 h of full sun are 400 kWh; 1.2 of them are 480.
        ("performance_ratio", {"produced_kwh": 479.9}, {"produced_kwh": 480.1}, "inconsistent_inputs"),
        # One per cent more exported than produced is within what two meters may differ.
        (
            "self_consumption",
            {"produced_kwh": 100.0, "exported_kwh": 100.9},
            {"produced_kwh": 100.0, "exported_kwh": 101.1},
            "inconsistent_inputs",
        ),
    ],
)
def test_a_ratio_is_withheld_from_its_bound_on(
    connection: Connection,
    fleet: Fleet,
    kpi: str,
    last_good: dict[str, float],
    first_bad: dict[str, float],
    reason: str,
) -> None:
    for day, figures in ((DAY, last_good), (DAY + timedelta(days=1), first_bad)):
        plant = fleet.plant(f"P-{day}", capacity_dc_kw=100, capacity_ac_kw=10)
        fleet.measured(plant, day, **SUN)
        fleet.energy(plant, day, figures["produced_kwh"], exported_kwh=figures.get("exported_kwh"))
        compute(connection, day=day)
    assert isinstance(outcome(rows(connection, code=f"P-{DAY}", day=DAY)[kpi]), float)
    assert outcome(rows(connection, code=f"P-{DAY + timedelta(days=1)}", day=DAY + timedelta(days=1))[kpi]) == reason


def test_impossible_ratios_are_withheld_and_their_raw_figures_kept(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A", capacity_dc_kw=100, capacity_ac_kw=10)
    fleet.measured(plant, DAY, **SUN)
    fleet.energy(plant, DAY, 490.0, exported_kwh=500.0)
    result = compute(connection)
    found = rows(connection)
    withheld = ("performance_ratio", "capacity_factor", "full_load_hours", "yield_ac", "self_consumption")
    assert {name: outcome(found[name]) for name in withheld} == dict.fromkeys(withheld, "inconsistent_inputs")
    assert found["performance_ratio"]["numerator"] == 490  # 490 / 400 = 1.225
    assert found["performance_ratio"]["denominator"] == pytest.approx(400)
    assert (found["capacity_factor"]["numerator"], found["capacity_factor"]["denominator"]) == (490, 240)
    assert (found["self_consumption"]["numerator"], found["self_consumption"]["denominator"]) == (-10, 490)
    assert outcome(found["energy_kwh"]) == 490
    assert outcome(found["specific_yield"]) == pytest.approx(4.9)
    assert [finding.kpi for finding in result.findings] == [name for name in CATALOGUE if name in withheld]
    assert "1.23" in next(found.message for found in result.findings if found.kpi == "performance_ratio")


def test_a_performance_ratio_just_above_one_is_kept_and_noticed(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A")
    fleet.measured(plant, DAY, **SUN)
    fleet.energy(plant, DAY, 420.0)
    result = compute(connection)
    assert outcome(rows(connection)["performance_ratio"]) == pytest.approx(1.05)
    assert [(finding.plant_code, finding.kpi) for finding in result.findings] == [("P-A", "performance_ratio")]


def test_without_half_an_hour_of_sun_there_is_no_performance_ratio(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A")
    fleet.measured(plant, DAY, **{**SUN, "poa_wh_per_m2": 496.0})
    fleet.energy(plant, DAY, 40.0)
    compute(connection)
    assert outcome(rows(connection)["performance_ratio"]) == "night_only"
    assert rows(connection)["performance_ratio"]["denominator"] == pytest.approx(49.6)
    assert outcome(rows(connection)["reference_yield"]) == pytest.approx(0.496)


def test_measured_zero_is_zero(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A")
    fleet.measured(plant, DAY, **SUN)
    fleet.energy(plant, DAY, 0.0, exported_kwh=0.0)
    compute(connection)
    found = rows(connection)
    zero = ("energy_kwh", "specific_yield", "yield_ac", "capacity_factor", "full_load_hours", "performance_ratio")
    assert {name: outcome(found[name]) for name in zero} == dict.fromkeys(zero, 0.0)
    assert outcome(found["self_consumption"]) == "not_applicable"  # no share of nothing


def test_photovoltaic_kpis_do_not_apply_to_wind(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A", technology="wind", capacity_dc_kw=None, capacity_ac_kw=2000)
    fleet.energy(plant, DAY, 12_000.0, daylight_completeness=None)
    compute(connection)
    found = rows(connection)
    assert {name for name in found if outcome(found[name]) == "not_applicable"} == {
        "specific_yield",
        "yield_ac",
        "reference_yield",
        "ref_yield_ghi",
        "performance_ratio",
        "performance_ratio_25c",
        "daylight_completeness",
        "self_consumption",
        "self_sufficiency",
    }
    assert outcome(found["capacity_factor"]) == pytest.approx(0.25)  # 12 000 / (2000 × 24)
    assert outcome(found["full_load_hours"]) == pytest.approx(6)
    assert outcome(found["peak_power_kw"]) == "no_data"


@pytest.mark.parametrize(
    ("dc", "ac", "expected"),
    [
        (None, 80.0, {"specific_yield": "no_capacity", "yield_ac": 4.0, "capacity_factor": pytest.approx(1 / 6)}),
        (100.0, None, {"specific_yield": 3.2, "yield_ac": "no_capacity", "capacity_factor": "no_capacity"}),
        (None, 80.0, {"performance_ratio": "no_capacity", "performance_ratio_25c": "no_capacity"}),
        (None, None, {"performance_ratio": "no_capacity", "full_load_hours": "no_capacity", "energy_kwh": 320.0}),
    ],
)
def test_each_yield_needs_its_own_capacity(
    connection: Connection, fleet: Fleet, dc: float | None, ac: float | None, expected: Mapping[str, object]
) -> None:
    plant = fleet.plant("P-A", capacity_dc_kw=dc, capacity_ac_kw=ac)
    fleet.energy(plant, DAY, 320.0)
    compute(connection)
    found = rows(connection)
    assert {name: outcome(found[name]) for name in expected} == expected


@pytest.mark.parametrize("reason", ["meter_unexplained", "low_completeness", "no_data", "source_failed"])
def test_unknown_energy_makes_what_depends_on_it_unknown(connection: Connection, fleet: Fleet, reason: str) -> None:
    plant = fleet.plant("P-A")
    fleet.measured(plant, DAY, **SUN, **POWER, **PAIRED)
    fleet.energy(
        plant,
        DAY,
        None,
        null_reason=reason,
        coverage=None,
        data_completeness=None,
        daylight_completeness=None,
        exported_kwh=3.0,
    )
    result = compute(connection)
    found = rows(connection)
    independent = {
        "reference_yield": pytest.approx(4.0),
        "ref_yield_ghi": "no_irradiance",
        "communication_availability": "no_data",
    }
    assert {name: outcome(row) for name, row in found.items()} == {
        **dict.fromkeys(CATALOGUE, reason),
        **dict.fromkeys(FORECAST, "no_forecast"),
        **independent,
    }
    told = {"no_irradiance": 1, "no_forecast": 7, "no_data": 1}
    assert result.null_reasons == {**told, reason: 12 + told.get(reason, 0)}


def test_a_plant_without_a_zone_has_no_day(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A", timezone=None)
    fleet.energy(plant, DAY, None, null_reason="no_timezone", coverage=None, data_completeness=None)
    compute(connection)
    found = rows(connection)
    assert outcome(found["energy_kwh"]) == outcome(found["reference_yield"]) == "no_timezone"


def test_there_is_no_daylight_to_be_complete_in_at_polar_night(connection: Connection, fleet: Fleet) -> None:
    winter = date(2026, 12, 21)
    plant = fleet.plant("P-A", place=(78.2, 15.6), timezone="Europe/Oslo")
    fleet.energy(plant, winter, 0.0, daylight_completeness=None)
    fleet.measured(plant, winter, sun_h=0.0)
    compute(connection, day=winter)
    assert outcome(rows(connection, day=winter)["daylight_completeness"]) == "night_only"


def test_unknown_technology_and_place_are_named(connection: Connection, fleet: Fleet) -> None:
    unknown, placeless = fleet.plant("P-A", technology=None), fleet.plant("P-B", place=None)
    fleet.measured(placeless, DAY, **{**SUN, "sun_h": None, "poa_sun_h": None})
    fleet.energy(unknown, DAY, 320.0)
    fleet.energy(placeless, DAY, 320.0, daylight_completeness=None)
    compute(connection)
    assert outcome(rows(connection, "P-A")["specific_yield"]) == "missing_parameter"
    assert outcome(rows(connection, "P-A")["capacity_factor"]) == pytest.approx(1 / 6)
    assert outcome(rows(connection, "P-B")["daylight_completeness"]) == "no_location"
    assert outcome(rows(connection, "P-B")["performance_ratio"]) == pytest.approx(0.8)  # judged over the whole day


@pytest.mark.parametrize(
    ("has_load", "sensors", "exported", "expected"),
    [
        (False, (), 100.0, "not_applicable"),  # nobody to consume anything
        (False, ("import_energy",), 100.0, 0.6875),  # (320 - 100) / 320
        (True, (), 100.0, 0.6875),
        (None, (), 100.0, 0.6875),
        (True, (), None, "not_applicable"),  # export is not measured
        (True, ("export_energy",), None, "no_data"),  # it is, but not that day
        (True, ("export_energy",), 322.0, pytest.approx(-2 / 320)),  # within what two meters may differ by
    ],
)
def test_self_consumption(
    connection: Connection,
    fleet: Fleet,
    has_load: bool | None,
    sensors: tuple[str, ...],
    exported: float | None,
    expected: object,
) -> None:
    plant = fleet.plant("P-A")
    for quantity in sensors:
        fleet.sensor(plant, quantity, minutes=15)
    if has_load is not None:
        connection.exec_driver_sql(
            "insert into registry.plant_alias "
            "(source, source_plant_id, plant_id, source_name, method, is_present, first_seen_at, last_seen_at, "
            "has_load) "
            "values ('voke', '7', %(plant)s, 'A', 'new', true, now(), now(), %(has_load)s)",
            {"plant": plant, "has_load": has_load},
        )
    fleet.energy(plant, DAY, 320.0, exported_kwh=exported)
    compute(connection)
    assert outcome(rows(connection)["self_consumption"]) == expected


def test_an_unchanged_rerun_writes_nothing_and_a_change_only_itself(connection: Connection, fleet: Fleet) -> None:
    plant, other = fleet.plant("P-A"), fleet.plant("P-B")
    for plant_id in (plant, other):
        fleet.energy(plant_id, DAY, 320.0)
    compute(connection, "first")
    before = rows(connection)
    assert compute(connection, "second").written == 0
    assert rows(connection) == before
    connection.exec_driver_sql(
        "update energy.plant_daily set produced_kwh = 330 where plant_id = %(id)s", {"id": plant}
    )
    assert compute(connection, "third", plant_ids=[other]).written == 0
    result = compute(connection, "fourth", plant_ids=[plant])
    assert (result.plants, result.written) == (1, 5)  # energy, two yields, capacity factor, full-load hours
    assert rows(connection)["energy_kwh"]["run_id"] == "fourth"
    assert rows(connection)["data_completeness"]["run_id"] == "first"


def test_rows_of_plants_without_energy_of_the_day_go_and_other_kpis_stay(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A")
    fleet.energy(plant, DAY, 320.0)
    compute(connection)
    connection.exec_driver_sql(
        "insert into kpi.plant_daily (plant_id, kpi_date, kpi, value, unit, formula_version, run_id, computed_at) "
        "values (%(id)s, %(day)s, 'revenue_eur', 1, 'EUR', 1, 'r', now())",
        {"id": plant, "day": DAY},
    )
    connection.exec_driver_sql("delete from energy.plant_daily")
    assert compute(connection).removed == len(CATALOGUE)
    assert set(rows(connection)) == {"revenue_eur"}


def test_a_day_without_energy_computes_nothing(connection: Connection) -> None:
    result = compute(connection)
    assert (result.plants, result.rows, result.written, result.removed, result.group_rows) == (0, 0, 0, 0, 0)


def test_reasons_are_of_the_closed_list() -> None:
    assert len(get_args(NullReason)) == len(set(get_args(NullReason))) == 16
