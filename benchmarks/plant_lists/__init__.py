"""Real and invented pairs of plant lists, their true links known."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from zlib import crc32

from benchmarks.match_registry import two_systems
from plant_pipeline.sources.shapes import PlantCandidate, Technology

REAL = {
    "US solar, two surveys": ("solar_eia860_2019.csv", "solar_uspvdb_2023.csv"),
    "US solar and wind, two years": ("plants_eia860_2017.csv", "plants_eia860_2019.csv"),
}
NEVER_FITTED = {"European plants, two databases": ("plants_jrc_2019.csv", "plants_wri_2021.csv")}
"""Pairs that are measured as a whole: no weight, rule or word was made by them."""

_TECHNOLOGIES: Mapping[str, Technology] = {"wind": "wind", "solar": "solar", "other": "other"}
_OBSERVED_AT = datetime(2026, 11, 30, tzinfo=UTC)


@dataclass(frozen=True)
class ListPair:
    """Two lists of plants; `truth` is the id in `other` by the id in `one`, for those that are in both."""

    title: str
    one: Sequence[PlantCandidate]
    other: Sequence[PlantCandidate]
    truth: Mapping[str, str]

    def is_held_out(self, record: PlantCandidate) -> bool:
        """Whether a record of `one` is of the half that nothing is fitted to."""
        return crc32(record.source_plant_id.encode()) % 2 == 1


def real_pair(title: str) -> ListPair:
    """One of `REAL` or `NEVER_FITTED`."""
    names = (REAL | NEVER_FITTED)[title]
    one, other = (_read(name, source) for name, source in zip(names, ("ravenwits", "voke"), strict=True))
    truth = {record.source_plant_id: link for record, link in one if link}
    return ListPair(title, [record for record, _ in one], [record for record, _ in other], truth)


def invented_pair(count: int, seed: int) -> ListPair:
    """`count` plants in each of two invented systems, four fifths of them in both."""
    records, _ = two_systems(count, seed)
    one, other = ([record for record in records if record.source == source] for source in ("ravenwits", "voke"))
    ids = {_number(record): record.source_plant_id for record in other}
    truth = {record.source_plant_id: ids[_number(record)] for record in one if _number(record) in ids}
    return ListPair(f"{count} invented, seed {seed}", one, other, truth)


def _number(record: PlantCandidate) -> str:
    return record.source_plant_id.partition("-")[2]


def _read(name: str, source: str) -> list[tuple[PlantCandidate, str]]:
    with files(__package__).joinpath(name).open(encoding="utf-8") as lines:
        return [(_record(row, source), row["true_id_in_other_list"]) for row in csv.DictReader(lines)]


def _record(row: Mapping[str, str], source: str) -> PlantCandidate:
    return PlantCandidate(
        source=source,
        source_plant_id=row["id"],
        name=row["name"],
        is_plant=True,
        is_present=True,
        observed_at=_OBSERVED_AT,
        technology=_TECHNOLOGIES.get(row["technology"]),
        latitude=float(row["latitude"]) if row["latitude"] else None,
        longitude=float(row["longitude"]) if row["longitude"] else None,
        capacity_ac_kw=_kw(row["capacity_ac_mw"]),
        capacity_dc_kw=_kw(row.get("capacity_dc_mw", "")),
    )


def _kw(capacity_mw: str) -> float | None:
    return float(capacity_mw) * 1000 if capacity_mw else None
