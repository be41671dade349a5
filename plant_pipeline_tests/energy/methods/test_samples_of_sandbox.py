"""The energy of a day by what the sandbox's Voke says at the ticks of the sampling, against what the plant produced."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import httpx
import numpy as np

from plant_pipeline.days import day_window
from plant_pipeline.energy.methods.samples import SampledRecord, sampled_day
from plant_pipeline.energy.series.plant_days import PlantDay
from plant_pipeline.sandbox.production import daily_energy_kwh
from plant_pipeline.sandbox.server import serve
from plant_pipeline.sandbox.world import World

_DAY = date(2026, 11, 17)


def test_a_day_is_final_and_right() -> None:
    """Of a plant an hour east of UTC, with a load behind its meter."""
    plant = World.of().by_key["velvary"]
    first = datetime(2026, 11, 16, 12, tzinfo=UTC)
    ticks = [first + timedelta(minutes=15 * number) for number in range(4 * 48)]
    ticks = sorted(
        {tick for tick in ticks if tick.hour or tick.minute}
        | {datetime(2026, 11, day, tzinfo=UTC) + timedelta(minutes=minutes) for day in (17, 18) for minutes in (-1, 1)}
    )
    now = ticks[0]
    counted = []
    with serve(clock=lambda: now) as sandbox:
        headers = {
            "Authorization": f"Bearer {sandbox.environment['VOKE_TOKEN']}",
            "x-org-id": sandbox.environment["VOKE_ORG_ID"],
        }
        with httpx.Client(base_url=sandbox.environment["VOKE_BASE_URL"], headers=headers) as client:
            for tick in ticks:
                now = tick
                counted.append(client.get(f"/api/v1/plants/{plant.source_ids['voke']}/energy/today").json())
    at_s = np.array([tick.timestamp() for tick in ticks])
    midnight_s = np.array([datetime.fromisoformat(f"{own['date']}T00:00Z").timestamp() for own in counted])
    columns = (
        np.array([own[name] for own in counted], dtype=np.float64)
        for name in ("produced", "imported", "exported", "selfConsumptionPct")
    )
    record = SampledRecord("voke", plant.source_ids["voke"], at_s, midnight_s, *columns)
    window = day_window(_DAY, plant.timezone)
    asked = PlantDay(
        UUID(int=1), "P-A", plant.technology, plant.latitude, plant.longitude, plant.capacity_ac_kw, window
    )
    found = sampled_day(asked, [record])
    truth_kwh = daily_energy_kwh(plant, _DAY)
    whole_kwh, half_width_kwh = found.candidate.whole_kwh, found.candidate.uncertainty_kwh
    assert whole_kwh is not None
    assert half_width_kwh is not None
    assert abs(whole_kwh - truth_kwh) <= half_width_kwh + 0.01  # of counters in watt-hours
    assert found.candidate.is_final(0.0)
    assert found.findings == ()
    assert found.exported_kwh is not None
    assert found.exported_kwh <= whole_kwh
