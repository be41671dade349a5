-- What else several sources may tell in one shape: energy of the running day, announced limits, groups of plants.

create view voke.energy_sample_shape as
select
    plant_id as source_plant_id,
    sampled_at,
    energy_date,
    produced_kwh,
    imported_kwh,
    exported_kwh,
    self_consumption_pct
from voke.energy_sample;
comment on view voke.energy_sample_shape is 'Energy of running UTC days in the shape that all sources share.';
comment on column voke.energy_sample_shape.source_plant_id is 'Id at the source of the record that was asked for.';
comment on column voke.energy_sample_shape.sampled_at is 'When it was answered.';
comment on column voke.energy_sample_shape.energy_date is 'UTC day that is counted.';
comment on column voke.energy_sample_shape.produced_kwh is 'Produced since the day began, kWh.';
comment on column voke.energy_sample_shape.imported_kwh is 'Imported since the day began, kWh.';
comment on column voke.energy_sample_shape.exported_kwh is 'Exported since the day began, kWh.';
comment on column voke.energy_sample_shape.self_consumption_pct is 'Share of it that was used on site, percent.';

create view ravenwits.unavailability_shape as
select
    p.id as source_plant_id,
    u.start_time_utc as begins_at,
    u.end_time_utc as ends_at,
    1000 * u.available_power_mw as available_kw,
    u.availability_type as kind,
    u.observations as remarks
from ravenwits.unavailability as u
inner join ravenwits.plant as p on p.name = u.plant_id
where u.is_present;
comment on view ravenwits.unavailability_shape is 'Announced limits in the shape that all sources share.';
comment on column ravenwits.unavailability_shape.source_plant_id is 'Id at the source of the record it is about.';
comment on column ravenwits.unavailability_shape.begins_at is 'Begin of the limit.';
comment on column ravenwits.unavailability_shape.ends_at is 'End of the limit.';
comment on column ravenwits.unavailability_shape.available_kw is 'Power that remains, kW.';
comment on column ravenwits.unavailability_shape.kind is 'What it is, in the source''s words.';
comment on column ravenwits.unavailability_shape.remarks is 'Why, free text.';

create view ravenwits.group_shape as
select id as source_plant_id, agrupation as group_code from ravenwits.plant
where agrupation is not null and is_present;
comment on view ravenwits.group_shape is 'Groups of plants in the shape that all sources share.';
comment on column ravenwits.group_shape.source_plant_id is 'Id at the source of the record that is in it.';
comment on column ravenwits.group_shape.group_code is 'Name of the group.';

create view voke.group_shape as
select p.id as source_plant_id, g.element ->> 'name' as group_code
from voke.plant as p
cross join lateral jsonb_array_elements(p.plant_groups) as g (element)
where p.is_present and jsonb_typeof(g.element) = 'object' and g.element ->> 'name' <> '';
comment on view voke.group_shape is 'Groups of plants in the shape that all sources share.';
comment on column voke.group_shape.source_plant_id is 'Id at the source of the record that is in it.';
comment on column voke.group_shape.group_code is 'Name of the group.';

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
end
$$;

do $$ begin
    perform registry.join_shapes();
end $$;

comment on view registry.unavailability is 'Announced limits of plants, of every source.';
comment on column registry.unavailability.plant_id is 'Plant.';
comment on column registry.unavailability.source is 'System that says so.';
comment on column registry.unavailability.source_plant_id is 'Id at the source of the record it is about.';
comment on column registry.unavailability.begins_at is 'Begin of the limit.';
comment on column registry.unavailability.ends_at is 'End of the limit.';
comment on column registry.unavailability.available_kw is 'Power that remains, kW.';
comment on column registry.unavailability.kind is 'What it is, in the source''s words.';
comment on column registry.unavailability.remarks is 'Why, free text.';
comment on view registry.source_group is 'Groups that sources put plants into.';
comment on column registry.source_group.plant_id is 'Plant.';
comment on column registry.source_group.source is 'System that says so.';
comment on column registry.source_group.source_plant_id is 'Id at the source of the record that is in it.';
comment on column registry.source_group.group_code is 'Name of the group.';

comment on column kpi.portfolio_daily.group_code is
    'all: every plant; else the name of a group, by people''s decisions and what the sources say now.';
