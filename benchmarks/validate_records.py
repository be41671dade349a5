"""Holding a listing against its schema, beside bare vector expressions over the same records.

Run `python benchmarks/validate_records.py [records]`. The bare expressions convert columns, check ranges, values and
UUIDs, and give the good rows as dicts, which is what both sides are for; they know no quarantine, no drift and no
reasons. All bad records are bad in one field each, every field in turn.
"""

import sys
import time
from collections.abc import Callable
from typing import Any, Final

import orjson
import pandas as pd

from plant_pipeline.sources.contract import validate
from plant_pipeline.sources.flexmeasures.schema import SENSOR
from plant_pipeline.sources.ravenwits.schema import FORECAST, PLANT
from plant_pipeline_tests.sources.ravenwits.conftest import plant

_UUID: Final = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_BAD_ONE_IN: Final = 100


def _plants(count: int) -> list[dict[str, Any]]:
    return [plant(number, lat=f"{number % 80}.1250000") for number in range(count)]


def _forecasts(count: int) -> list[dict[str, Any]]:
    return [
        {"plant": f"P{number // 72}", "datetime": f"2026-03-{1 + number % 28:02d} 07:00", "pred": "277.836"}
        for number in range(count)
    ]


def _sensors(count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": number + 1,
            "name": f"sensor {number}",
            "unit": "kW",
            "timezone": "Europe/Amsterdam",
            "event_resolution": "PT15M",
            "generic_asset_id": number // 10 + 1,
            "attributes": "{}",
            "entity_address": None,
        }
        for number in range(count)
    ]


def _bare_plants(records: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(records)
    for name in ("lat", "lon", "installed_capacity_mw", "nominal_capacity_mw"):
        frame[name] = pd.to_numeric(frame[name], errors="coerce")
    for name in ("created_at", "updated_at"):
        frame[name] = pd.to_datetime(frame[name], format="ISO8601", utc=True, errors="coerce")
    is_good = (
        frame["id"].str.fullmatch(_UUID) & frame["name"].notna() & frame["technology_type"].isin(["eolica", "solar"])
    )
    is_good &= frame["lat"].between(-90, 90) & frame["lon"].between(-180, 180)
    is_good &= frame["installed_capacity_mw"].between(0, 1e5) & frame["nominal_capacity_mw"].between(0, 1e5)
    return frame[is_good]


def _bare_forecasts(records: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(records)
    frame["pred"] = pd.to_numeric(frame["pred"], errors="coerce")
    frame["datetime"] = pd.to_datetime(frame["datetime"], format="ISO8601", utc=True, errors="coerce")
    is_good = frame["plant"].notna() & frame["pred"].between(-1e10, 1e10)
    return frame[is_good & (frame["datetime"] >= pd.Timestamp("2000-01-01", tz="UTC"))]


def _bare_sensors(records: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(records)
    for name in ("id", "generic_asset_id"):
        frame[name] = pd.to_numeric(frame[name], errors="coerce")
    frame["event_resolution"] = pd.to_timedelta(frame["event_resolution"], errors="coerce")
    frame["attributes"] = [orjson.loads(text) for text in frame["attributes"]]
    is_good = (frame["id"] > 0) & frame["name"].notna() & (frame["generic_asset_id"] > 0)
    return frame[is_good & frame["event_resolution"].ge(pd.Timedelta(0))]


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    names = list(frame.columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*(frame[name].tolist() for name in names), strict=True)]


def _with_bad_ones(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = list(records[0])
    bad: dict[str, Any] = {}
    for number in range(0, len(records), _BAD_ONE_IN):
        bad = {**records[number], names[number // _BAD_ONE_IN % len(names)]: [True]}
        records[number] = bad
    return records


def _seconds(work: Callable[[], Any]) -> float:
    best = float("inf")
    for _ in range(3):
        begin = time.process_time()
        work()
        best = min(best, time.process_time() - begin)
    return best


def main(count: int) -> None:
    """Print the ratio for three listings, and what 1 % of bad records cost."""
    for name, make, bare, schema in (
        ("plants", _plants, _bare_plants, PLANT),
        ("forecasts", _forecasts, _bare_forecasts, FORECAST),
        ("sensors", _sensors, _bare_sensors, SENSOR),
    ):
        records, damaged = make(count), _with_bad_ones(make(count))
        key = "plant" if schema is FORECAST else "id"
        bare_s = _seconds(lambda: _rows(bare(records)))  # noqa: B023 -- called before the next round
        own_s = _seconds(lambda: validate(records, schema, key))  # noqa: B023
        bad_s = _seconds(lambda: validate(damaged, schema, key))  # noqa: B023
        print(
            f"{name:10} {count:,} records: bare {bare_s:.2f} s, ours {own_s:.2f} s, {own_s / bare_s:.2f} x; "
            f"1 % bad {bad_s:.2f} s, {bad_s / own_s:.2f} x"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
