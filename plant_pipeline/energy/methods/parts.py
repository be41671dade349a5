"""Energy of plants that people put together from several: what each part says, added up.

What belongs here: telling a plant's parts apart, and their sum. What does not: which records are parts
(registry.plant_part), what one part says (plant_energy.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from plant_pipeline.energy.measuring.measurement import Measured
from plant_pipeline.energy.methods.candidates import METHODS, Candidate, Method, choose, total


class PlantPart(NamedTuple):
    """A part of a plant; `part_id` is None of the whole plant, which is the only one of most."""

    plant_id: UUID
    part_id: UUID | None = None


def by_part(measured: Iterable[Measured]) -> dict[PlantPart, list[Measured]]:
    """What was measured of each part."""
    found: dict[PlantPart, list[Measured]] = defaultdict(list)
    for own in measured:
        found[PlantPart(own.series.plant_id, own.series.part_id)].append(own)
    return found


def added_up(of_parts: Sequence[Mapping[Method, Candidate]], calm_kwh: float) -> tuple[Candidate, ...]:
    """By method, the sum over the parts; a part without that method counts by its best other one.

    But the sum of devices is one of devices alone.
    """
    if len(of_parts) == 1:
        return tuple(of_parts[0][method] for method in METHODS if method in of_parts[0])
    found = []
    for method in METHODS:
        having = sum(method in own for own in of_parts)
        if having == len(of_parts) > 0 or (having and method != "inverter_sum"):
            chosen = [own.get(method) or choose(list(own.values()), calm_kwh) for own in of_parts]
            found.append(total(method, [candidate for candidate in chosen if candidate is not None]))
    return tuple(found)


def sum_of_told(values_kwh: Sequence[float | None]) -> float | None:
    """What the parts tell together; None if none tells anything."""
    told = [value for value in values_kwh if value is not None]
    return sum(told) if told else None
