-- name: energy/readings_of_day
-- Readings of one date, each plant's between its own midnights; the fixed bounds (UTC+14 to UTC-12) choose partitions.
select count(*)
from registry.plant as p
inner join registry.sensor as s using (plant_id)
inner join energy.reading as r
    on
        r.sensor_id = s.sensor_id
        and r.period_start >= %(day)s::date::timestamp at time zone p.timezone
        and r.period_start < (%(day)s::date + 1)::timestamp at time zone p.timezone
where
    r.period_start >= %(day)s::date::timestamp at time zone 'UTC' - interval '14 hours'
    and r.period_start < (%(day)s::date + 1)::timestamp at time zone 'UTC' + interval '12 hours';
