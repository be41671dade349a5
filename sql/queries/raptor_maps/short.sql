-- name: raptor_maps/forget_changed
-- A day that changed has been built since an instant, and the receiver has all of it.
delete from raptor_maps.changed_day
where observation_date = %(observation_date)s and noted_at <= %(built_at)s;

-- name: raptor_maps/note_changed
-- A date of which a part was accepted, and on which one of the plants, or what was merged into it, may be in the file.
insert into raptor_maps.changed_day as c (observation_date, why, noted_at)
select
    %(observation_date)s,
    %(why)s,
    %(now_utc)s
where
    exists (
        select from raptor_maps.delivery as d
        where d.observation_date = %(observation_date)s and d.status = 'uploaded'
    )
    and exists (
        select from registry.sensor as s
        where s.plant_id = any(%(plant_ids)s::uuid[]) and s.raptor_sensor_type is not null
    )
on conflict (observation_date) do update
    set why = excluded.why, noted_at = excluded.noted_at;

-- name: raptor_maps/note_unwritten
-- A date that was to be sent and whose file could not be written.
insert into raptor_maps.changed_day (observation_date, why, noted_at)
values (%(observation_date)s, %(why)s, %(now_utc)s)
on conflict (observation_date) do update
    set why = excluded.why, noted_at = excluded.noted_at;

-- name: raptor_maps/undelivered
-- Days that a run was to send and the receiver has not accepted, oldest first.
select observation_date
from raptor_maps.undelivered
order by observation_date;
