"""What is remembered of records: their versions, made from what was delivered, and records made from them again.

What belongs here: the way to and from a version, presence. What does not: where a record belongs (resolve), what
follows for its plant (golden, history).
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final

from plant_pipeline.registry.golden import commonest, valid_zones
from plant_pipeline.registry.records import VERSION_COLUMNS, RecordVersion
from plant_pipeline.sources.shapes import PlantCandidate

ABSENCES_OF_THE_GONE: Final = 2  # successive complete listings without a record, after which it counts as gone
_CONTENT: Final = tuple(name for name in VERSION_COLUMNS if name != "valid_from")


def seen(
    known: RecordVersion | None,
    delivered: PlantCandidate | None,
    complete_sources: Collection[str],
    since_utc: datetime,
    now_utc: datetime,
) -> RecordVersion:
    """The version of a record after this delivery: the known one, if it says nothing else.

    `delivered` is None if nothing was, or nothing that is a plant; an incomplete listing tells nothing about who is
    absent from it. A record without a known version has one from `since_utc` on. Raises `ValueError` if there is
    neither.
    """
    if delivered is not None and delivered.is_present:
        fresh = _version(delivered, since_utc if known is None else now_utc)
        return known if known is not None and _content(known) == _content(fresh) else fresh
    if known is None:
        if delivered is None:
            raise ValueError("a record of which nothing is known")
        return _version(delivered, since_utc)
    if known.source not in complete_sources or known.absences == ABSENCES_OF_THE_GONE:
        return known
    return replace(known, absences=known.absences + 1, valid_from=now_utc)


def remembered(version: RecordVersion) -> PlantCandidate:
    """The record as a version has it; ids that it carried are not kept."""
    return PlantCandidate(
        source=version.source,
        source_plant_id=version.source_plant_id,
        name=version.name,
        is_plant=True,
        is_present=version.absences == 0,
        observed_at=version.valid_from,
        technology=version.technology,
        latitude=version.latitude,
        longitude=version.longitude,
        timezone=version.timezone,
        country=version.country,
        capacity_ac_kw=version.capacity_ac_kw,
        capacity_dc_kw=version.capacity_dc_kw,
        storage_kwh=version.storage_kwh,
        sensor_timezones=(version.sensor_timezone,) if version.sensor_timezone else (),
        has_load=version.has_load,
    )


def _version(candidate: PlantCandidate, valid_from: datetime) -> RecordVersion:
    return RecordVersion(
        source=candidate.source,
        source_plant_id=candidate.source_plant_id,
        valid_from=valid_from,
        absences=0 if candidate.is_present else 1,
        name=candidate.name,
        technology=candidate.technology,
        latitude=candidate.latitude,
        longitude=candidate.longitude,
        timezone=candidate.timezone,
        country=candidate.country,
        capacity_ac_kw=candidate.capacity_ac_kw,
        capacity_dc_kw=candidate.capacity_dc_kw,
        storage_kwh=candidate.storage_kwh,
        sensor_timezone=commonest(valid_zones(candidate)),
        has_load=candidate.has_load,
    )


def _content(version: RecordVersion) -> tuple[object, ...]:
    return tuple(getattr(version, name) for name in _CONTENT)
