"""What Ravenwits documents of its entities, field by field, as Pandera schemas.

Origin: the reference pages of plants, unavailabilities and normalized forecasts. The answer for one plant is
documented to hold what the list holds, so it is not asked for. Numbers come as strings and "no value" as "".
The training times and the time zone are free text there, so any text is a good one here. Only fields that the document
calls optional may be left out.
"""

import pandas as pd
import pandera.pandas as pa

from plant_pipeline.days import is_zone
from plant_pipeline.sources.columns import identifier, instant, is_short, is_uuid, number, text, utc_instant

_CAPACITY_MW = pa.Check.in_range(0, 100_000)  # more than four times the largest power station there is
_ENERGY_KWH = pa.Check.in_range(-1e10, 1e10)  # of a period: 100 GW for four days
# A month that no plant lives to see would get a partition of its own.
_IN_THIS_CENTURY = pa.Check.in_range(
    pd.Timestamp("2000-01-01", tz="UTC"), pd.Timestamp("2100-01-01", tz="UTC"), error="in_this_century"
)

PLANT = pa.DataFrameSchema(
    {
        "id": identifier("id", is_uuid(), description="UUID, set by the server"),
        "name": text(
            "name", is_short(), description="plant name or external id, unique per customer; the forecasts' plant code"
        ),
        "lat": number("lat", pa.Check.in_range(-90, 90), description="degrees north"),
        "lon": number("lon", pa.Check.in_range(-180, 180), description="degrees east"),
        "installed_capacity_mw": number("installed_capacity_mw", _CAPACITY_MW, description="MW"),
        "nominal_capacity_mw": number("nominal_capacity_mw", _CAPACITY_MW, description="MW"),
        "area": text("area", vital=False, description="region or map code"),
        "technology_type": text(
            "technology_type", choices=("eolica", "solar"), closed=True, description="eolica (wind) or solar"
        ),
        "last_training_cnn_at": text("last_training_cnn_at", optional=True, description="free text"),
        "last_training_trees_at": text("last_training_trees_at", optional=True, description="free text"),
        "agrupation": text("agrupation", optional=True, description="group for aggregated forecasts"),
        "customer_display_name": text("customer_display_name", optional=True, description="label"),
        "timezone": text(
            "timezone", optional=True, vital=True, expected=is_zone, description="IANA zone, not checked by the server"
        ),
        "created_at": instant("created_at", nullable=True, description="set by the server"),
        "updated_at": instant("updated_at", nullable=True, description="set by the server"),
    },
    strict=True,
)

UNAVAILABILITY = pa.DataFrameSchema(
    {
        "id": identifier("id", is_uuid(), description="UUID of the announcement"),
        "plant_id": text("plant_id", is_short(), description="name of the plant, not its UUID"),
        "start_time_utc": utc_instant("start_time_utc", description="begin of the limit"),
        "end_time_utc": utc_instant("end_time_utc", description="end of the limit"),
        "available_power_mw": number("available_power_mw", _CAPACITY_MW, description="power that remains, MW"),
        "availability_type": text(
            "availability_type", choices=("CURTAILMENT", "UNAVAILABILITY", "OTHER"), description="what it is"
        ),
        "observations": text("observations", optional=True, description="remarks, free text"),
        "source_unit": text("source_unit", optional=True, choices=("MW", "kW", "%"), description="unit as stated"),
        "source_value": number("source_value", optional=True, description="limit as stated"),
        "timezone_source": text("timezone_source", optional=True, description="zone it was stated in"),
        "created_at": instant("created_at", nullable=True, description="set by the server"),
        "updated_at": instant("updated_at", nullable=True, description="set by the server"),
    },
    strict=True,
)

FORECAST = pa.DataFrameSchema(
    {
        "plant_name": text("plant", is_short(), description="name of the plant"),
        "period_end": utc_instant("datetime", _IN_THIS_CENTURY, description="end of the period, in UTC as asked"),
        "energy_kwh": number("pred", _ENERGY_KWH, description="energy of the period that ends then, kWh"),
    },
    strict=True,
)
