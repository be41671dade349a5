-- Days that what the registry learned of the past makes wrong wait until they are computed again.

create table energy.queued_day (
    plant_id uuid not null,
    day_date date not null,
    why text not null,
    queued_at timestamptz not null,
    energy_computed_at timestamptz,
    primary key (day_date, plant_id)
);
comment on table energy.queued_day is
'Days of plants that wait to be computed again, as the registry is no longer what they were computed from.';
comment on column energy.queued_day.plant_id is 'Plant, also one that has no records any more: then its rows go.';
comment on column energy.queued_day.day_date is 'Plant-local date.';
comment on column energy.queued_day.why is 'What the registry learned, in its words.';
comment on column energy.queued_day.queued_at is 'Since when it waits.';
comment on column energy.queued_day.energy_computed_at is
'When its energy was computed again; NULL: not yet. With its KPIs computed too the row is gone.';

create table energy.touched_taken (
    touched_id bigint primary key,
    taken_at timestamptz not null
);
comment on table energy.touched_taken is 'Rows of registry.touched whose days have been queued.';
comment on column energy.touched_taken.touched_id is 'Number of the row.';
comment on column energy.touched_taken.taken_at is 'When its days were queued.';

-- A date is computed for a few plants, not for all: its rows are found without reading those of ten years.
create index plant_daily_energy_date_idx on energy.plant_daily (energy_date);
