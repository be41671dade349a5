-- A run of what is asked for between the nights tells nothing of a night; which streams that are, each source says.

alter table landing.stream_run add column is_between_nights boolean not null default false;
comment on column landing.stream_run.is_between_nights is
    'Whether jobs between the nights ask for it too: by itself it is no sign of a nightly sync.';
update landing.stream_run set is_between_nights = true
where entity in ('forecast', 'plant_status', 'energy_today');
