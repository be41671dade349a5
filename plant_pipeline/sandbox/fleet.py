"""The fleet the sandbox serves, and the truth about it that tests compare with.

What belongs here: putting plants, gateways and assets together, what a registry should find, what the plants produced.
What does not: any answer of an API.
"""

from collections.abc import Sequence
from datetime import date
from functools import cache, cached_property

from plant_pipeline.sandbox import production
from plant_pipeline.sandbox.catalogue import build_catalogue
from plant_pipeline.sandbox.plants import RavenwitsRecord, Source, TruePlant, VokeRecord
from plant_pipeline.sandbox.roster import broken_record, gateways, invented_plant, named_plants

SourceRecord = tuple[Source, str]


class Fleet:
    """Plants, gateways and assets of the invented company; the same on every start."""

    def __init__(self, plants: Sequence[TruePlant]) -> None:
        self.catalogue, self.truth = build_catalogue(plants)

    @classmethod
    def of(cls, plants: int) -> "Fleet":
        """A fleet of exactly `plants` true plants: the named ones first, then invented ones."""
        named = named_plants()[:plants]
        return cls([*named, *(invented_plant(index) for index in range(plants - len(named)))])

    @classmethod
    def default(cls) -> "Fleet":
        """The named plants; one object per process, so that its production is computed once."""
        return _default_fleet()

    @cached_property
    def by_key(self) -> dict[str, TruePlant]:
        """True plants by their key."""
        return {plant.key: plant for plant in self.truth}

    @cached_property
    def ravenwits(self) -> dict[str, tuple[RavenwitsRecord, TruePlant | None]]:
        """What Ravenwits lists, by id, the broken record in the middle."""
        known: list[tuple[RavenwitsRecord, TruePlant | None]]
        known = [(plant.ravenwits, plant) for plant in self.truth if plant.ravenwits is not None]
        known.insert(len(known) // 2, (broken_record(), None))
        return {record.id: (record, plant) for record, plant in known}

    @cached_property
    def voke(self) -> dict[str, tuple[VokeRecord, TruePlant | None]]:
        """What Voke lists, by id, gateways that are no plants at the end."""
        known: list[tuple[VokeRecord, TruePlant | None]]
        known = [(plant.voke, plant) for plant in self.truth if plant.voke is not None]
        return {record.id: (record, plant) for record, plant in [*known, *((gateway, None) for gateway in gateways())]}

    @property
    def doubtful_pair(self) -> tuple[SourceRecord, SourceRecord] | None:
        """Two records that only a person can join or keep apart; each is a true plant of its own meanwhile."""
        first, second = self.by_key.get("villanueva"), self.by_key.get("villanueva_norte")
        if first is None or second is None:
            return None
        return ("ravenwits", first.source_ids["ravenwits"]), ("flexmeasures", second.source_ids["flexmeasures"])

    @property
    def neighbours(self) -> tuple[TruePlant, TruePlant]:
        """Two phases 1 km apart that are not the same plant."""
        return self.by_key["los_llanos_1"], self.by_key["los_llanos_2"]

    @property
    def not_plants(self) -> list[SourceRecord]:
        """Records that are no plant: gateways in Voke, an office building in FlexMeasures."""
        buildings = [str(asset.id) for asset in self.catalogue.assets if asset.asset_type == "building"]
        return [*(("voke", gateway.id) for gateway in gateways()), *(("flexmeasures", id_) for id_ in buildings)]

    @property
    def quarantined(self) -> list[SourceRecord]:
        """Records that break their documented schema: a latitude of 142.5 degrees."""
        return [("ravenwits", broken_record().id)]

    def expected_daily_energy_kwh(self, plant: TruePlant, day: date) -> float:
        """Energy of a plant-local day at the meter, or at the inverters of a plant without meter.

        Gaps, resets and other quirks of the instruments play no part in it.
        """
        return production.daily_energy_kwh(plant, day)

    def expected_daily_import_kwh(self, plant: TruePlant, day: date) -> float:
        """What the station drew from the grid through its meter on a plant-local day."""
        return production.daily_import_kwh(plant, day)


@cache
def _default_fleet() -> Fleet:
    return Fleet(named_plants())
