-- name: energy/stored_windows
-- What is stored in each window, in the order they are given: the instants and the values of its readings as they are
-- sent in binary, 8 bytes each, in order of time; NULL: nothing. One row a window, as rows cost the client's time.
-- The span of all windows is repeated as it is, which spares a look into every month.
select
    stored.instants,
    stored.measured
from
    unnest(%(sensor_ids)s::integer[], %(starts_utc)s::timestamptz[], %(ends_utc)s::timestamptz[])
    with ordinality as w (sensor_id, start_utc, end_utc, ordinal)
cross join
    lateral (
        select
            string_agg(timestamptz_send(r.period_start), ''::bytea order by r.period_start) as instants,
            string_agg(float8send(r.value), ''::bytea order by r.period_start) as measured
        from energy.reading as r
        where
            r.sensor_id = w.sensor_id
            and r.period_start >= w.start_utc
            and r.period_start < w.end_utc
            and r.period_start >= %(from_utc)s
            and r.period_start < %(to_utc)s
    ) as stored
order by w.ordinal;
