-- The registry keeps what sources said, and where that alone leads, apart from what people decide: what is undone leaves
-- no trace in it.

create table registry.record (
    source text not null,
    source_plant_id text not null,
    plant_id uuid references registry.plant (plant_id),
    method text check (method in ('external_id', 'name_place', 'new')),
    score double precision,
    first_seen_at timestamptz not null,
    primary key (source, source_plant_id),
    check ((plant_id is null) = (method is null))
);
create index on registry.record (plant_id);
comment on table registry.record is 'Where each record of a source belongs by itself, whatever people decided.';
comment on column registry.record.source is 'System of the record.';
comment on column registry.record.source_plant_id is 'Id of the record at the source.';
comment on column registry.record.plant_id is 'Plant it would belong to without any decision; NULL: it would be no plant.';
comment on column registry.record.method is
'What would join it to that plant: external_id, name_place, or new (nothing: it would found one).';
comment on column registry.record.score is 'Probability by which it would be joined, 0 to 1; NULL: not by likeness.';
comment on column registry.record.first_seen_at is 'When it was first listed.';

create table registry.record_version (
    source text not null,
    source_plant_id text not null,
    valid_from timestamptz not null,
    absences integer not null,
    name text not null,
    technology text,
    latitude double precision,
    longitude double precision,
    timezone text,
    country text,
    capacity_ac_kw double precision,
    capacity_dc_kw double precision,
    storage_kwh double precision,
    sensor_timezone text,
    has_load boolean,
    primary key (source, source_plant_id, valid_from),
    foreign key (source, source_plant_id) references registry.record (source, source_plant_id) on delete cascade
);
comment on table registry.record_version is
'What a source said of a record, from when on: the registry''s history is made of these and of decisions.';
comment on column registry.record_version.source is 'System of the record.';
comment on column registry.record_version.source_plant_id is 'Id of the record at the source.';
comment on column registry.record_version.valid_from is
'When it was noticed; 1970-01-01 UTC for a record that was there when its plant was first seen.';
comment on column registry.record_version.absences is 'Successive complete listings without the record, 2 at most.';
comment on column registry.record_version.name is 'Name at the source.';
comment on column registry.record_version.technology is 'solar, wind, storage, hybrid or other; NULL: not said.';
comment on column registry.record_version.latitude is 'Latitude, decimal degrees.';
comment on column registry.record_version.longitude is 'Longitude, decimal degrees.';
comment on column registry.record_version.timezone is 'Time zone, as the source gives it.';
comment on column registry.record_version.country is 'Country, as the source gives it.';
comment on column registry.record_version.capacity_ac_kw is 'AC capacity, kW.';
comment on column registry.record_version.capacity_dc_kw is 'DC capacity, kW.';
comment on column registry.record_version.storage_kwh is 'Energy that can be stored, kWh.';
comment on column registry.record_version.sensor_timezone is 'Commonest time zone of the record''s sensors.';
comment on column registry.record_version.has_load is
'Whether consumption sits behind the plant, as the record says; NULL: it does not say.';

alter table registry.decision add column group_id bigint;
update registry.decision set group_id = decision_id;
comment on column registry.decision.group_id is
'Number of the first decision that the same command wrote: they are undone together.';
