"""Which meter is a plant's production meter.

What belongs here: the rules between the meters of one plant. What does not: what a meter's sensors measure
(classify.py), their energies (energy/methods/meters.py), reading or writing tables (equipment.py).

A meter speaks for what lies under its parent in the tree of assets; only one that speaks for all of the plant's
producing equipment can be its main meter. Of several such, words of their names decide, else their energies.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from plant_pipeline.registry.equipment.rules import rules, words_of

Key = tuple[str, str]
"""A source and an id of that source."""

MeterRole = Literal["main", "check"]
"""Counted, or held against the one that is."""

SEVERAL_METERS = (
    "one of several production meters, and no name says which is the main one: if their energies agree within 2 % one "
    "of them is used, else the inverters decide; name one 'main' and the others 'check' at the source"
)
CHECK_METER = "check meter: its energy agrees within 2 % with that of the plant's main meter and is not counted"
PARTIAL_METER = (
    "no single meter sees all of this plant's producing equipment, so none is its production meter, "
    "and the inverters decide"
)


@dataclass(frozen=True, slots=True)
class PlantDevice:
    """A producing device or a production meter of one plant.

    `record` is the source's record of the plant it belongs to; `ancestors` are its parents, nearest first, without the
    plant's own asset. A device that is no `is_meter` only has to be seen by the meters. `stated_role`: what people say
    that it is.
    """

    key: Key
    record: Key
    name: str
    ancestors: tuple[Key, ...]
    is_meter: bool
    stated_role: MeterRole | None = None

    def sees(self, other: "PlantDevice") -> bool:
        """Whether `other` lies under this device's parent (without a parent: anywhere in the record)."""
        if self.record != other.record:
            return False
        if self.stated_role == "main":
            return True
        return not self.ancestors or self.ancestors[0] in (other.key, *other.ancestors)


@dataclass(frozen=True, slots=True)
class MainMeters:
    """The plant's main meters (one; or one for each part that a person joined), and findings on the other meters."""

    mains: frozenset[Key] = frozenset()
    findings: Mapping[Key, str] | None = None

    def finding(self, key: Key) -> str | None:
        """What is to be said about this meter, if anything."""
        return (self.findings or {}).get(key)


def main_meters(
    devices: Sequence[PlantDevice],
    records: Collection[Key],
    settled: Mapping[Key, MeterRole] | None = None,
) -> MainMeters:
    """Choose among the meters of one plant.

    `records`: all records of the plant (two of one source are parts, of which each needs a meter of its own).
    `settled`: what energies decided earlier; it holds as long as the meters in question are the same.
    """
    meters = [device for device in devices if device.is_meter]
    seeing = [m for m in meters if all(m.sees(other) for other in devices if other.record == m.record)]
    sources = [source for source, _ in records]
    of_whole_plant = [m for m in seeing if sources.count(m.record[0]) <= 1]
    if of_whole_plant:
        return _one_of(_of_highest_rank(of_whole_plant), settled or {})
    for source in sorted({source for source in sources if sources.count(source) > 1}):
        parts = [
            _of_highest_rank([m for m in seeing if m.record == record])
            for record in sorted(records)
            if record[0] == source
        ]
        if all(len(part) == 1 for part in parts):
            return MainMeters(frozenset(part[0].key for part in parts))
    return MainMeters(findings={meter.key: PARTIAL_METER for meter in meters})


def _of_highest_rank(meters: Sequence[PlantDevice]) -> list[PlantDevice]:
    highest = max(map(_rank, meters), default=0)
    return [meter for meter in meters if _rank(meter) == highest]


def _rank(meter: PlantDevice) -> int:
    if meter.stated_role is not None:
        return {"main": 3, "check": 0}[meter.stated_role]
    words = words_of(meter.name)
    if rules().has("backup_meter", words):
        return 0
    return 2 if rules().has("main_meter", words) else 1


def _one_of(meters: Sequence[PlantDevice], settled: Mapping[Key, MeterRole]) -> MainMeters:
    keys = {meter.key for meter in meters}
    if len(keys) == 1:
        return MainMeters(frozenset(keys))
    mains = frozenset(key for key in keys if settled.get(key) == "main")
    checks = frozenset(key for key in keys if settled.get(key) == "check")
    if len(mains) == 1 and mains | checks == keys:
        return MainMeters(mains, dict.fromkeys(checks, CHECK_METER))
    return MainMeters(findings=dict.fromkeys(keys, SEVERAL_METERS))
