-- name: report/irradiance_of_day
-- Mean irradiance of some sensors in each quarter of an hour from the begin of a window, without readings left out.
select
    floor(extract(epoch from r.period_start - %(begins_utc)s::timestamptz) / 900)::integer as quarter,
    avg(r.value) as w_per_m2
from energy.reading as r
where
    r.sensor_id = any(%(sensor_ids)s::integer[])
    and r.period_start >= %(begins_utc)s and r.period_start < %(ends_utc)s
    and not exists (
        select from energy.reading_flag as f
        where f.sensor_id = r.sensor_id and f.period_start = r.period_start
    )
group by quarter
order by quarter;
