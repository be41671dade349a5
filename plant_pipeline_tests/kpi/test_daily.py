"""KPIs of synthetic days whose figures can be worked out on paper."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest
from sqlalchemy import Connection

from plant_pipeline.kpi.catalogue import CATALOGUE
from plant_pipeline.kpi.daily import KpiDayResult, compute_kpis
from plant_pipeline.kpi.reasons import NullReason
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.kpi.fleet import Fleet, steps

DAY = date(2026, 3, 20)  # an equinox: at 0° N 0° E the sun is up for 12 h, about 06:07 to 18:07 UTC
MIDNIGHT = datetime(2026, 3, 20, tzinfo=UTC)
NOW = datetime(2026, 3, 21, 6, tzinfo=UTC)

# Quarters of an hour from 08:00 to 16:00, all others 0: at 500 W/m² this is 4000 Wh/m², a reference yield of 4 h.
QUARTERS = range(96)
IS_BRIGHT = [32 <= quarter < 64 for quarter in QUARTERS]


def bright(value: float, other: float = 0.0) -> list[float | None]:
    return [value if is_bright else other for is_bright in IS_BRIGHT]


def without(values: list[float | None], first: int, last: int) -> list[float | None]:
    """No values from one quarter of an hour until another."""
    return [None if first <= quarter < last else value for quarter, value in enumerate(values)]


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.transaction() as opened:
        yield opened


@pytest.fixture
def fleet(connection: Connection) -> Fleet:
    return Fleet(connection)


def compute(connection: Connection, run_id: str = "run", day: date = DAY, **options: Any) -> KpiDayResult:
    return compute_kpis(connection, day, now_utc=NOW, run_id=run_id, **options)


def rows(connection: Connection, code: str = "P-A", day: date = DAY) -> Mapping[str, Any]:
    result = connection.exec_driver_sql(
        "select k.* from kpi.plant_daily as k inner join registry.plant using (plant_id) "
        "where plant_code = %(code)s and kpi_date = %(day)s",
        {"code": code, "day": day},
    )
    return {row["kpi"]: row for row in result.mappings()}


def outcome(row: Mapping[str, Any]) -> float | str:
    """The value, or the reason why there is none."""
    found: float | str = row["null_reason"] if row["value"] is None else row["value"]
    return found


def test_every_kpi_of_a_solar_plant(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A", capacity_dc_kw=100, capacity_ac_kw=80)
    poa = fleet.sensor(plant, "irradiance_poa", minutes=15)
    ghi = fleet.sensor(plant, "irradiance_ghi", minutes=15)
    power = fleet.sensor(plant, "ac_power", minutes=15)
    fleet.readings(poa, steps(MIDNIGHT, 15, bright(500)))
    fleet.readings(ghi, steps(MIDNIGHT, 15, bright(400)))
    fleet.readings(power, steps(MIDNIGHT, 15, bright(40_000)))
    # 40 kW for 8 h are 320 kWh; 240 of them leave the site, which takes 160 from the grid.
    fleet.energy(
        plant,
        DAY,
        320.0,
        exported_kwh=240.0,
        imported_kwh=160.0,
        data_completeness=0.9,
        sensors={"power_integral": [power]},
    )
    result = compute(connection)
    found = rows(connection)
    assert {name: outcome(row) for name, row in found.items()} == pytest.approx(
        {
            "energy_kwh": 320.0,
            "specific_yield": 3.2,  # 320 / 100
            "yield_ac": 4.0,  # 320 / 80
            "reference_yield": 4.0,
            "ref_yield_ghi": 3.2,
            "performance_ratio": 0.8,  # 320 / (100 × 4)
            "capacity_factor": 1 / 6,  # 320 / (80 × 24)
            "full_load_hours": 4.0,
            "peak_power_kw": 40.0,
            "data_completeness": 0.9,
            "daylight_completeness": 1.0,
            "self_consumption": 0.25,  # (320 - 240) / 320
            "self_sufficiency": 1 / 3,  # 80 / (80 + 160)
        }
    )
    assert {name: row["unit"] for name, row in found.items()} == {name: kpi.unit for name, kpi in CATALOGUE.items()}
    assert found["performance_ratio"]["numerator"] == pytest.approx(320)
    assert found["performance_ratio"]["denominator"] == pytest.approx(400)
    assert found["data_completeness"]["numerator"] == pytest.approx(21.6)  # 0.9 of 24 h
    assert found["daylight_completeness"]["denominator"] == pytest.approx(12, abs=0.01)
    assert (result.plants, result.rows, result.values, result.written) == (1, 13, 13, 13)
    assert result.null_reasons == {}
    assert result.findings == ()


def test_a_day_of_25_hours_has_a_lower_capacity_factor(connection: Connection, fleet: Fleet) -> None:
    autumn = date(2026, 10, 25)
    plant = fleet.plant("P-A", timezone="Europe/Madrid", place=(40.0, -4.0))
    fleet.energy(plant, autumn, 320.0, hours_in_day=25.0)
    compute(connection, day=autumn)
    found = rows(connection, day=autumn)
    assert found["capacity_factor"]["value"] == pytest.approx(0.16)  # 320 / (80 × 25)
    assert found["capacity_factor"]["denominator"] == 2000
    assert found["full_load_hours"]["value"] == 4.0


def test_readings_of_all_25_hours_count_and_none_beyond(connection: Connection, fleet: Fleet) -> None:
    autumn = date(2026, 10, 25)  # in Madrid from 22:00 UTC the day before until 23:00 UTC
    plant = fleet.plant("P-A", timezone="Europe/Madrid", place=None)
    poa = fleet.sensor(plant, "irradiance_poa", minutes=30)
    fleet.readings(poa, steps(datetime(2026, 10, 24, 20, tzinfo=UTC), 30, [100.0] * 60))  # 20:00 to 02:00: 30 h
    fleet.energy(plant, autumn, 320.0, hours_in_day=25.0)
    compute(connection, day=autumn)
    assert rows(connection, day=autumn)["reference_yield"]["numerator"] == pytest.approx(2500)  # 100 W/m² × 25 h


@pytest.mark.parametrize("method", ["register_difference", "power_integral"])
def test_performance_ratio_leaves_out_what_irradiance_did_not_see(
    connection: Connection, fleet: Fleet, method: str
) -> None:
    # Irradiance is missing from 10:00 to 12:00, when power was 60 instead of 40 kW. Common: 6 h at 40 kW and 500 W/m²,
    # 240 kWh / (100 kWp × 3 h) = 0.8. With the whole day's 360 kWh it would be 1.2.
    plant = fleet.plant("P-A")
    poa = fleet.sensor(plant, "irradiance_poa", minutes=15)
    power = fleet.sensor(plant, "ac_power", minutes=15)
    fleet.readings(poa, steps(MIDNIGHT, 15, without(bright(500), 40, 48)))
    watts = [60_000.0 if 40 <= quarter < 48 else value for quarter, value in enumerate(bright(40_000))]
    fleet.readings(power, steps(MIDNIGHT, 15, watts))
    fleet.energy(plant, DAY, 360.0, method=method, sensors={"power_integral": [power]})
    compute(connection)
    ratio = rows(connection)["performance_ratio"]
    assert ratio["value"] == pytest.approx(0.8)
    assert (ratio["numerator"], ratio["denominator"]) == (pytest.approx(240), pytest.approx(300))
    assert ratio["method"] == "power_integral"
    assert ratio["coverage"] == pytest.approx(10 / 12, abs=0.001)
    assert rows(connection)["reference_yield"]["value"] == pytest.approx(3.0)
    assert rows(connection)["peak_power_kw"]["value"] == pytest.approx(60.0)


def test_a_register_total_serves_only_if_irradiance_covers_daylight(connection: Connection, fleet: Fleet) -> None:
    whole, holed = fleet.plant("P-A"), fleet.plant("P-B")
    for plant, values in ((whole, bright(500)), (holed, without(bright(500), 40, 41))):
        poa = fleet.sensor(plant, "irradiance_poa", minutes=15)
        fleet.readings(poa, steps(MIDNIGHT, 15, values))
        fleet.energy(plant, DAY, 320.0)
    compute(connection)
    assert outcome(rows(connection, "P-A")["performance_ratio"]) == pytest.approx(0.8)
    assert rows(connection, "P-A")["performance_ratio"]["method"] == "register_difference"
    # A quarter of an hour is 2 % of daylight, and there is no power to pair the rest with.
    assert outcome(rows(connection, "P-B")["performance_ratio"]) == "low_completeness"


def test_register_increments_pair_where_there_is_no_power(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A")
    poa = fleet.sensor(plant, "irradiance_poa", minutes=15)
    fleet.readings(poa, steps(MIDNIGHT, 15, without(bright(500), 40, 48)))
    register = fleet.sensor(plant, "production_energy", is_cumulative=True)
    counter, readings = 7_000_000.0, []
    for is_bright in IS_BRIGHT:
        readings.append(counter)
        counter += 10_000 if is_bright else 0  # 10 kWh a quarter of an hour: 40 kW
    fleet.readings(register, steps(MIDNIGHT, 15, [*readings, counter]))
    fleet.energy(plant, DAY, 320.0, sensors={"register_difference": [register]})
    compute(connection)
    found = rows(connection)
    assert outcome(found["performance_ratio"]) == pytest.approx(0.8)  # 240 / (100 × 3)
    assert found["performance_ratio"]["method"] == "register_increments"
    assert outcome(found["peak_power_kw"]) == pytest.approx(40)


def test_intervals_of_unequal_length_pair_only_where_both_are_whole(connection: Connection, fleet: Fleet) -> None:
    # Energy comes by the hour, irradiance every 15 minutes with 10:30 to 10:45 missing: the hour from 10:00 is out.
    plant = fleet.plant("P-A")
    poa = fleet.sensor(plant, "irradiance_poa", minutes=15)
    fleet.readings(poa, steps(MIDNIGHT, 15, without(bright(500), 42, 43)))
    energy = fleet.sensor(plant, "production_energy", minutes=60)
    fleet.readings(energy, steps(MIDNIGHT, 60, [40_000.0 if 8 <= hour < 16 else 0.0 for hour in range(24)]))
    fleet.energy(plant, DAY, 320.0, method="interval_energy", sensors={"interval_energy": [energy]})
    compute(connection)
    found = rows(connection)
    assert found["performance_ratio"]["numerator"] == pytest.approx(280)  # 7 of 8 hours
    assert found["performance_ratio"]["denominator"] == pytest.approx(350)  # 100 × 7 × 0.5
    assert outcome(found["peak_power_kw"]) == "not_applicable"  # an hour's mean says nothing about its quarters


def test_half_hours_tell_no_peak_and_a_finer_series_goes_before_them(connection: Connection, fleet: Fleet) -> None:
    for code in ("P-A", "P-B"):
        plant = fleet.plant(code)
        energy = fleet.sensor(plant, "production_energy", minutes=30)
        fleet.readings(energy, steps(MIDNIGHT, 30, [20_000.0 if 16 <= half < 32 else 0.0 for half in range(48)]))
        sensors = {"interval_energy": [energy]}
        if code == "P-B":
            sensors["power_integral"] = [fleet.sensor(plant, "ac_power", minutes=15)]
            fleet.readings(sensors["power_integral"][0], steps(MIDNIGHT, 15, bright(42_000)))
        fleet.energy(plant, DAY, 320.0, method="interval_energy", sensors=sensors)
    compute(connection)
    assert outcome(rows(connection)["peak_power_kw"]) == "not_applicable"
    assert outcome(rows(connection, "P-B")["peak_power_kw"]) == pytest.approx(42)


def test_instants_are_joined_by_lines_and_never_across_a_gap(connection: Connection, fleet: Fleet) -> None:
    # 0, 30, 60, 30, 0 kW at 10:00 ... 10:40: trapezia of 10 minutes give (15 + 45 + 45 + 15) / 6 = 20 kWh.
    # 11:20 and 11:30 follow at 60 kW: 10 kWh more, and nothing from 10:40 to 11:20.
    plant = fleet.plant("P-A", capacity_dc_kw=50)
    power = fleet.sensor(plant, "ac_power")
    poa = fleet.sensor(plant, "irradiance_poa")
    at_ten = MIDNIGHT + timedelta(hours=10)
    watts = steps(at_ten, 10, [0, 30_000, 60_000, 30_000, 0, None, None, None, 60_000, 60_000])
    fleet.readings(power, watts)
    fleet.readings(poa, steps(MIDNIGHT + timedelta(hours=6), 10, [1000.0] * 73))  # until 18:00
    fleet.energy(plant, DAY, 30.0, method="power_integral", sensors={"power_integral": [power]})
    compute(connection)
    ratio = rows(connection)["performance_ratio"]
    assert ratio["numerator"] == pytest.approx(30)
    assert ratio["denominator"] == pytest.approx(50 * 50 / 60)  # 40 + 10 minutes at 1000 W/m²
    assert outcome(ratio) == "low_completeness"  # 50 minutes of daylight are less than a third


def test_peak_is_the_mean_of_a_whole_quarter_of_an_hour(connection: Connection, fleet: Fleet) -> None:
    # 10:00 to 10:15: 30, 60, 30 kW, mean 40. 11:00: 80 kW for 5 minutes, the rest of the quarter is missing. 12:00: 35.
    plant = fleet.plant("P-A", technology="wind", capacity_dc_kw=None)
    power = fleet.sensor(plant, "ac_power", minutes=5)
    watts: list[float | None] = [0.0] * 288
    watts[120:123] = [30_000, 60_000, 30_000]
    watts[132:135] = [80_000, None, None]
    watts[144:147] = [35_000, 35_000, 35_000]
    fleet.readings(power, steps(MIDNIGHT, 5, watts))
    fleet.energy(plant, DAY, 10.0, method="power_integral", sensors={"power_integral": [power]})
    compute(connection)
    peak = rows(connection)["peak_power_kw"]
    assert peak["value"] == pytest.approx(40)
    assert peak["coverage"] == pytest.approx(286 / 288)


def test_inverters_count_only_while_all_of_them_report(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A")
    first = fleet.sensor(plant, "ac_power", minutes=15, equipment_type="inverter")
    second = fleet.sensor(plant, "ac_power", minutes=15, equipment_type="inverter")
    poa = fleet.sensor(plant, "irradiance_poa", minutes=15)
    fleet.readings(first, steps(MIDNIGHT, 15, bright(25_000)))
    fleet.readings(second, steps(MIDNIGHT, 15, without(bright(15_000), 40, 48)))  # silent for 2 of 8 hours
    fleet.readings(poa, steps(MIDNIGHT, 15, bright(500)))
    fleet.energy(plant, DAY, 240.0, method="inverter_sum", coverage=22 / 24, sensors={"inverter_sum": [first, second]})
    compute(connection)
    ratio = rows(connection)["performance_ratio"]
    assert (ratio["numerator"], ratio["denominator"]) == (pytest.approx(240), pytest.approx(300))
    assert outcome(rows(connection)["peak_power_kw"]) == pytest.approx(40)


def test_consumption_positive_meters_are_turned_round(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A")
    power = fleet.sensor(plant, "ac_power", minutes=15, sign=-1)
    fleet.readings(power, steps(MIDNIGHT, 15, bright(-40_000, other=2_000)))  # draws 2 kW at night
    fleet.energy(plant, DAY, 320.0, method="power_integral", sensors={"power_integral": [power]})
    compute(connection)
    assert outcome(rows(connection)["peak_power_kw"]) == pytest.approx(40)


def test_several_irradiance_sensors_give_the_mean_of_the_valid_ones(connection: Connection, fleet: Fleet) -> None:
    # 400 and 600 W/m² from 08:00; the second one is broken (-999, then 9999, then not a number) from 10:00 to 12:00.
    plant = fleet.plant("P-A")
    first, second = (fleet.sensor(plant, "irradiance_poa", minutes=15) for _ in range(2))
    broken = bright(600, other=-5)  # a pyranometer's offset at night counts as 0
    broken[40:48] = [-999.0] * 4 + [9999.0] * 2 + [float("nan")] * 2
    fleet.readings(first, steps(MIDNIGHT, 15, bright(400)))
    fleet.readings(second, steps(MIDNIGHT, 15, broken))
    fleet.energy(plant, DAY, 320.0)
    compute(connection)
    assert outcome(rows(connection)["reference_yield"]) == pytest.approx(3.8)  # 6 h × 0.5 + 2 h × 0.4


def test_horizontal_irradiance_never_stands_in_for_the_plane_of_array(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A")
    ghi = fleet.sensor(plant, "irradiance_ghi", minutes=15)
    fleet.readings(ghi, steps(MIDNIGHT, 15, bright(500)))
    fleet.energy(plant, DAY, 320.0)
    compute(connection)
    found = rows(connection)
    assert outcome(found["ref_yield_ghi"]) == pytest.approx(4.0)
    assert outcome(found["reference_yield"]) == "no_irradiance"
    assert outcome(found["performance_ratio"]) == "no_irradiance"


def test_reference_sensors_are_no_input(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A")
    poa = fleet.sensor(plant, "irradiance_poa", minutes=15, is_reference=True)
    fleet.readings(poa, steps(MIDNIGHT, 15, bright(500)))
    fleet.energy(plant, DAY, 320.0)
    compute(connection)
    assert outcome(rows(connection)["reference_yield"]) == "no_irradiance"


def test_too_little_irradiance_is_no_irradiation(connection: Connection, fleet: Fleet) -> None:
    # 3 of 12 h of daylight.
    plant = fleet.plant("P-A")
    poa = fleet.sensor(plant, "irradiance_poa", minutes=15)
    fleet.readings(poa, steps(MIDNIGHT + timedelta(hours=9), 15, [500.0] * 12))
    fleet.energy(plant, DAY, 320.0)
    compute(connection)
    found = rows(connection)
    assert outcome(found["reference_yield"]) == "low_completeness"
    assert found["reference_yield"]["coverage"] == pytest.approx(3 / 12, abs=0.001)
    assert outcome(found["performance_ratio"]) == "low_completeness"


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
        poa = fleet.sensor(plant, "irradiance_poa", minutes=15)
        fleet.readings(poa, steps(MIDNIGHT + (day - DAY), 15, bright(500)))
        fleet.energy(plant, day, figures["produced_kwh"], exported_kwh=figures.get("exported_kwh"))
        compute(connection, day=day)
    assert isinstance(outcome(rows(connection, code=f"P-{DAY}", day=DAY)[kpi]), float)
    assert outcome(rows(connection, code=f"P-{DAY + timedelta(days=1)}", day=DAY + timedelta(days=1))[kpi]) == reason


def test_impossible_ratios_are_withheld_and_their_raw_figures_kept(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A", capacity_dc_kw=100, capacity_ac_kw=10)
    poa = fleet.sensor(plant, "irradiance_poa", minutes=15)
    fleet.readings(poa, steps(MIDNIGHT, 15, bright(500)))
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
    poa = fleet.sensor(plant, "irradiance_poa", minutes=15)
    fleet.readings(poa, steps(MIDNIGHT, 15, bright(500)))
    fleet.energy(plant, DAY, 420.0)
    result = compute(connection)
    assert outcome(rows(connection)["performance_ratio"]) == pytest.approx(1.05)
    assert [(finding.plant_code, finding.kpi) for finding in result.findings] == [("P-A", "performance_ratio")]


def test_without_half_an_hour_of_sun_there_is_no_performance_ratio(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A")
    poa = fleet.sensor(plant, "irradiance_poa", minutes=15)
    fleet.readings(poa, steps(MIDNIGHT, 15, bright(62)))  # 0.496 h
    fleet.energy(plant, DAY, 40.0)
    compute(connection)
    assert outcome(rows(connection)["performance_ratio"]) == "night_only"
    assert rows(connection)["performance_ratio"]["denominator"] == pytest.approx(49.6)
    assert outcome(rows(connection)["reference_yield"]) == pytest.approx(0.496)


def test_measured_zero_is_zero(connection: Connection, fleet: Fleet) -> None:
    plant = fleet.plant("P-A")
    poa = fleet.sensor(plant, "irradiance_poa", minutes=15)
    fleet.readings(poa, steps(MIDNIGHT, 15, bright(500)))
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
    poa = fleet.sensor(plant, "irradiance_poa", minutes=15)
    power = fleet.sensor(plant, "ac_power", minutes=15)
    fleet.readings(poa, steps(MIDNIGHT, 15, bright(500)))
    fleet.readings(power, steps(MIDNIGHT, 15, bright(40_000)))
    fleet.energy(
        plant,
        DAY,
        None,
        null_reason=reason,
        coverage=None,
        data_completeness=None,
        daylight_completeness=None,
        exported_kwh=3.0,
        sensors={"power_integral": [power]},
    )
    result = compute(connection)
    found = rows(connection)
    independent = {"reference_yield": pytest.approx(4.0), "ref_yield_ghi": "no_irradiance"}
    assert {name: outcome(row) for name, row in found.items()} == {
        **dict.fromkeys(CATALOGUE, reason),
        **independent,
    }
    assert result.null_reasons == {reason: 11, "no_irradiance": 1}


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
    compute(connection, day=winter)
    assert outcome(rows(connection, day=winter)["daylight_completeness"]) == "night_only"


def test_unknown_technology_and_place_are_named(connection: Connection, fleet: Fleet) -> None:
    unknown, placeless = fleet.plant("P-A", technology=None), fleet.plant("P-B", place=None)
    poa = fleet.sensor(placeless, "irradiance_poa", minutes=15)
    fleet.readings(poa, steps(MIDNIGHT, 15, bright(500)))
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
            "insert into voke.plant (id, name, serial_number, type, plant_with_load, fetched_at, is_present) "
            "values ('7', 'A', 'S', 'GATEWAY', %(has_load)s, now(), true)",
            {"has_load": has_load},
        )
        connection.exec_driver_sql(
            "insert into registry.plant_alias "
            "(source, source_plant_id, plant_id, source_name, method, is_present, first_seen_at, last_seen_at) "
            "values ('voke', '7', %(plant)s, 'A', 'new', true, now(), now())",
            {"plant": plant},
        )
    fleet.energy(plant, DAY, 320.0, exported_kwh=exported)
    compute(connection)
    assert outcome(rows(connection)["self_consumption"]) == expected


def test_an_unchanged_rerun_writes_nothing_and_a_change_only_itself(connection: Connection, fleet: Fleet) -> None:
    plant, other = fleet.plant("P-A"), fleet.plant("P-B")
    for one in (plant, other):
        fleet.energy(one, DAY, 320.0)
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
        "values (%(id)s, %(day)s, 'forecast_energy_kwh', 1, 'kWh', 1, 'r', now())",
        {"id": plant, "day": DAY},
    )
    connection.exec_driver_sql("delete from energy.plant_daily")
    assert compute(connection).removed == len(CATALOGUE)
    assert set(rows(connection)) == {"forecast_energy_kwh"}


def test_a_day_without_energy_computes_nothing(connection: Connection) -> None:
    result = compute(connection)
    assert (result.plants, result.rows, result.written, result.removed) == (0, 0, 0, 0)


def test_months_are_ratios_of_sums(connection: Connection, fleet: Fleet) -> None:
    # Two days at 500 and 250 W/m² with 320 and 100 kWh: PR = 420 / (400 + 200) = 0.7, not (0.8 + 0.5) / 2 = 0.65.
    plant = fleet.plant("P-A")
    poa = fleet.sensor(plant, "irradiance_poa", minutes=15)
    following = DAY + timedelta(days=1)
    for day, irradiance, energy in ((DAY, 500.0, 320.0), (following, 250.0, 100.0)):
        start = MIDNIGHT + (day - DAY)
        fleet.readings(poa, steps(start, 15, bright(irradiance)))
        fleet.energy(plant, day, energy, data_completeness=1.0 if day == DAY else 0.5)
        compute(connection, day=day)
    month = {
        row["kpi"]: row["value"] for row in connection.exec_driver_sql("select * from kpi.plant_monthly").mappings()
    }
    # The two days are all there is of the month: known, but far from nine days in ten.
    assert not connection.exec_driver_sql("select bool_or(is_final) from kpi.plant_monthly").scalar_one()
    assert month["performance_ratio"] == pytest.approx(0.7)
    assert month["energy_kwh"] == 420
    assert month["capacity_factor"] == pytest.approx(420 / (80 * 48))
    assert month["reference_yield"] == pytest.approx(6.0)
    assert month["data_completeness"] == pytest.approx(0.75)


def test_reasons_are_of_the_closed_list() -> None:
    assert len(get_args(NullReason)) == len(set(get_args(NullReason))) == 15
