"""What SunCloud's API answers when all is well."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pandas as pd

from plant_pipeline.sources.shapes import SensorSeries
from plant_pipeline.warehouse import query
from plant_pipeline_tests.source_contract.recording import Recording, sql_of
from plant_pipeline_tests.suncloud.source import SOURCE

_NOON: Final = datetime(2026, 3, 9, 12, tzinfo=UTC)
with sql_of(SOURCE):
    _PRESENT: Final = query("suncloud/present_sites")


def _listed(*items: dict[str, Any]) -> dict[str, Any]:
    return {"items": list(items), "total": len(items)}


def _site(number: int) -> dict[str, Any]:
    sizes = {"powerKw": 100, "peakKwp": 128}
    return {"id": f"{number:08x}/s", "name": f"Sonnenhof {number}", **sizes, "lat": 48.1, "lon": 11.5, "ownUse": True}


def _series(number: int) -> dict[str, Any]:
    return {
        "id": f"{number:08x}-e",
        "siteId": "00000001/s",
        "device": f"Inverter {number}",
        "unit": "kWh",
        "minutes": 15,
    }


RECORDINGS: Final = [
    Recording(SOURCE, "site", {"/v1/sites": _listed(*map(_site, (1, 2, 3)))}),
    Recording(SOURCE, "series", {"/v1/series": _listed(*map(_series, (1, 2, 3)))}),
    Recording(
        SOURCE,
        "forecast",
        {"/v1/forecast": _listed(*({"siteId": "s1", "until": f"2026-03-10T0{n}:00:00Z", "kwh": n} for n in (1, 2, 3)))},
    ),
    Recording(
        SOURCE,
        "state",
        {"/v1/state": _listed(*({"id": f"s{n}", "online": True} for n in (1, 2, 3)))},
        reads={_PRESENT: pd.DataFrame({"id": ["s1", "s2", "s3"]})},
    ),
    Recording(
        SOURCE,
        "readings",
        {"/v1/series/7/points": [[int(_NOON.timestamp()) + 900 * n, 1.5] for n in range(4)]},
        series=SensorSeries(1, "7", "kWh", timedelta(minutes=15), _NOON, _NOON + timedelta(hours=1)),
    ),
]
