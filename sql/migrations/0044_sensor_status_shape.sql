-- Sensors whose data a source misses, in a shape that all sources share: said where a day is explained.

create view flexmeasures.sensor_status_shape as
select
    sensor_id::text as source_sensor_id,
    staleness_since as missing_since,
    fetched_at as told_at,
    reason
from flexmeasures.sensor_status
where is_stale and staleness_since is not null;
comment on view flexmeasures.sensor_status_shape is 'Sensors whose data are missing, in the shape that all sources share.';
comment on column flexmeasures.sensor_status_shape.source_sensor_id is 'Id of the sensor at the source.';
comment on column flexmeasures.sensor_status_shape.missing_since is 'Since when data are missing.';
comment on column flexmeasures.sensor_status_shape.told_at is 'When the source said so last.';
comment on column flexmeasures.sensor_status_shape.reason is 'Why it says so, in its own words.';

create or replace function registry.join_shapes() returns void
language plpgsql
as $$
begin
    execute format(
        'create or replace view registry.forecast as '
        'select a.plant_id, a.source, a.source_plant_id, f.period_end, f.retrieved_at, f.energy_kwh, '
        'case when not a.is_present then a.last_seen_at end as listed_until '
        'from (%s) as f inner join registry.plant_alias as a using (source, source_plant_id) '
        'where not a.is_duplicate',
        registry.joined_shape('forecast_shape', 'source_plant_id, period_end, retrieved_at, energy_kwh')
    );
    execute format(
        'create or replace view registry.status_sample as '
        'select a.plant_id, a.source, a.source_plant_id, s.sampled_at, s.is_connected '
        'from (%s) as s inner join registry.plant_alias as a using (source, source_plant_id) '
        'where not a.is_duplicate',
        registry.joined_shape('status_sample_shape', 'source_plant_id, sampled_at, is_connected')
    );
    execute format(
        'create or replace view registry.energy_sample as '
        'select a.plant_id, a.source, a.source_plant_id, s.sampled_at, s.energy_date, s.produced_kwh, '
        's.imported_kwh, s.exported_kwh, s.self_consumption_pct '
        'from (%s) as s inner join registry.plant_alias as a using (source, source_plant_id) '
        'where not a.is_duplicate',
        registry.joined_shape(
            'energy_sample_shape',
            'source_plant_id, sampled_at, energy_date, produced_kwh, imported_kwh, exported_kwh, self_consumption_pct'
        )
    );
    execute format(
        'create or replace view registry.unavailability as '
        'select a.plant_id, a.source, a.source_plant_id, u.begins_at, u.ends_at, u.available_kw, u.kind, u.remarks '
        'from (%s) as u inner join registry.plant_alias as a using (source, source_plant_id)',
        registry.joined_shape(
            'unavailability_shape', 'source_plant_id, begins_at, ends_at, available_kw, kind, remarks'
        )
    );
    execute format(
        'create or replace view registry.source_group as '
        'select a.plant_id, a.source, a.source_plant_id, g.group_code '
        'from (%s) as g inner join registry.plant_alias as a using (source, source_plant_id)',
        registry.joined_shape('group_shape', 'source_plant_id, group_code')
    );
    execute format(
        'create or replace view registry.certificate as '
        'select a.plant_id, a.source, a.source_plant_id, c.ends_at '
        'from (%s) as c inner join registry.plant_alias as a using (source, source_plant_id)',
        registry.joined_shape('certificate_shape', 'source_plant_id, ends_at')
    );
    execute format(
        'create or replace view registry.sensor_status as '
        'select s.sensor_id, s.plant_id, s.source, t.missing_since, t.told_at, t.reason '
        'from (%s) as t inner join registry.sensor as s using (source, source_sensor_id)',
        registry.joined_shape('sensor_status_shape', 'source_sensor_id, missing_since, told_at, reason')
    );
end
$$;

do $$ begin
    perform registry.join_shapes();
end $$;

comment on view registry.sensor_status is 'Sensors whose data their source misses, as it said last.';
comment on column registry.sensor_status.sensor_id is 'Sensor.';
comment on column registry.sensor_status.plant_id is 'Plant it belongs to.';
comment on column registry.sensor_status.source is 'System that says so.';
comment on column registry.sensor_status.missing_since is 'Since when data are missing.';
comment on column registry.sensor_status.told_at is 'When the source said so last.';
comment on column registry.sensor_status.reason is 'Why it says so, in its own words.';
