"""The shapes of the invented fleet: a true plant, and how each of the three systems knows it.

What belongs here: data classes. What does not: the plants themselves (roster.py, invented.py) or any answer of an API.
"""

import math
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from plant_pipeline.sandbox.weather import Place

Technology = Literal["solar", "wind", "storage", "hybrid"]
Source = Literal["ravenwits", "voke", "flexmeasures"]


class Style(Enum):
    """How the equipment and sensors of a plant are laid out in FlexMeasures (see layouts.py)."""

    NORTH = "north"
    IBERIA = "iberia"
    BLOCKS = "blocks"
    TEN_MINUTES = "ten minutes"
    CHECK_METER = "check meter"
    INVERTERS_ONLY = "inverters only"
    CONSUMPTION_POSITIVE = "consumption positive"
    WIND_REGISTER = "wind register"
    WIND_HOURLY = "wind hourly"
    WIND_FINE = "wind fine"
    BATTERY = "battery"


class Quirk(Enum):
    """What is crooked about a plant's measurements, on purpose."""

    METER_RESET = "the register falls to zero at noon local time on every 15th of a month"
    UNEXPLAINED_FALL = "the register loses 1 % of its reading once"
    INVERTER_GAP = "the second inverter has no rows from 10:00 to 13:00 local time, every day"
    SILENT_TUESDAYS = "no sensor has rows on Tuesdays, local time"
    TWO_SOURCES = "a forecaster writes day-ahead values to the meter's power sensor beside the measurements"


@dataclass(frozen=True)
class RavenwitsRecord:
    """A plant as Ravenwits lists it; numbers stay numbers until they are written as strings."""

    id: str
    name: str
    latitude: float
    longitude: float
    installed_mw: float
    nominal_mw: float
    area: str
    technology_type: str
    timezone: str = ""
    agrupation: str = ""
    customer_display_name: str = ""
    has_forecast: bool = True


@dataclass(frozen=True)
class VokeRecord:
    """A gateway as Voke lists it; `sub_devices` are (externalId, type) pairs."""

    id: str
    name: str
    type: str = "GATEWAY"
    external_plant_id: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    peak_kwp: float | None = None
    capacity_kwh: float | None = None
    has_load: bool = False
    group: str | None = None
    sub_devices: tuple[tuple[str, str], ...] = ()
    certificate_expires_at: str | None = None


@dataclass(frozen=True, eq=False)
class FlexMeasuresRecord:
    """A site asset of FlexMeasures; without `style` it has neither equipment nor sensors."""

    id: str
    name: str
    asset_type: str
    latitude: float | None = None
    longitude: float | None = None
    external_id: str | None = None
    attributes: dict[str, object] = field(default_factory=dict)
    flex_model: dict[str, object] = field(default_factory=dict)
    style: Style | None = None


@dataclass(frozen=True, eq=False)
class TruePlant:
    """A plant as it really is, and the records it is known under. Capacities in kW AC, kW DC, kWh.

    Compared and hashed by identity: it is the key of the caches of its production.
    """

    key: str
    name: str
    technology: Technology
    latitude: float
    longitude: float
    timezone: str
    country: str
    capacity_ac_kw: float
    capacity_dc_kw: float | None = None
    storage_kwh: float | None = None
    quirk: Quirk | None = None
    ravenwits: RavenwitsRecord | None = None
    voke: VokeRecord | None = None
    flexmeasures: FlexMeasuresRecord | None = None

    @property
    def place(self) -> Place:
        """Where it stands; plants within one degree of latitude and longitude share their weather."""
        cell = f"{math.floor(self.latitude)}:{math.floor(self.longitude)}"
        return Place(cell, self.latitude, self.longitude)

    @property
    def source_ids(self) -> dict[Source, str]:
        """The id of this plant in every system that knows it."""
        ids: dict[Source, str] = {}
        if self.ravenwits is not None:
            ids["ravenwits"] = self.ravenwits.id
        if self.voke is not None:
            ids["voke"] = self.voke.id
        if self.flexmeasures is not None:
            ids["flexmeasures"] = self.flexmeasures.id
        return ids

    @property
    def style(self) -> Style | None:
        """How it is instrumented in FlexMeasures; None if it is not."""
        return self.flexmeasures.style if self.flexmeasures is not None else None
