"""Voke as a source: its entities and what leaves it."""

from plant_pipeline.sources.source import Entity, Source, SourceJob
from plant_pipeline.sources.voke import client, events, samples, schema, telemetry
from plant_pipeline.sources.voke.certificates import fetch_certificate_stats, write_certificate_stats
from plant_pipeline.sources.voke.facts import facts
from plant_pipeline.sources.voke.variables import VARIABLES

VOKE = Source(
    name="voke",
    variables=VARIABLES,
    rank=20,
    dc_capacity_rank=5,  # it has the panels' peak power, others what they take for it
    plant_entity="plant",
    open_client=client.open_client,
    allowed_calls=client.CALLS,
    concurrency=10,
    probe=(client.PLANTS, {"page": 1, "limit": 1}),
    facts=facts,
    fact_entities=("plant", "sub_device", "metric"),
    fetch_readings=telemetry.fetch_readings,
    asked_together=telemetry.asked_together,
    entities=(
        Entity(
            name="plant",
            table="voke.plant",
            description="The organisation's gateways: list and detail as one record, with place and capacity.",
            schema=schema.PLANT,
            fetch=client.fetch_plants,
            guarded_ids="voke/guarded_ids",
            detail_entity="plant_detail",
        ),
        Entity(
            name="sub_device",
            table="voke.sub_device",
            description="What hangs off the gateways: meters, inverters, batteries, cabinets.",
            schema=schema.SUB_DEVICE,
            fetch=client.fetch_sub_devices,
            is_optional=True,
            needs=("plant",),
        ),
        Entity(
            name="metric",
            table="voke.metric",
            description="Series of telemetry that plants and their devices send, known by the latest point of each.",
            schema=schema.METRIC,
            fetch=telemetry.fetch_metrics,
            write=telemetry.write_metrics,
            is_optional=True,
            needs=("plant", "sub_device"),
        ),
        Entity(
            name="alert",
            table="voke.alert",
            description="Alerts, by their own list and by the plants' details.",
            schema=schema.ALERT,
            fetch=events.fetch_alerts,
            needs=("plant",),
        ),
        Entity(
            name="command",
            table="voke.command",
            description="Commands that were sent to the plants' devices, and what became of them.",
            schema=schema.COMMAND,
            fetch=events.fetch_commands,
            write=events.write_commands,
            is_optional=True,
            needs=("plant",),
        ),
        Entity(
            name="certificate_stats",
            table="voke.certificate_stats",
            description="Counts of valid, ending and ended device certificates, a row per run.",
            schema=schema.CERTIFICATE_STATS,
            fetch=fetch_certificate_stats,
            write=write_certificate_stats,
            is_optional=True,
        ),
        Entity(
            name="plant_status",
            table="voke.plant_status_sample",
            description="Whether each plant is connected, every quarter of an hour.",
            schema=schema.PLANT_STATUS,
            fetch=samples.fetch_statuses,
            write=samples.write_statuses,
            is_sample=True,
            instant_column="sampled_at",
        ),
        Entity(
            name="energy_today",
            table="voke.energy_sample",
            description="Energy of the running UTC day of plants that nothing else measures, as often as permitted.",
            schema=schema.ENERGY_TODAY,
            fetch=samples.fetch_energies,
            write=samples.write_energies,
            is_optional=True,
            is_sample=True,
            instant_column="sampled_at",
        ),
    ),
    jobs=(
        SourceJob(
            name="voke_energy_sampling",
            entities=("plant_status", "energy_today"),
            description="Keeps what Voke tells of this moment only: who is connected, energy of the running day.",
            # A counter of the UTC day is best read right before it begins anew and right after.
            cron=("15,30,45 0 * * *", "*/15 1-23 * * *", "59 23 * * *", "1 0 * * *"),
            reason="Every quarter of an hour and beside UTC midnight: connection, and energy of the running day.",
        ),
    ),
)
