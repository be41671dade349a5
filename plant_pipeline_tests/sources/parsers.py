"""What each parser is asked for and answers when all is well: the ground that bad input is sown on."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pandas as pd

from plant_pipeline.config import SourceSettings
from plant_pipeline.http import RetryPolicy
from plant_pipeline.sources.flexmeasures.source import FLEXMEASURES
from plant_pipeline.sources.ravenwits.source import RAVENWITS
from plant_pipeline.sources.shapes import Readings, SensorSeries
from plant_pipeline.sources.source import Entity, FetchContext, Listing, Source
from plant_pipeline.sources.voke.source import VOKE
from plant_pipeline.warehouse import query
from plant_pipeline_tests.sources.fake_api import AT
from plant_pipeline_tests.sources.flexmeasures.conftest import ASSETS, SENSORS, TYPES, asset, sensor
from plant_pipeline_tests.sources.ravenwits.conftest import FORECAST, PLANTS, UNAVAILABILITIES, plant, unavailability
from plant_pipeline_tests.sources.voke.conftest import (
    ALERTS,
    STATS,
    alert,
    command,
    detail,
    listed_part,
    page,
    plant_id,
)
from plant_pipeline_tests.sources.voke.conftest import PLANTS as GATEWAYS

Documents = Mapping[str, Any]
"""Answers by path, as JSON values."""

_ONCE = RetryPolicy(attempts=2, patient_attempts=2)
_DAY = date(2026, 3, 9)
_NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
_DEVICE_ID = "de71ce00-0000-4000-8000-000000000001"
_TELEMETRY = "/api/v1/telemetry"


async def _no_wait(_seconds: float) -> None:
    return None


def _device(number: int) -> dict[str, Any]:
    return {
        "id": f"de71ce00-0000-4000-8000-{number:012d}",
        "plantId": plant_id(1),
        "organizationId": None,
        "externalId": f"INV{number}",
        "name": f"Inverter {number}",
        "serialNumber": None,
        "type": "INVERTER",
        "status": "ONLINE",
        "templateId": None,
        "metadata": {"rack": 1},
        "lastSeenAt": "2026-03-10T03:55:00Z",
        "createdAt": "2025-03-28T12:00:00Z",
        "updatedAt": "2026-01-01T00:00:00Z",
    }


def _point(metric: str, **changes: object) -> dict[str, Any]:
    time = "2026-03-09T12:05:00Z"
    return {
        "time": time,
        "plant_id": plant_id(1),
        "metric": metric,
        "value": 1.5,
        "unit": "kW",
        "metadata": None,
    } | changes


def _kpi(number: int) -> dict[str, Any]:
    named = {"sensor": number, "title": f"KPI {number}", "unit": "kWh"}
    return {**named, "downsample_value": 5.5, "downsample_function": "sum"}


_READS: Mapping[str, pd.DataFrame] = {
    query("voke/known_details"): pd.DataFrame(
        columns=["id", "latitude", "longitude", "capacityKwh", "fvePeakPowerKwp", "externalPlantId"]
    ),
    query("voke/embedded_alerts"): pd.DataFrame({"alert": []}),
    query("voke/present_plants"): pd.DataFrame({"id": [plant_id(1)], "name": ["FVE Gate 1"]}),
    query("voke/plants_to_sample"): pd.DataFrame(
        {"id": [plant_id(n) for n in (1, 2, 3)], "name": [f"FVE Gate {n}" for n in (1, 2, 3)]}
    ),
    query("landing/learned_limit"): pd.DataFrame({"calls_per_minute": []}),
    query("voke/present_sub_devices"): pd.DataFrame({"id": []}),
    query("voke/named_sub_devices"): pd.DataFrame(
        {"plant_id": [plant_id(1)], "id": [_DEVICE_ID], "external_id": ["INV1"]}
    ),
    query("flexmeasures/assets_with_kpis"): pd.DataFrame({"asset_id": [4], "timezone": ["Europe/Amsterdam"]}),
}


@dataclass(frozen=True)
class Parser:
    """One way in: what the API answers by path, and what is made of it."""

    source: Source
    entity_name: str
    documents: Documents
    settings: SourceSettings = field(default=SourceSettings("ravenwits", "https://api.test", token="token-7f3a91"))
    series: SensorSeries | None = None

    def __str__(self) -> str:
        return f"{self.source.name}-{self.entity_name}"

    @property
    def entity(self) -> Entity:
        """The entity, of a parser of records."""
        return self.source.entity(self.entity_name)

    def parse(self, answer: Callable[[httpx.Request], httpx.Response]) -> Listing | list[Readings]:
        """What is made of the answers; lets `SourceError` through, and anything else that should not be."""

        async def work() -> Listing | list[Readings]:
            settings = replace(self.settings, name=self.source.name)
            transport = httpx.MockTransport(answer)
            async with self.source.client(settings, transport=transport, sleep=_no_wait, retry=_ONCE) as client:
                context = FetchContext(client, settings, lambda sql, **_: _READS[sql], AT, [_DAY])
                if self.series is None:
                    return await self.entity.fetch(context)
                assert self.source.fetch_readings is not None
                return list(await self.source.fetch_readings(context, [self.series]))

        return asyncio.run(work())


def _records(source: Source, entity: str, documents: Documents) -> Parser:
    return Parser(source, entity, documents)


def _series(source_sensor_id: str, resolution: timedelta) -> SensorSeries:
    return SensorSeries(1, source_sensor_id, "kW", resolution, _NOON, _NOON + timedelta(hours=1))


_DETAILS = [detail(n, externalPlantId=f"X-{n}", capacityKwh=50) for n in (1, 2, 3)]
_STATISTICS = {
    "meter (ID: 4)": {
        "First event start": "2026-03-09T12:00:00+00:00",
        "Last event end": "2026-03-09T13:00:00+00:00",
        "Last recorded": "2026-03-09T13:00:05+00:00",
        "Max value": 4.0,
        "Number of values": 4,
    }
}
_VALUES = {"values": [1.0, 2.0, None, 4.0], "start": _NOON.isoformat(), "unit": "kW", "resolution": "PT15M"}

RECORD_PARSERS = [
    _records(RAVENWITS, "plant", {PLANTS: [plant(1), plant(2), plant(3)]}),
    _records(RAVENWITS, "unavailability", {UNAVAILABILITIES: [unavailability(n) for n in (1, 2, 3)]}),
    _records(
        RAVENWITS,
        "forecast",
        {FORECAST: [{"plant": f"P{n}", "datetime": f"2026-03-10 0{n}:00", "pred": f"{n}.5"} for n in (1, 2, 3)]},
    ),
    _records(
        VOKE,
        "plant",
        {GATEWAYS: page([listed_part(own) for own in _DETAILS]), **{f"{GATEWAYS}/{d['id']}": d for d in _DETAILS}},
    ),
    _records(VOKE, "sub_device", {f"{GATEWAYS}/{plant_id(1)}/sub-devices": page([_device(n) for n in (1, 2, 3)])}),
    _records(VOKE, "command", {f"{GATEWAYS}/{plant_id(1)}/commands": page([command(n) for n in (1, 2, 3)])}),
    _records(VOKE, "alert", {ALERTS: page([alert(n) for n in (1, 2, 3)])}),
    _records(VOKE, "metric", {f"{_TELEMETRY}/{plant_id(1)}/latest": [_point(name) for name in "abc"]}),
    _records(
        VOKE,
        "certificate_stats",
        {
            STATS: {
                "active": 11,
                "expired": 1,
                "expiringSoon": 2,
                "revoked": 0,
                "atRiskPlants": [{"id": plant_id(1), "name": "FVE"}],
                "nextRenewalAt": "2026-03-20T00:00:00Z",
            }
        },
    ),
    _records(
        VOKE,
        "energy_today",
        {
            f"{GATEWAYS}/{plant_id(n)}/energy/today": {
                "date": "2026-03-10",
                "produced": 1.5 * n,
                "imported": 0,
                "exported": 0.5,
                "selfConsumptionPct": 60,
            }
            for n in (1, 2, 3)
        },
    ),
    _records(FLEXMEASURES, "asset_type", {TYPES: [{"id": n, "name": f"t{n}", "description": ""} for n in (1, 2, 3)]}),
    _records(FLEXMEASURES, "asset", {ASSETS: {"data": [asset(4), asset(5), asset(6)], "num-records": 3}}),
    _records(FLEXMEASURES, "sensor", {SENSORS: [sensor(1, 4), sensor(2, 4), sensor(3, 5)]}),
    _records(FLEXMEASURES, "kpi", {f"{ASSETS}/4/kpis": {"data": [_kpi(1), _kpi(2), _kpi(3)]}}),
]
READING_PARSERS = [
    Parser(
        VOKE,
        "readings",
        {_TELEMETRY: [_point("fvePowerKw"), _point("fvePowerKw", time="2026-03-09T12:10:00Z", value=2)]},
        series=_series(f"{plant_id(1)}/-/fvePowerKw", timedelta()),
    ),
    Parser(
        FLEXMEASURES,
        "readings",
        {f"{SENSORS}/30/stats": _STATISTICS, f"{SENSORS}/30/data": _VALUES},
        series=_series("30", timedelta(minutes=15)),
    ),
    Parser(
        FLEXMEASURES,
        "instants",
        {
            f"{SENSORS}/30/stats": _STATISTICS,
            f"{SENSORS}/30/data": {**_VALUES, "values": [1.0, *[None] * 59], "resolution": "PT1M"},
            "/api/dev/sensor/30/chart_data": [
                {
                    "event_start": 1773057605000,
                    "event_value": 2.5,
                    "belief_time": 1773057606000,
                    "source": {"id": 4},
                    "sensor": {"sensor_unit": "kW"},
                }
            ],
        },
        series=_series("30", timedelta()),
    ),
]
