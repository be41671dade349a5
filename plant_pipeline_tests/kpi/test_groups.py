"""KPIs of the fleet and of months: sums over sums, of days that are final or restated; missing is never zero."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection

from plant_pipeline.kpi.catalogue import CATALOGUE
from plant_pipeline.kpi.daily import KpiDayResult, compute_kpis
from plant_pipeline.warehouse import ensure_month_partitions
from plant_pipeline_tests.kpi.fleet import Fleet

DAY = date(2026, 3, 20)
NOW = datetime(2026, 3, 21, 6, tzinfo=UTC)
SUN = {"sun_h": 12.0, "poa_wh_per_m2": 4000.0, "poa_h": 24.0, "poa_sun_h": 12.0}


def compute(connection: Connection, run_id: str = "run", day: date = DAY, **options: Any) -> KpiDayResult:
    return compute_kpis(connection, day, now_utc=NOW, run_id=run_id, **options)


def portfolio(connection: Connection) -> dict[str, Mapping[str, Any]]:
    rows = connection.exec_driver_sql("select * from kpi.portfolio_daily where group_code = 'all'").mappings()
    return {row["kpi"]: dict(row) for row in rows}


def month(connection: Connection) -> dict[str, Mapping[str, Any]]:
    rows = connection.exec_driver_sql("select * from kpi.plant_monthly").mappings()
    return {row["kpi"]: dict(row) for row in rows}


def test_the_fleet_is_sums_over_sums_of_complete_days(connection: Connection, fleet: Fleet) -> None:
    # 320 of 400 kWh at 4 h, and 100 of 200 kWh at 2 h; the other three say nothing that counts.
    for code, kwh, irradiation, status in (("P-1", 320.0, 4000.0, "final"), ("P-2", 100.0, 2000.0, "restated")):
        plant = fleet.plant(code, capacity_ac_kw=80)
        fleet.energy(plant, DAY, kwh, status=status)
        fleet.measured(plant, DAY, **{**SUN, "poa_wh_per_m2": irradiation})
    half: dict[str, Any] = {
        "status": "provisional",
        "coverage": 0.5,
        "data_completeness": 0.5,
        "daylight_completeness": 0.5,
    }
    fleet.energy(fleet.plant("P-3", capacity_ac_kw=80), DAY, 500.0, method="power_integral", **half)
    fleet.energy(fleet.plant("P-4", capacity_ac_kw=None, capacity_dc_kw=100), DAY, None, null_reason="no_data")
    fleet.plant("P-5", capacity_ac_kw=60)  # no sensors
    fleet.plant("P-6", capacity_ac_kw=1000, status="retired")
    compute(connection)
    found = portfolio(connection)
    energy = found["energy_kwh"]
    assert (energy["value"], energy["plants"], energy["unit"]) == (420, 2, "kWh")
    assert energy["capacity_share"] == pytest.approx(160 / 400)
    assert found["performance_ratio"]["value"] == pytest.approx(0.7)  # 420 / 600, not (0.8 + 0.5) / 2
    assert (found["performance_ratio"]["numerator"], found["performance_ratio"]["denominator"]) == (420, 600)
    assert found["capacity_factor"]["value"] == pytest.approx(420 / (160 * 24))
    assert found["specific_yield"]["value"] == pytest.approx(2.1)
    # Of completeness every day counts: 24, 24, 12 and 24 of 24 h.
    assert (found["data_completeness"]["value"], found["data_completeness"]["plants"]) == (0.875, 4)
    assert {name for name in CATALOGUE if name not in found} == {"reference_yield", "ref_yield_ghi", "peak_power_kw"}


def test_where_no_plant_counts_the_fleet_has_a_reason(connection: Connection, fleet: Fleet) -> None:
    for code in ("P-1", "P-2"):
        plant = fleet.plant(code)
        fleet.energy(plant, DAY, None, null_reason="source_failed", data_completeness=None)
        fleet.measured(plant, DAY, sun_h=12.0)
    fleet.energy(fleet.plant("P-3", technology="wind"), DAY, 0.0, status="provisional", daylight_completeness=None)
    compute(connection)
    found = portfolio(connection)
    assert {name: (row["value"], row["null_reason"]) for name, row in found.items()} == {
        **dict.fromkeys(found, (None, "source_failed")),  # of two plants, the third one's day may still change
        **{name: (None, "no_forecast") for name in found if name.startswith("forecast_")},
        "self_consumption": (None, "not_applicable"),
        "self_sufficiency": (None, "not_applicable"),
        "data_completeness": (1, None),
        "daylight_completeness": (1, None),
        "communication_availability": (None, "no_data"),
    }
    assert (found["energy_kwh"]["plants"], found["energy_kwh"]["capacity_share"]) == (0, 0)


def test_that_a_kpi_does_not_apply_to_others_is_no_reason(connection: Connection, fleet: Fleet) -> None:
    fleet.energy(fleet.plant("P-1"), DAY, None, null_reason="source_failed")
    for code in ("P-2", "P-3"):
        fleet.energy(fleet.plant(code, technology="wind"), DAY, 320.0, daylight_completeness=None)
    compute(connection)
    assert portfolio(connection)["specific_yield"]["null_reason"] == "source_failed"
    assert portfolio(connection)["capacity_factor"]["plants"] == 2


def test_what_may_still_change_does_not_count(connection: Connection, fleet: Fleet) -> None:
    fleet.energy(fleet.plant("P-1"), DAY, 320.0, status="provisional")
    compute(connection)
    assert (portfolio(connection)["energy_kwh"]["value"], portfolio(connection)["energy_kwh"]["null_reason"]) == (
        None,
        "low_completeness",
    )


def test_roots_are_drawn_from_sums(connection: Connection, fleet: Fleet) -> None:
    # 80 kW, 6 kWh off each hour, the day before 12; and 60 kW, 8 off, the day before 16: √(36 + 64) / √(80² + 60²).
    midnight = datetime(2026, 3, 20, tzinfo=UTC)
    for code, capacity, off in (("P-1", 80.0, 6.0), ("P-2", 60.0, 8.0)):
        plant = fleet.plant(code, capacity_ac_kw=capacity)
        fleet.energy(plant, DAY, 960.0)
        fleet.measured(plant, DAY, quarter_kwh=[10.0] * 96)
        fleet.measured(plant, DAY - timedelta(days=1), quarter_kwh=[10.0 - off / 2] * 96)
        hours = {midnight + timedelta(hours=n): 40.0 + off for n in range(1, 25)}
        fleet.forecast(plant, hours, midnight, record=code)
    compute(connection)
    found = portfolio(connection)
    assert found["forecast_nrmse"]["value"] == pytest.approx(0.1)
    assert found["forecast_skill"]["value"] == pytest.approx(0.5)
    assert found["forecast_nmae"]["value"] == pytest.approx(0.1)  # 14 / 140
    assert found["forecast_energy_kwh"]["value"] == (46 + 48) * 24
    one = connection.exec_driver_sql(
        "select kpi, value from kpi.plant_monthly inner join registry.plant using (plant_id) where plant_code = 'P-1'"
    )
    of_month = {row.kpi: row.value for row in one}
    assert of_month["forecast_nrmse"] == pytest.approx(6 / 80)
    assert of_month["forecast_skill"] == pytest.approx(0.5)
    assert of_month["forecast_energy_kwh"] == 46 * 24


def test_capacity_and_status_are_those_of_the_day(connection: Connection, fleet: Fleet) -> None:
    # From Madrid's 21 March on, 23:00 UTC on the 20th, the one has twice the capacity and the other is retired.
    grown = fleet.plant("P-1", timezone="Europe/Madrid", capacity_ac_kw=80)
    retired = fleet.plant("P-2", timezone="Europe/Madrid", capacity_ac_kw=40)
    change = datetime(2026, 3, 20, 23, tzinfo=UTC)
    fleet.change(grown, change, capacity_ac_kw=160.0)
    fleet.change(retired, change, status="retired")
    for day in (DAY, DAY + timedelta(days=1)):
        fleet.energy(grown, day, 320.0)
        compute(connection, day=day)
    rows = connection.exec_driver_sql(
        "select capacity_share from kpi.portfolio_daily where kpi = 'energy_kwh' order by kpi_date"
    )
    assert list(rows.scalars()) == [pytest.approx(80 / 120), 1]


def test_a_run_of_one_plant_combines_all_and_an_unchanged_one_writes_nothing(
    connection: Connection, fleet: Fleet
) -> None:
    one, other = fleet.plant("P-1"), fleet.plant("P-2")
    for plant in (one, other):
        fleet.energy(plant, DAY, 320.0)
    compute(connection)
    assert compute(connection, "again").group_rows == 0
    connection.exec_driver_sql("update energy.plant_daily set produced_kwh = 330 where plant_id = %(id)s", {"id": one})
    assert compute(connection, "one", plant_ids=[one]).group_rows == 5  # energy, two yields, factor, full-load hours
    assert portfolio(connection)["energy_kwh"]["value"] == 650


def _put(connection: Connection, statement: str, **parameters: Any) -> None:
    connection.exec_driver_sql(statement, {"at": NOW, **parameters})


def _record(connection: Connection, plant: UUID, source: str, record: str) -> None:
    _put(
        connection,
        "insert into registry.plant_alias (source, source_plant_id, plant_id, source_name, method, is_present, "
        "first_seen_at, last_seen_at) values (%(source)s, %(record)s, %(plant)s, %(record)s, 'new', true, %(at)s, "
        "%(at)s)",
        plant=plant,
        source=source,
        record=record,
    )


def _decided(connection: Connection, record: str, group: str, valid_from: date | None = None) -> None:
    _put(
        connection,
        "insert into registry.decision (action, source, source_plant_id, field, value, valid_from, who, decided_at) "
        "values ('set', 'voke', %(record)s, 'group_code', %(group)s, %(valid_from)s, 'anna', %(at)s)",
        record=record,
        group=group,
        valid_from=valid_from,
    )


def _energies(connection: Connection) -> dict[str, float | None]:
    rows = connection.exec_driver_sql("select group_code, value from kpi.portfolio_daily where kpi = 'energy_kwh'")
    return {row.group_code: row.value for row in rows}


def test_groups_of_sources_and_of_people(connection: Connection, fleet: Fleet) -> None:
    """1 and 2 kWh are of Ravenwits' group, 2 and 4 of Voke's, 4 and 8 of what a person says, 16 of none."""
    plants = [fleet.plant(f"P-{number}") for number in range(5)]
    for number, plant in enumerate(plants):
        fleet.energy(plant, DAY, 2.0**number)
    for record, group in (("r0", "IBERIA"), ("r1", "IBERIA"), ("r9", "NOBODY")):
        _put(
            connection,
            "insert into ravenwits.plant (id, name, lat, lon, installed_capacity_mw, nominal_capacity_mw, area, "
            "technology_type, agrupation, fetched_at, is_present) values (%(id)s, %(id)s, 0, 0, 1, 1, 'ESP', 'solar', "
            "%(group)s, %(at)s, true)",
            id=record,
            group=group,
        )
    named = '[{"name": "Morava"}, {"name": ""}, "noise"]'
    for record in ("v1", "v2"):
        _put(
            connection,
            "insert into voke.plant (id, name, serial_number, type, plant_groups, fetched_at, is_present) "
            "values (%(id)s, %(id)s, %(id)s, 'GATEWAY', %(groups)s, %(at)s, true)",
            id=record,
            groups=named,
        )
    for number, source, record in (
        (0, "ravenwits", "r0"),
        (1, "ravenwits", "r1"),
        (1, "voke", "v1"),
        (2, "voke", "v2"),
    ):
        _record(connection, plants[number], source, record)
    _record(connection, plants[3], "voke", "v3")
    _decided(connection, "v2", "watched")
    _decided(connection, "v3", "watched", DAY)
    _decided(connection, "v1", "later", DAY + timedelta(days=1))
    compute(connection)
    assert _energies(connection) == {"all": 31, "IBERIA": 3, "Morava": 6, "watched": 12}
    connection.exec_driver_sql("update registry.decision set undone_at = decided_at where value = 'watched'")
    compute(connection)
    assert _energies(connection) == {"all": 31, "IBERIA": 3, "Morava": 6}
    assert compute(connection, "again").group_rows == 0


def test_months_are_ratios_of_sums(connection: Connection, fleet: Fleet) -> None:
    # Days at 4 and 2 h with 320 and 100 kWh: PR = 420 / (400 + 200) = 0.7, not (0.8 + 0.5) / 2 = 0.65. The third is
    # provisional: restated once, and no longer complete.
    plant = fleet.plant("P-A")
    for offset, irradiation, energy, status, share in (
        (0, 4000.0, 320.0, "final", 1.0),
        (1, 2000.0, 100.0, "restated", 0.8),  # of the night something is missing
        (2, 5000.0, 999.0, "provisional", 0.95),
    ):
        day = DAY + timedelta(days=offset)
        paired = {"paired_kwh": energy, "paired_wh_per_m2": irradiation, "paired_sun_h": 12.0}
        power = {"power_h": 24.0, "power_sun_h": 12.0, "power_method": "power_integral", "peak_power_kw": 50.0 + offset}
        fleet.measured(plant, day, **{**SUN, "poa_wh_per_m2": irradiation, **paired, **power})
        fleet.energy(
            plant, day, energy, status=status, method="power_integral", coverage=share, data_completeness=share
        )
        compute(connection, day=day)
    found = month(connection)
    values = {name: row["value"] for name, row in found.items()}
    assert values["performance_ratio"] == pytest.approx(0.7)
    assert values["energy_kwh"] == 420
    assert values["specific_yield"] == pytest.approx(4.2)  # adds up over days
    assert values["capacity_factor"] == pytest.approx(420 / (80 * 48))
    assert values["reference_yield"] == pytest.approx(6.0)
    assert values["data_completeness"] == pytest.approx(2.75 / 3)  # of every day
    assert values["peak_power_kw"] == 51
    assert values["self_consumption"] is None
    assert (found["energy_kwh"]["days_with_value"], found["energy_kwh"]["days"]) == (2, 3)
    # The two days are all there is of the month: known, and coverage says how little of it they are.
    assert not any(row["is_final"] for row in found.values())
    assert found["energy_kwh"]["coverage"] == pytest.approx(1.8 / 31)


@pytest.mark.parametrize(("final_days", "is_final"), [(27, True), (26, False)])
def test_a_month_is_final_with_nine_days_in_ten(
    connection: Connection, fleet: Fleet, final_days: int, is_final: bool
) -> None:
    plant = fleet.plant("P-A")
    for number in range(30):
        status = "final" if number < final_days else "provisional"
        fleet.energy(plant, date(2026, 4, 1) + timedelta(days=number), 10.0, status=status)
    ensure_month_partitions(connection, "kpi.plant_daily", date(2026, 4, 1), date(2026, 4, 1))
    connection.exec_driver_sql(
        "insert into kpi.plant_daily (plant_id, kpi_date, kpi, value, unit, coverage, formula_version, run_id, "
        "computed_at) select plant_id, energy_date, 'energy_kwh', produced_kwh, 'kWh', 1, 1, 'r', %(now)s "
        "from energy.plant_daily",
        {"now": NOW},
    )
    found = month(connection)["energy_kwh"]
    assert (found["is_final"], found["value"]) == (is_final, 10.0 * final_days)
    assert found["coverage"] == final_days / 30
