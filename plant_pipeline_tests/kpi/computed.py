"""KPIs computed from rows as the energy room leaves them, and read again."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection

from plant_pipeline.kpi.daily import KpiDayResult, compute_kpis

DAY = date(2026, 3, 20)
NOW = datetime(2026, 3, 21, 6, tzinfo=UTC)

# 500 W/m² for 8 of 12 hours of sun are 4000 Wh/m², a reference yield of 4 h.
SUN = {"sun_h": 12.0, "poa_wh_per_m2": 4000.0, "poa_h": 24.0, "poa_sun_h": 12.0}
POWER = {"power_method": "power_integral", "power_step_s": 900.0, "power_h": 24.0, "power_sun_h": 12.0}
# 40 kW all the while: 320 kWh.
PAIRED = {"paired_kwh": 320.0, "paired_wh_per_m2": 4000.0, "paired_h": 24.0, "paired_sun_h": 12.0}


def compute(connection: Connection, run_id: str = "run", day: date = DAY, **options: Any) -> KpiDayResult:
    return compute_kpis(connection, day, now_utc=NOW, run_id=run_id, **options)


def rows(connection: Connection, code: str = "P-A", day: date = DAY) -> Mapping[str, Any]:
    result = connection.exec_driver_sql(
        "select k.* from kpi.plant_daily as k inner join registry.plant using (plant_id) "
        "where plant_code = %(code)s and kpi_date = %(day)s",
        {"code": code, "day": day},
    )
    return {row["kpi"]: row for row in result.mappings()}


def outcomes(connection: Connection, code: str = "P-A", day: date = DAY) -> dict[str, float | str]:
    """The value of each KPI, or the reason why there is none."""
    return {name: outcome(row) for name, row in rows(connection, code, day).items()}


def outcome(row: Mapping[str, Any]) -> float | str:
    """The value, or the reason why there is none."""
    found: float | str = row["null_reason"] if row["value"] is None else row["value"]
    return found
