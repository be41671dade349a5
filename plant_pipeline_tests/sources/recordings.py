"""What the APIs of the built-in sources answer when all is well."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from plant_pipeline.sources.flexmeasures.source import FLEXMEASURES
from plant_pipeline.sources.ravenwits.source import RAVENWITS
from plant_pipeline.sources.shapes import SensorSeries
from plant_pipeline.sources.source import Source
from plant_pipeline.sources.voke.source import VOKE
from plant_pipeline.warehouse import query
from plant_pipeline_tests.source_contract.recording import Documents, Recording
from plant_pipeline_tests.sources.flexmeasures.conftest import (
    ASSETS,
    SENSORS,
    TYPES,
    asset,
    history,
    jobs,
    sensor,
    sensor_status,
)
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

_NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
_DEVICE_ID = "de71ce00-0000-4000-8000-000000000001"
_TELEMETRY = "/api/v1/telemetry"


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
    query("flexmeasures/plant_assets"): pd.DataFrame({"id": ["4"], "name": ["Polder Oost"]}),
    query("flexmeasures/sensors_to_watch"): pd.DataFrame({"id": ["1", "2", "3"]}),
    query("flexmeasures/assets_with_kpis"): pd.DataFrame({"asset_id": [4], "timezone": ["Europe/Amsterdam"]}),
}


def _records(source: Source, entity: str, documents: Documents) -> Recording:
    return Recording(source, entity, documents, reads=_READS)


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

RECORDINGS = [
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
                "atRiskPlants": [{"id": plant_id(1), "name": "FVE", "certificateExpiresAt": "2026-03-20T00:00:00Z"}],
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
    _records(VOKE, "plant_status", {GATEWAYS: page([listed_part(own) for own in _DETAILS])}),
    _records(FLEXMEASURES, "asset_type", {TYPES: [{"id": n, "name": f"t{n}", "description": ""} for n in (1, 2, 3)]}),
    _records(FLEXMEASURES, "asset", {ASSETS: {"data": [asset(4), asset(5), asset(6)], "num-records": 3}}),
    _records(FLEXMEASURES, "sensor", {SENSORS: [sensor(1, 4), sensor(2, 4), sensor(3, 5)]}),
    _records(FLEXMEASURES, "audit_event", {f"{ASSETS}/4/auditlog": history(*[f"Edited {n}" for n in (1, 2, 3)])}),
    _records(FLEXMEASURES, "job", {f"{ASSETS}/4/jobs": jobs(1, 2, 3)}),
    _records(FLEXMEASURES, "sensor_status", {f"{SENSORS}/{n}/status": sensor_status(n) for n in (1, 2, 3)}),
    _records(FLEXMEASURES, "kpi", {f"{ASSETS}/4/kpis": {"data": [_kpi(1), _kpi(2), _kpi(3)]}}),
    Recording(
        VOKE,
        "readings",
        {_TELEMETRY: [_point("fvePowerKw"), _point("fvePowerKw", time="2026-03-09T12:10:00Z", value=2)]},
        series=_series(f"{plant_id(1)}/-/fvePowerKw", timedelta()),
        reads=_READS,
    ),
    Recording(
        FLEXMEASURES,
        "readings",
        {f"{SENSORS}/30/stats": _STATISTICS, f"{SENSORS}/30/data": _VALUES},
        series=_series("30", timedelta(minutes=15)),
    ),
    Recording(
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
