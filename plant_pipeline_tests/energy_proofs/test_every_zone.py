"""Every zone of the world on the days on which its clocks change in 2026, and on two days on which Europe's do."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pytest

from plant_pipeline.energy.daily import compute_day
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.park import ParkPlant, ParkSensor, put_plants
from plant_pipeline_tests.energy.site import NOW

QUARTER = timedelta(minutes=15)
EUROPES = (date(2026, 3, 29), date(2026, 10, 25))
NO_ZONES = {"localtime", "posixrules", "Factory"}


def change_days(zone: ZoneInfo) -> list[date]:
    """Dates of 2026 on which the offset at noon UTC differs from that of the day before, in local terms."""
    found = []
    noon = datetime(2025, 12, 31, 12, tzinfo=UTC)
    for number in range(366):
        before, after = noon + timedelta(days=number), noon + timedelta(days=number + 1)
        if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            # The change lies in these 24 hours: on the local date of the first hour that has the new offset.
            hours = [before + timedelta(hours=hour) for hour in range(25)]
            offset = before.astimezone(zone).utcoffset()
            found += [next(at.astimezone(zone).date() for at in hours if at.astimezone(zone).utcoffset() != offset)]
    return [day for day in found if day.year == 2026]


def truth_of(day: date, zone: ZoneInfo) -> tuple[float, float]:
    """Hours of the local date, and 23.75 or 26.25 kWh for each quarter of an hour of UTC that begins on it.

    Every offset of 2026 is a multiple of a quarter of an hour.
    """
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=24)
    own = [number for number in range(72 * 4) if (start + number * QUARTER).astimezone(zone).date() == day]
    return len(own) / 4, sum(23.75 if number % 2 == 0 else 26.25 for number in own)


def _plant(zone: str, days: list[date], number: int) -> ParkPlant:
    """95 and 105 kW by turns of a quarter of an hour, as power or as a register: 100 kWh an hour."""
    starts_s = [datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() for day in days]
    at_s = np.unique(np.concatenate([np.arange(-24 * 4, 50 * 4) * 900.0 + start_s for start_s in starts_s]))
    power_w = np.where(at_s // 900 % 2 == 0, 95_000.0, 105_000.0)
    if number % 2:
        sensor = ParkSensor("ac_power", 15, False, at_s, power_w)
    else:
        since_s = at_s - at_s[0]
        counted_wh = 1e8 + since_s / 0.036 + np.where(at_s // 900 % 2 == 0, 0.0, -1250.0)
        sensor = ParkSensor("production_energy", 0, True, at_s, counted_wh)
    return ParkPlant(f"P-{zone}", zone, "wind", 1000.0, None, (sensor,))


def test_days_of_every_zone_have_their_hours_and_energy(warehouse: Warehouse) -> None:
    zones = {name: ZoneInfo(name) for name in sorted(available_timezones() - NO_ZONES)}
    days = {name: sorted({*change_days(zone), *EUROPES}) for name, zone in zones.items()}
    plants = {name: _plant(name, own, number) for number, (name, own) in enumerate(days.items())}
    put_plants(warehouse, list(plants.values()))
    by_day: dict[date, list[str]] = defaultdict(list)
    for name, own in days.items():
        for day in own:
            by_day[day].append(name)
    assert len(by_day) > 10
    assert len(plants) > 500
    for day, names in sorted(by_day.items()):
        with warehouse.transaction() as connection:
            compute_day(connection, day, now_utc=NOW, run_id="run", plant_ids=[plants[name].plant_id for name in names])
            rows = {
                row.plant_id: row
                for row in connection.exec_driver_sql(
                    "select * from energy.plant_daily where energy_date = %(day)s", {"day": day}
                )
            }
        for name in names:
            row, (hours, truth_kwh) = rows[plants[name].plant_id], truth_of(day, zones[name])
            said = (row.hours_in_day, row.produced_kwh, row.coverage, row.status, row.flags)
            assert said == (hours, pytest.approx(truth_kwh), 1.0, "final", []), f"{name} {day}"
            assert (row.gap_kwh, row.uncertainty_kwh) == (0, pytest.approx(0, abs=1e-6)), f"{name} {day}"
