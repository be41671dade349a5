"""What Ravenwits documents of its entities, field by field, as Pandera schemas.

Origin: the reference pages of plants and of normalized forecasts. Numbers come as strings and "no value" as "".
The training times and the time zone are free text there, so any text is a good one here.
"""

import pandas as pd
import pandera.pandas as pa

from plant_pipeline.sources.contract import instant, is_uuid, number, text, utc_instant

_NOT_NEGATIVE = pa.Check.ge(0)
# A month that no plant lives to see would get a partition of its own.
_IN_THIS_CENTURY = pa.Check.in_range(
    pd.Timestamp("2000-01-01", tz="UTC"), pd.Timestamp("2100-01-01", tz="UTC"), error="in_this_century"
)

PLANT = pa.DataFrameSchema(
    {
        "id": text("id", is_uuid(), description="UUID, set by the server"),
        "name": text("name", description="plant name or external id, unique per customer; the forecasts' plant code"),
        "lat": number("lat", pa.Check.in_range(-90, 90), description="degrees north"),
        "lon": number("lon", pa.Check.in_range(-180, 180), description="degrees east"),
        "installed_capacity_mw": number("installed_capacity_mw", _NOT_NEGATIVE, description="MW"),
        "nominal_capacity_mw": number("nominal_capacity_mw", _NOT_NEGATIVE, description="MW"),
        "area": text("area", description="region or map code"),
        "technology_type": text(
            "technology_type", pa.Check.isin(["eolica", "solar"]), description="eolica (wind) or solar"
        ),
        "last_training_cnn_at": text("last_training_cnn_at", nullable=True, description="free text"),
        "last_training_trees_at": text("last_training_trees_at", nullable=True, description="free text"),
        "agrupation": text("agrupation", nullable=True, description="group for aggregated forecasts"),
        "customer_display_name": text("customer_display_name", nullable=True, description="label"),
        "timezone": text("timezone", nullable=True, description="IANA zone, not checked by the server"),
        "created_at": instant("created_at", nullable=True, description="set by the server"),
        "updated_at": instant("updated_at", nullable=True, description="set by the server"),
    },
    strict=True,
)

FORECAST = pa.DataFrameSchema(
    {
        "plant_name": text("plant", description="name of the plant"),
        "period_end": utc_instant("datetime", _IN_THIS_CENTURY, description="end of the period, in UTC as asked"),
        "energy_kwh": number("pred", description="energy of the period that ends then, kWh"),
    },
    strict=True,
)
