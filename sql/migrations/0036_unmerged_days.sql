-- What a plant measured itself on a day whose readings are gone outlives a merger, so that it can be undone.

create table energy.unmerged_day (
    plant_id uuid not null,
    energy_date date not null,
    own_row jsonb,
    own_measured jsonb,
    merged_at timestamptz not null,
    primary key (energy_date, plant_id)
);
comment on table energy.unmerged_day is
'Days whose readings are no longer kept, of plants that are one plant now: what each had of its own, put back if it is undone.';
comment on column energy.unmerged_day.plant_id is 'Plant as it was, or the one that the others were merged into.';
comment on column energy.unmerged_day.energy_date is 'Plant-local date.';
comment on column energy.unmerged_day.own_row is 'Its row of energy.plant_daily before; NULL: it had none.';
comment on column energy.unmerged_day.own_measured is 'Its row of energy.plant_measured before; NULL: it had none.';
comment on column energy.unmerged_day.merged_at is 'When the days became one.';

create table energy.orphaned_day (
    plant_id uuid not null,
    energy_date date not null,
    primary key (energy_date, plant_id)
);
create index on energy.orphaned_day (plant_id);
comment on table energy.orphaned_day is
'Days on which a plant had energy of its own until it was merged or out of service: computed again if that is undone.';
comment on column energy.orphaned_day.plant_id is 'Plant.';
comment on column energy.orphaned_day.energy_date is 'Plant-local date.';

-- A plant may be merged into one that is merged later on.
create view energy.present_plant as
with recursive step as (
    select
        plant_id,
        plant_id as present_id
    from registry.plant
    union
    select
        s.plant_id,
        p.merged_into
    from step as s
    inner join registry.plant as p on s.present_id = p.plant_id
    where p.merged_into is not null
)

select
    s.plant_id,
    s.present_id
from step as s
inner join registry.plant as p on s.present_id = p.plant_id
where p.merged_into is null;
comment on view energy.present_plant is 'In which plant each plant is counted now: itself, or the one that it ended up merged into.';
comment on column energy.present_plant.plant_id is 'Plant.';
comment on column energy.present_plant.present_id is 'Plant that has its energy.';
