"""The seam between sources and everything after them: the only shapes that leave a source.

A source's `facts` module turns its typed tables into these; nothing past this point knows which API a fact came from
but for the `source` label. What does not belong here: matching, classification, units conversion.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

Technology = Literal["solar", "wind", "storage", "hybrid", "other"]


@dataclass(frozen=True, slots=True)
class PlantCandidate:
    """One record of one source that is, or may be, a plant.

    `is_plant`: True, False (`reason` says why not), or None: only if it clearly matches a plant of another system.
    `own_keys` are what the source itself calls the record by and others may quote (its UUID, a plant code);
    `external_keys` are ids of other systems that the record quotes. Numbers are in kW, kWh and decimal degrees; unknown
    is None, never 0. `sensor_timezones` are the zones of the record's sensors, one entry a sensor. `has_load`: whether
    consumption sits behind the plant.
    """

    source: str
    source_plant_id: str
    name: str
    is_plant: bool | None
    is_present: bool
    observed_at: datetime
    reason: str | None = None
    technology: Technology | None = None
    latitude: float | None = None
    longitude: float | None = None
    timezone: str | None = None
    country: str | None = None
    capacity_ac_kw: float | None = None
    capacity_dc_kw: float | None = None
    storage_kwh: float | None = None
    own_keys: tuple[str, ...] = ()
    external_keys: tuple[str, ...] = ()
    sensor_timezones: tuple[str, ...] = ()
    has_load: bool | None = None


@dataclass(frozen=True, slots=True)
class EquipmentFact:
    """One device of a plant, as its source describes it; the plant's own asset may be one, if sensors sit on it.

    `capacity_ac_kw` is its rated power; None: not documented.
    """

    source: str
    source_asset_id: str
    source_plant_id: str
    name: str
    source_type: str
    is_present: bool
    parent_source_asset_id: str | None = None
    capacity_ac_kw: float | None = None


@dataclass(frozen=True, slots=True)
class SensorFact:
    """One measured series of one device. `resolution` of zero means instantaneous; `unit` is the source's own text.

    `attributes` may state `cumulative`, `consumption_is_positive`, and `direction` (production, consumption, import,
    export or grid) where the source says more than the name. `energy_method` is what energy from it is called, where it
    is told apart from that of other systems' meters; None: by what the sensor is.
    """

    source: str
    source_sensor_id: str
    source_asset_id: str
    name: str
    unit: str
    resolution: timedelta
    is_present: bool
    timezone: str | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)
    energy_method: str | None = None


@dataclass(frozen=True, slots=True)
class SensorSeries:
    """What is asked of a source for one sensor: its readings from `start_utc` to `end_utc` in its own unit.

    `needs_until_utc`, `needs_from_utc`: a register is read at the begin of its first day and the end of its last one,
    and needs a reading until the one and from the other on; None for other series.
    """

    sensor_id: int
    source_sensor_id: str
    unit: str
    resolution: timedelta
    start_utc: datetime
    end_utc: datetime
    needs_until_utc: datetime | None = None
    needs_from_utc: datetime | None = None


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings of one sensor over a window, in the source's unit: instants as epoch seconds, and values.

    `epochs_s[i]` is the start of interval i (or the instant). Both have equal length; a missing value has no entry.
    """

    sensor_id: int
    unit: str
    epochs_s: tuple[float, ...]
    values: tuple[float, ...]
