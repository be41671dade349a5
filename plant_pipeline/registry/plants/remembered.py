"""What is remembered of records: their versions, made from what was delivered, and records made from them again.

What belongs here: the way to and from a version, presence. What does not: where a record belongs (resolve), what
follows for its plant (golden, history).
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

from plant_pipeline.registry.plants.golden import commonest, valid_zones
from plant_pipeline.registry.records import RecordVersion
from plant_pipeline.sources.shapes import PlantCandidate

ABSENCES_OF_THE_GONE: Final = 2  # successive complete listings without a record, after which it counts as gone
# What a version says as the candidate gives it; the zone of its sensors is the commonest of theirs.
_AS_GIVEN: Final = (
    "name", "technology", "latitude", "longitude", "timezone", "country", "capacity_ac_kw", "capacity_dc_kw",
    "storage_kwh", "has_load",
)  # fmt: skip
_given: Final = attrgetter(*_AS_GIVEN)
_said: Final = attrgetter(*_AS_GIVEN, "sensor_timezone")


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
        if known is not None and known.absences == 0 and _said(known) == _said_by(delivered):
            return known
        return _version(delivered, since_utc if known is None else now_utc)
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
    said = dict(zip((*_AS_GIVEN, "sensor_timezone"), _said_by(candidate), strict=True))
    absences = 0 if candidate.is_present else 1
    return RecordVersion(
        source=candidate.source,
        source_plant_id=candidate.source_plant_id,
        valid_from=valid_from,
        absences=absences,
        **said,
    )


def _said_by(candidate: PlantCandidate) -> tuple[Any, ...]:
    return (*_given(candidate), commonest(valid_zones(candidate)) if candidate.sensor_timezones else None)
