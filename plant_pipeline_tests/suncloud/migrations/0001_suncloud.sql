create schema suncloud;

create table suncloud.site (
    id text primary key,
    name text not null,
    power_kw double precision not null,
    peak_kwp double precision,
    latitude double precision not null,
    longitude double precision not null,
    has_load boolean,
    fetched_at timestamptz not null,
    is_present boolean not null
);
comment on table suncloud.site is 'Sites of the portal.';
comment on column suncloud.site.id is 'Id at the portal.';
comment on column suncloud.site.name is 'As the owner wrote it.';
comment on column suncloud.site.power_kw is 'AC power, kW.';
comment on column suncloud.site.peak_kwp is 'Peak power of the panels, kWp.';
comment on column suncloud.site.latitude is 'Degrees north.';
comment on column suncloud.site.longitude is 'Degrees east.';
comment on column suncloud.site.has_load is 'Whether somebody consumes at the site.';
comment on column suncloud.site.fetched_at is 'When it was last listed.';
comment on column suncloud.site.is_present is 'Whether it was in the latest complete listing.';

create table suncloud.series (
    id text primary key,
    site_id text not null,
    device text not null,
    unit text not null,
    minutes double precision not null,
    fetched_at timestamptz not null,
    is_present boolean not null
);
comment on table suncloud.series is 'Energy of each inverter.';
comment on column suncloud.series.id is 'Id at the portal.';
comment on column suncloud.series.site_id is 'The site it is measured at.';
comment on column suncloud.series.device is 'What measures it.';
comment on column suncloud.series.unit is 'Unit of its values.';
comment on column suncloud.series.minutes is 'Length of its intervals, minutes.';
comment on column suncloud.series.fetched_at is 'When it was last listed.';
comment on column suncloud.series.is_present is 'Whether it was in the latest complete listing.';

create table suncloud.forecast (
    site_id text not null,
    period_end timestamptz not null,
    retrieved_at timestamptz not null,
    energy_kwh double precision not null,
    primary key (site_id, period_end, retrieved_at)
);
comment on table suncloud.forecast is 'Forecasts of the portal, as they were.';
comment on column suncloud.forecast.site_id is 'The site it is for.';
comment on column suncloud.forecast.period_end is 'End of the period.';
comment on column suncloud.forecast.retrieved_at is 'When it was received.';
comment on column suncloud.forecast.energy_kwh is 'Energy of the period, kWh.';

create table suncloud.state (
    site_id text not null,
    sampled_at timestamptz not null,
    is_connected boolean,
    primary key (site_id, sampled_at)
);
comment on table suncloud.state is 'Whether the portal was in touch with each site.';
comment on column suncloud.state.site_id is 'The site that was asked for.';
comment on column suncloud.state.sampled_at is 'When it was asked.';
comment on column suncloud.state.is_connected is 'Whether the portal was in touch with it.';
