-- name: energy/reading_arrays
-- The readings of each series between its two instants, in order of time: labels and values in PostgreSQL's binary
-- format, eight bytes each, which is sent faster than arrays are. Labels are NULL where they are those of the series
-- before: most are read at the same instants, and are sent once. The constant bounds choose the partitions.
select
    nullif(a.labels, lag(a.labels) over (order by a.place)) as labels,
    a.vals
from (
    select
        s.place,
        n.labels,
        n.vals
    from
        unnest(%(sensor_ids)s::float8[]::integer[], %(starts_s)s::float8[], %(ends_s)s::float8[])
        with ordinality as s (sensor_id, start_s, end_s, place)
    cross join
        lateral (
            select
                coalesce(string_agg(timestamptz_send(r.period_start), ''), '') as labels,
                coalesce(string_agg(float8send(r.value), ''), '') as vals
            from (
                select
                    r.period_start,
                    r.value
                from energy.reading as r
                where
                    r.sensor_id = s.sensor_id
                    and r.period_start >= to_timestamp(s.start_s)
                    and r.period_start <= to_timestamp(s.end_s)
                    and r.period_start >= %(from_utc)s
                    and r.period_start < %(to_utc)s
                order by r.period_start
            ) as r
        ) as n
) as a
order by a.place;
