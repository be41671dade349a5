"""Ravenwits as a source: its entities and what leaves it."""

from plant_pipeline.sources.ravenwits import client, schema
from plant_pipeline.sources.ravenwits.facts import facts
from plant_pipeline.sources.ravenwits.forecast import fetch_forecast, write_forecast
from plant_pipeline.sources.ravenwits.variables import VARIABLES
from plant_pipeline.sources.source import Entity, Source, SourceJob

RAVENWITS = Source(
    name="ravenwits",
    variables=VARIABLES,
    rank=10,
    plant_entity="plant",
    open_client=client.open_client,
    allowed_calls=client.CALLS,
    concurrency=2,  # it is asked for three lists a night
    probe=(f"{client.API}/plants/", {}),
    facts=facts,
    fact_entities=("plant",),
    entities=(
        Entity(
            name="plant",
            table="ravenwits.plant",
            description="The customer's wind and solar plants with capacity in MW, place and time zone.",
            schema=schema.PLANT,
            fetch=client.fetch_plants,
            guarded_ids="ravenwits/guarded_ids",
        ),
        Entity(
            name="unavailability",
            table="ravenwits.unavailability",
            description="Announcements that a plant gives less than it can, from when to when.",
            schema=schema.UNAVAILABILITY,
            fetch=client.fetch_unavailabilities,
            is_optional=True,
        ),
        Entity(
            name="forecast",
            table="ravenwits.forecast",
            description="What was forecast when: kWh of the period that ends at period_end, a row per changed value.",
            schema=schema.FORECAST,
            fetch=fetch_forecast,
            write=write_forecast,
            is_optional=True,
            needs=("plant",),
            instant_column="period_end",
        ),
    ),
    jobs=(
        SourceJob(
            name="forecast_snapshot",
            entities=("forecast",),
            description="Keeps the forecasts as they are now: the API shows only the latest.",
            cron="10 */6 * * *",
            reason="Every six hours: the API shows only the latest forecast, so it is kept as it was.",
        ),
    ),
)
