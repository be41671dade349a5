"""What the golden values of a plant were made from: as long as that is the same, they are not made again.

What belongs here: the digest of records, values and rules. What does not: making the values (golden), when they are
taken as they are (lives).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from operator import attrgetter
from pathlib import Path
from typing import Final

from plant_pipeline import days, registry
from plant_pipeline.registry.plants.golden import Golden, Member, have_same_offsets, zones_said
from plant_pipeline.registry.records import GOLDEN_FIELDS, Plant, dc_source_order, source_order
from plant_pipeline.sources import shapes
from plant_pipeline.sources.shapes import PlantCandidate

RULES: Final = (Path(registry.__file__).parent, Path(days.__file__), Path(shapes.__file__))
"""The code that golden values depend on, with its data: files, and folders as a whole."""

RULES_OF_OTHERS: Final = ("anyascii", "pycountry", "rapidfuzz", "tzdata", "tzfpy")
"""The packages that they depend on."""

_NO_VALUES: Final = {"is_plant", "is_present", "observed_at", "reason", "own_keys", "external_keys", "has_load"}
_said: Final = attrgetter(*(column.name for column in fields(PlantCandidate) if column.name not in _NO_VALUES))
_chosen: Final = attrgetter(*GOLDEN_FIELDS)
_DIGEST_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class GoldenBasis:
    """A row of `registry.plant_basis`: there is one as long as nobody states a value and no two records disagree.

    `zones` are further ones than the plant's own that its records name or lie in. They agree with it as long as they
    have its offsets, which no digest can promise.
    """

    digest: bytes
    zones: tuple[str, ...]

    def holds(self, plant: Plant, members: Sequence[Member], now_utc: datetime) -> bool:
        """Whether the golden values of a plant are what would be made of its records, without a word to a person."""
        return self.digest == digest(plant, members) and all(
            plant.timezone is not None and have_same_offsets(zone, plant.timezone, now_utc) for zone in self.zones
        )


def basis_of(plant: Plant, members: Sequence[Member], golden: Golden) -> GoldenBasis:
    """What the values of `plant`, which are those of `golden`, were made from."""
    live = [member for member in members if member.is_live]
    return GoldenBasis(digest(plant, members), tuple(sorted({zone for _, zone in zones_said(live, golden)})))


def digest(plant: Plant, members: Sequence[Member]) -> bytes:
    """Of what records say, of the golden values of the plant, and of the rules."""
    said = [(_said(member.candidate), member.is_live, member.is_counted) for member in members]
    text = repr((_chosen(plant), said)).encode("utf-8", "surrogatepass")
    return blake2b(text, key=_rules(), digest_size=_DIGEST_BYTES).digest()


@cache
def _rules() -> bytes:
    """A digest of the rules: code and data, versions of packages, the zones there are, the order of sources."""
    found = blake2b(digest_size=_DIGEST_BYTES)
    for file in sorted(rule_files()):
        found.update(file.name.encode() + file.read_bytes())
    versions = [version(package) for package in RULES_OF_OTHERS]
    found.update(repr((versions, sorted(days.zone_names()), source_order(), dc_source_order())).encode())
    return found.digest()


def rule_files() -> list[Path]:
    """The files of `RULES`."""
    return [
        file
        for rule in RULES
        for file in ([rule] if rule.is_file() else rule.rglob("*"))
        if file.suffix in (".py", ".toml")
    ]
