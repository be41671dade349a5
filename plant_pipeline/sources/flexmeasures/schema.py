"""What FlexMeasures documents of its entities, field by field, as Pandera schemas.

Origin: the API reference of `flexmeasures.api.v3_0.assets` and the server's published schemas for assets and sensors.
Fields that only some versions send are optional. JSON inside strings is read as JSON.
"""

import pandas as pd
import pandera.pandas as pa

from plant_pipeline.days import is_zone
from plant_pipeline.sources.columns import (
    document,
    duration,
    flag,
    instant,
    integer,
    is_short,
    number,
    text,
    utc_instant,
)
from plant_pipeline.sources.flexmeasures.power import has_possible_capacity, has_possible_power

_LATITUDE = pa.Check.in_range(-90, 90)
_LONGITUDE = pa.Check.in_range(-180, 180)

ASSET_TYPE = pa.DataFrameSchema(
    {
        "id": integer("id", pa.Check.gt(0), description="id of the type on this server"),
        "name": text("name", is_short(), description="name; the same on all servers"),
        "description": text("description", optional=True, description="what the type is"),
    },
    strict=True,
)

ASSET = pa.DataFrameSchema(
    {
        "id": integer("id", pa.Check.gt(0), description="id of the asset"),
        "name": text("name", is_short(), description="unique among siblings only"),
        "account_id": integer(
            "account_id", nullable=True, vital=True, description="owner account; null: public template"
        ),
        "owner": document("owner", optional=True, description="id and name of the account"),
        "latitude": number("latitude", _LATITUDE, optional=True, vital=True, description="degrees north"),
        "longitude": number("longitude", _LONGITUDE, optional=True, vital=True, description="degrees east"),
        "generic_asset_type_id": integer(
            "generic_asset_type_id", optional=True, vital=True, description="id of the type"
        ),
        "generic_asset_type": document(
            "generic_asset_type", optional=True, vital=True, description="id and name of the type"
        ),
        "parent_asset_id": integer(
            "parent_asset_id", optional=True, vital=True, description="asset this one is part of"
        ),
        "child_assets": document("child_assets", optional=True, description="direct children"),
        "sensors": document("sensors", optional=True, description="id and name of the asset's own sensors"),
        "attributes": document(
            "attributes", optional=True, expected=has_possible_capacity, description="free attributes"
        ),
        "flex_context": document("flex_context", optional=True, description="context for scheduling"),
        "flex_model": document(
            "flex_model", optional=True, expected=has_possible_power, description="device model for scheduling"
        ),
        "sensors_to_show": document("sensors_to_show", optional=True, description="charts of the UI"),
        "sensors_to_show_as_kpis": document("sensors_to_show_as_kpis", optional=True, description="KPIs of the UI"),
        "external_id": text("external_id", optional=True, description="id of the asset in another system"),
        "description": text("description", optional=True, description="free text"),
    },
    strict=True,
)

SENSOR = pa.DataFrameSchema(
    {
        "id": integer("id", pa.Check.gt(0), description="id of the sensor"),
        "name": text("name", is_short(), description="name, unique on its asset"),
        "unit": text("unit", nullable=True, vital=True, description="unit of the stored values; empty: none"),
        "timezone": text(
            "timezone",
            pa.Check(is_zone, element_wise=True, name="is_iana_zone"),
            nullable=True,
            vital=True,
            description="IANA zone",
        ),
        "event_resolution": duration(
            "event_resolution", pa.Check.ge(pd.Timedelta(0)), description="length of an event; zero: instantaneous"
        ),
        "generic_asset_id": integer("generic_asset_id", pa.Check.gt(0), description="asset the sensor sits on"),
        "attributes": document("attributes", optional=True, description="free attributes"),
        "entity_address": text("entity_address", optional=True, description="obsolete address"),
    },
    strict=True,
)

KPI = pa.DataFrameSchema(
    {
        "asset_id": integer("asset_id", description="asset that shows the KPI"),
        "kpi_date": text("kpi_date", description="local date asked for"),
        "sensor_id": integer("sensor", description="daily sensor behind it"),
        "title": text("title", is_short(), description="title in the UI"),
        "downsample_function": text(
            "downsample_function",
            is_short(),
            choices=("sum", "mean", "max", "min"),
            description="how the daily values were joined",
        ),
        "unit": text("unit", nullable=True, description="unit of the value"),
        "value": number("downsample_value", nullable=True, description="0 also where the server has no data"),
    },
    strict=True,
)

AUDIT_EVENT = pa.DataFrameSchema(
    {
        "event": text("event", is_short(), description="what was done, in the words of the server"),
        "asset_id": integer("assetId", pa.Check.gt(0), description="asset whose history was asked for"),
        "event_at": utc_instant("event_datetime", description="when it was done"),
        "active_user_name": text("active_user_name", nullable=True, description="name of the user who did it"),
        "active_user_id": integer("active_user_id", optional=True, description="id of the user who did it"),
    },
    strict=True,
)

JOB = pa.DataFrameSchema(
    {
        "job_id": text("job_id", is_short(), description="id of the job in its queue"),
        "asset_id": integer("assetId", pa.Check.gt(0), description="asset whose jobs were asked for"),
        "queue": text("queue", vital=False, description="such as scheduling or forecasting"),
        "entity_kind": text("asset_or_sensor_type", vital=False, description="asset or sensor: what it is for"),
        "entity_id": integer("asset_id", optional=True, description="id of that asset or sensor"),
        "entity": text("entity", optional=True, description="kind, name and id of it"),
        "status": text("status", vital=False, description="such as queued, started, finished or failed"),
        "err": text("err", nullable=True, description="why it failed; null: it did not"),
        "enqueued_at": utc_instant("enqueued_at", nullable=True, description="when it was put into the queue"),
        "metadata_hash": text("metadata_hash", optional=True, description="hash of what it was given"),
    },
    strict=True,
)

SENSOR_STATUS = pa.DataFrameSchema(
    {
        "sensor_id": integer("id", pa.Check.gt(0), description="id of the sensor"),
        "source_type": text(
            "source_type", is_short(), nullable=True, description="kind of data source that is looked at"
        ),
        "is_stale": flag("stale", vital=False, description="whether the server misses data"),
        "staleness": duration("staleness", nullable=True, description="how old the latest data are"),
        "staleness_since": instant("staleness_since", nullable=True, description="since when data are missing"),
        "reason": text("reason", nullable=True, description="in words"),
        "resolution": duration("resolution", nullable=True, description="resolution of the sensor"),
        "name": text("name", nullable=True, description="name of the sensor"),
        "asset_name": text("asset_name", nullable=True, description="name of its asset"),
        "relation": text("relation", nullable=True, description="how the sensor and the asset belong together"),
    },
    strict=True,
)
