"""What each record offers for each field, as `registry.plant_field` holds it, and records rebuilt from it.

What belongs here: the way to and from the text form. What does not: which offer is chosen (golden).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from plant_pipeline.registry.golden import SENSOR_ZONE, Golden, Member
from plant_pipeline.registry.records import Alias, FieldKey, FieldRow, key_of
from plant_pipeline.sources.shapes import PlantCandidate, Technology


def offer_rows(golden: Golden, members: Sequence[Member], now_utc: datetime) -> dict[FieldKey, FieldRow]:
    """The offers of a plant as rows, each with when its record was observed; stated and derived values are of now."""
    observed = {key_of(member.candidate): member.candidate.observed_at for member in members}
    return {
        (field, source, source_plant_id): FieldRow(
            offer.value, offer.is_selected, observed.get((source, source_plant_id), now_utc)
        )
        for (field, source, source_plant_id), offer in golden.offers.items()
    }


def restored_candidate(alias: Alias, offers: Mapping[FieldKey, FieldRow]) -> PlantCandidate:
    """The record as it was last delivered, from what it offered; ids it carried are not kept."""
    own = {key[0]: row for key, row in offers.items() if key[1:] == alias.key}

    def text(field: str) -> str | None:
        row = own.get(field)
        return row.value if row else None

    def number(field: str) -> float | None:
        value = text(field)
        return float(value) if value is not None else None

    zone = text(SENSOR_ZONE)
    return PlantCandidate(
        source=alias.source,
        source_plant_id=alias.source_plant_id,
        name=alias.source_name,
        is_plant=True,
        is_present=alias.is_present,
        observed_at=alias.last_seen_at,
        technology=cast(Technology | None, text("technology")),
        latitude=number("latitude"),
        longitude=number("longitude"),
        timezone=text("timezone"),
        country=text("country"),
        capacity_ac_kw=number("capacity_ac_kw"),
        capacity_dc_kw=number("capacity_dc_kw"),
        storage_kwh=number("storage_kwh"),
        sensor_timezones=(zone,) if zone else (),
        has_load=alias.has_load,
    )
