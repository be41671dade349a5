"""What each record offers for each field, as `registry.plant_field` holds it.

What belongs here: the way to the text form. What does not: which offer is chosen (golden).
"""

from collections.abc import Sequence
from datetime import datetime

from plant_pipeline.registry.golden import Golden, Member
from plant_pipeline.registry.records import FieldKey, FieldRow, key_of


def offer_rows(golden: Golden, members: Sequence[Member], now_utc: datetime) -> dict[FieldKey, FieldRow]:
    """The offers of a plant as rows, each with when its record was observed; stated and derived values are of now."""
    observed = {key_of(member.candidate): member.candidate.observed_at for member in members}
    return {
        (field, source, source_plant_id): FieldRow(
            offer.value, offer.is_selected, observed.get((source, source_plant_id), now_utc)
        )
        for (field, source, source_plant_id), offer in golden.offers.items()
    }
