"""A share of the plants, told by their ids alone: every process that divides them comes to the same shares.

What belongs here: which plants a shard holds. What does not: which runs there are (`automation.divided_nights`).

The queries `energy/plants_of_shard` and `energy/sensors_to_read` divide in the same way.
"""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

_BITS_LEFT = 96  # of the 128: the first eight of the 32 digits of an id divide the plants


@dataclass(frozen=True, slots=True)
class Shard:
    """Shard `number` of `count`, both from 1 on."""

    number: int
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count:
            raise ValueError(f"there is no shard {self.number} of {self.count}")

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    @classmethod
    def of(cls, text: str) -> Self:
        """The shard that is written `2/4`."""
        number, count = text.split("/")
        return cls(int(number), int(count))

    def holds(self, plant_id: UUID) -> bool:
        """Whether the plant is one of the shard's; a merged plant goes where the one it was merged into goes."""
        return (plant_id.int >> _BITS_LEFT) % self.count == self.number - 1


def all_shards(count: int) -> list[Shard]:
    """All `count` shards, in order."""
    return [Shard(number, count) for number in range(1, count + 1)]
