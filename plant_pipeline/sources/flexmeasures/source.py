"""FlexMeasures as a source: its entities and what leaves it."""

from plant_pipeline.sources.flexmeasures import client, schema, watch
from plant_pipeline.sources.flexmeasures.facts import facts
from plant_pipeline.sources.flexmeasures.kpis import fetch_kpis, write_kpis
from plant_pipeline.sources.flexmeasures.readings import fetch_readings
from plant_pipeline.sources.flexmeasures.variables import VARIABLES
from plant_pipeline.sources.source import Entity, Source, SourceJob

FLEXMEASURES = Source(
    name="flexmeasures",
    variables=VARIABLES,
    rank=30,
    plant_entity="asset",
    open_client=client.open_client,
    allowed_calls=client.CALLS,
    concurrency=8,
    facts=facts,
    fact_entities=("asset_type", "asset", "sensor"),
    fetch_readings=fetch_readings,
    requests_per_minute=500,
    version_header="FlexMeasures-Version",
    states_limit=True,  # as of API 3.0-32; the versions before it have no limit
    probe=(f"{client.API}/assets", {"page": 1, "per_page": 1}),
    entities=(
        Entity(
            name="asset_type",
            table="flexmeasures.asset_type",
            description="Asset types of this server; their names say what generates or stores.",
            schema=schema.ASSET_TYPE,
            fetch=client.fetch_asset_types,
            is_optional=True,
        ),
        Entity(
            name="asset",
            table="flexmeasures.asset",
            description="The account's asset tree: sites at the top, equipment below.",
            schema=schema.ASSET,
            fetch=client.fetch_assets,
            guarded_ids="flexmeasures/guarded_ids",
            detail_entity="asset_detail",
        ),
        Entity(
            name="sensor",
            table="flexmeasures.sensor",
            description="The account's sensors with unit, zone and resolution.",
            schema=schema.SENSOR,
            fetch=client.fetch_sensors,
        ),
        Entity(
            name="kpi",
            table="flexmeasures.kpi",
            description="The server's own KPIs of each local day, for reference only.",
            schema=schema.KPI,
            fetch=fetch_kpis,
            write=write_kpis,
            is_optional=True,
            date_column="kpi_date",
            needs=("asset", "sensor"),
        ),
        Entity(
            name="audit_event",
            table="flexmeasures.audit_event",
            description="What was done to the plants' assets on the server, and by whom.",
            schema=schema.AUDIT_EVENT,
            fetch=watch.fetch_audit_events,
            write=watch.write_audit_events,
            is_optional=True,
            is_apart=True,
        ),
        Entity(
            name="job",
            table="flexmeasures.job",
            description="Jobs of the plants' assets that the server ran, waits for or gave up.",
            schema=schema.JOB,
            fetch=watch.fetch_jobs,
            write=watch.write_jobs,
            is_optional=True,
            is_apart=True,
        ),
        Entity(
            name="sensor_status",
            table="flexmeasures.sensor_status",
            description="Whether the server misses data of the sensors of plants whose latest day is not known whole.",
            schema=schema.SENSOR_STATUS,
            fetch=watch.fetch_sensor_statuses,
            write=watch.write_sensor_statuses,
            is_optional=True,
            is_apart=True,
        ),
    ),
    jobs=(
        SourceJob(
            name="flexmeasures_watch",
            entities=("audit_event", "job", "sensor_status"),
            description="What the server tells of its own work: changes of assets, jobs, sensors that lack data.",
            cron="40 6 * * *",
            reason="After the night, which needs none of it, and says of which plants the data are to be looked for.",
        ),
    ),
)
