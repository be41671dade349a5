-- What the portal tells in the shapes that all sources share.
create view suncloud.forecast_shape as
select
    site_id as source_plant_id,
    period_end,
    retrieved_at,
    energy_kwh
from suncloud.forecast;
comment on view suncloud.forecast_shape is 'Forecasts in the shape that all sources share.';
comment on column suncloud.forecast_shape.source_plant_id is 'The site it is for.';
comment on column suncloud.forecast_shape.period_end is 'End of the period.';
comment on column suncloud.forecast_shape.retrieved_at is 'When it was received.';
comment on column suncloud.forecast_shape.energy_kwh is 'Energy of the period, kWh.';

create view suncloud.status_sample_shape as
select
    site_id as source_plant_id,
    sampled_at,
    is_connected
from suncloud.state;
comment on view suncloud.status_sample_shape is 'Connection of sites in the shape that all sources share.';
comment on column suncloud.status_sample_shape.source_plant_id is 'The site that was asked for.';
comment on column suncloud.status_sample_shape.sampled_at is 'When it was asked.';
comment on column suncloud.status_sample_shape.is_connected is 'Whether the portal was in touch with it.';
