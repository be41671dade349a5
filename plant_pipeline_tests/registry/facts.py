"""Devices and sensors as a source tells of them."""

from collections.abc import Mapping
from datetime import timedelta

from plant_pipeline.sources.shapes import EquipmentFact, SensorFact

SOURCE = "flexmeasures"


def device_fact(path: str, source_type: str, *, is_present: bool = True) -> EquipmentFact:
    """A device by its path `plant/block/device`; the path is its id, the first part the plant."""
    plant, _, _ = path.partition("/")
    parent, _, name = path.rpartition("/")
    return EquipmentFact(SOURCE, path, plant, name, source_type, is_present, parent or None)


BARE: Mapping[str, object] = {}


def sensor_fact(
    asset: str,
    name: str,
    unit: str,
    minutes: int = 15,
    *,
    is_present: bool = True,
    attributes: Mapping[str, object] = BARE,
) -> SensorFact:
    return SensorFact(
        SOURCE, f"{asset}:{name}", asset, name, unit, timedelta(minutes=minutes), is_present, "UTC", attributes
    )
