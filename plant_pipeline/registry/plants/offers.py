"""What each record offers for each field, as `registry.plant_field` holds it.

What belongs here: when an offer was made. What does not: which offer is chosen (golden).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from plant_pipeline.registry.plants.golden import Offer
from plant_pipeline.registry.plants.lifecycle import Standing
from plant_pipeline.registry.records import FieldKey, FieldRow


def offer_rows(
    offers: Mapping[FieldKey, Offer], standings: Sequence[Standing], now_utc: datetime
) -> dict[FieldKey, FieldRow]:
    """Offers of a plant as rows, each with when its record was observed; stated and derived values are of now."""
    observed = {standing.key: standing.candidate.observed_at for standing in standings}
    return {
        (field, source, source_plant_id): FieldRow(
            offer.value, offer.is_selected, observed.get((source, source_plant_id), now_utc)
        )
        for (field, source, source_plant_id), offer in offers.items()
    }
