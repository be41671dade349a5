"""The shapes of the invented fleet: a true plant, and how each of the three systems knows it.

What belongs here: data classes. What does not: the plants themselves (fleet.toml) or any answer of an API.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Technology = Literal["solar", "wind", "storage", "hybrid"]
Source = Literal["ravenwits", "voke", "flexmeasures"]


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
class Asset:
    """An asset of FlexMeasures; `account_id` None is public, `id` 0 not numbered yet."""

    name: str
    asset_type: str
    account_id: int | None = None
    parent_id: int | None = None
    id: int = 0
    latitude: float | None = None
    longitude: float | None = None
    external_id: str | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)
    flex_model: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class TruePlant:
    """A plant as it really is, and the records it is known under. Capacities in kW AC, kW DC, kWh.

    `style` (layouts.csv) is how it is instrumented in FlexMeasures, None if it is not; quirks are told in fleet.toml.
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
    quirk: str | None = None
    style: str | None = None
    ravenwits: RavenwitsRecord | None = None
    voke: VokeRecord | None = None
    flexmeasures: Asset | None = None

    @property
    def cell(self) -> str:
        """The degree of latitude and longitude it stands in: what seeds its weather."""
        return f"{math.floor(self.latitude)}:{math.floor(self.longitude)}"

    @property
    def source_ids(self) -> dict[Source, str]:
        """The id of this plant in every system that knows it."""
        records: dict[Source, RavenwitsRecord | VokeRecord | Asset | None]
        records = {"ravenwits": self.ravenwits, "voke": self.voke, "flexmeasures": self.flexmeasures}
        return {source: str(record.id) for source, record in records.items() if record is not None}
