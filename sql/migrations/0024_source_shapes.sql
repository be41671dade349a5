-- What several sources may tell in one shape: consumption behind the meter on the record, forecasts and connection in
-- views of each source's own schema, which are joined whatever the source is called.

alter table registry.plant_alias add column has_load boolean;
comment on column registry.plant_alias.has_load is
    'Whether consumption sits behind the plant, as the record says; NULL: it does not say.';
update registry.plant_alias as a
set has_load = v.plant_with_load
from voke.plant as v
where a.source = 'voke' and a.source_plant_id = v.id;

create view ravenwits.forecast_shape as
select source_plant_id, period_end, retrieved_at, energy_kwh from ravenwits.forecast;
comment on view ravenwits.forecast_shape is 'Forecasts in the shape that all sources share.';
comment on column ravenwits.forecast_shape.source_plant_id is 'Id at the source of the record it was forecast for.';
comment on column ravenwits.forecast_shape.period_end is 'End of the period.';
comment on column ravenwits.forecast_shape.retrieved_at is 'When the value was first received.';
comment on column ravenwits.forecast_shape.energy_kwh is 'Forecast energy of the period, kWh.';

create view voke.status_sample_shape as
select
    plant_id as source_plant_id,
    sampled_at,
    upper(status) = 'ONLINE' as is_connected
from voke.plant_status_sample;
comment on view voke.status_sample_shape is 'Connection of plants in the shape that all sources share.';
comment on column voke.status_sample_shape.source_plant_id is 'Id at the source of the record that was asked for.';
comment on column voke.status_sample_shape.sampled_at is 'When it was asked.';
comment on column voke.status_sample_shape.is_connected is
    'Whether the source was in touch with it; NULL: not stated.';

-- A source is the schema that its view stands in.
create function registry.joined_shape(shape text, columns text) returns text
language sql stable
return (
    select string_agg(format('select %L::text as source, %s from %I.%I', s.nspname, columns, s.nspname, shape),
                      ' union all ' order by s.nspname)
    from pg_class as c
    inner join pg_namespace as s on s.oid = c.relnamespace
    where c.relname = shape and c.relkind = 'v'
);

create function registry.join_shapes() returns void
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
end
$$;

do $$ begin
    perform registry.join_shapes();
end $$;
