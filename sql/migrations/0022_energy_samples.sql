-- What sources say of their own running day, of every source in one shape.

comment on table voke.energy_sample is 'Energy of the running UTC day of each plant at points in time.';

create view registry.energy_sample as
select
    a.plant_id,
    a.source,
    a.source_plant_id,
    s.sampled_at,
    s.energy_date,
    s.produced_kwh,
    s.imported_kwh,
    s.exported_kwh,
    s.self_consumption_pct
from voke.energy_sample as s
inner join registry.plant_alias as a on a.source = 'voke' and a.source_plant_id = s.plant_id
where not a.is_duplicate;
comment on view registry.energy_sample is 'What was counted since the UTC midnight, at the times it was asked for.';
comment on column registry.energy_sample.plant_id is 'Plant.';
comment on column registry.energy_sample.source is 'System that was asked.';
comment on column registry.energy_sample.source_plant_id is 'Id at the source of the record that was asked for.';
comment on column registry.energy_sample.sampled_at is 'When it was answered.';
comment on column registry.energy_sample.energy_date is 'UTC day that is counted.';
comment on column registry.energy_sample.produced_kwh is 'Produced since the day began, kWh.';
comment on column registry.energy_sample.imported_kwh is 'Imported since the day began, kWh.';
comment on column registry.energy_sample.exported_kwh is 'Exported since the day began, kWh.';
comment on column registry.energy_sample.self_consumption_pct is 'Share of it that was used on site, percent.';
