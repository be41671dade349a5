"""Assets and sensors as FlexMeasures writes them: five fields of an asset are JSON inside a string.

What belongs here: the JSON of catalogue entries and ISO 8601 texts. What does not: routes (flexmeasures.py) and data.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from plant_pipeline.sandbox.catalogue import ACCOUNT_ID, ACCOUNT_NAME, ASSET_TYPES, Asset, Catalogue, Sensor, is_daily
from plant_pipeline.sandbox.layouts import DAY, HOUR, MINUTE, Quantity

Json = dict[str, object]

ASSET_FIELDS: Final = frozenset({
    "account_id", "attributes", "child_assets", "description", "external_id", "flex_context", "flex_model",
    "generic_asset_type", "generic_asset_type_id", "id", "latitude", "longitude", "name", "owner",
    "parent_asset_id", "sensors", "sensors_to_show", "sensors_to_show_as_kpis",
})  # fmt: skip
KPI_TITLES: Final = {
    Quantity.DAILY_ENERGY: ("Daily energy", "sum"),
    Quantity.PERFORMANCE_RATIO: ("Performance ratio", None),
    Quantity.PEAK_POWER: ("Peak power", "max"),
}


def asset_json(catalogue: Catalogue, asset: Asset) -> Json:
    """An asset with all its fields."""
    sensors = catalogue.sensors_of.get(asset.id, [])
    return {
        "account_id": asset.account_id,
        "attributes": _text(asset.attributes),
        "child_assets": [_child_json(child) for child in catalogue.children.get(asset.id, ())],
        "description": asset.description,
        "external_id": asset.external_id,
        "flex_context": "{}",
        "flex_model": _text(asset.flex_model),
        "generic_asset_type": _type_json(asset),
        "generic_asset_type_id": ASSET_TYPES[asset.asset_type][0],
        "id": asset.id,
        "latitude": asset.latitude,
        "longitude": asset.longitude,
        "name": asset.name,
        "owner": None if asset.account_id is None else {"id": ACCOUNT_ID, "name": ACCOUNT_NAME},
        "parent_asset_id": asset.parent_id,
        "sensors": [{"id": sensor.id, "name": sensor.reading.name} for sensor in sensors],
        "sensors_to_show": "[]",
        "sensors_to_show_as_kpis": _text([_shown_kpi(sensor) for sensor in sensors if is_daily(sensor)]),
    }


def sensor_json(sensor: Sensor) -> Json:
    """A sensor with all its fields."""
    reading = sensor.reading
    return {
        "attributes": _text(reading.attributes),
        "entity_address": f"ea1.2026-01.sandbox.example:fm1.{sensor.id}",
        "event_resolution": _resolution_text(reading.resolution_s),
        "generic_asset_id": sensor.asset_id,
        "id": sensor.id,
        "name": reading.name,
        "timezone": sensor.timezone,
        "unit": reading.unit,
    }


def duration_text(seconds: int) -> str:
    """A duration in hours and minutes: `PT24H`, `PT5M`, `PT0H`."""
    hours, rest = divmod(seconds, HOUR)
    minutes, remaining = divmod(rest, MINUTE)
    parts = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + (f"{remaining}S" if remaining else "")
    return f"PT{parts or '0H'}"


def _resolution_text(seconds: int) -> str:
    """A sensor's resolution: `PT5M`, `PT1H`, `P1D`, and `P0D` for an instant."""
    return f"P{seconds // DAY}D" if seconds % DAY == 0 else duration_text(seconds)


def _shown_kpi(sensor: Sensor) -> Json:
    title, function = KPI_TITLES[sensor.reading.quantity]
    shown: Json = {"title": title, "sensor": sensor.id}
    return shown if function is None else {**shown, "function": function}


def _child_json(child: Asset) -> Json:
    return {
        "account_id": child.account_id,
        "generic_asset_type": _type_json(child),
        "id": child.id,
        "name": child.name,
    }


def _type_json(asset: Asset) -> Json:
    return {"id": ASSET_TYPES[asset.asset_type][0], "name": asset.asset_type}


def _text(content: Mapping[str, object] | Sequence[object]) -> str:
    return orjson.dumps(content).decode()
