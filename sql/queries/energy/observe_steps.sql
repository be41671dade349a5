-- name: energy/observe_steps
-- The spacing of series without a resolution: the median of the first spacings of their day.
update energy_series
set step = observed.step
from (
    select s.sensor_id, median.step
    from energy_series as s
    cross join
        lateral (
            select percentile_disc(0.5) within group (order by spaced.step) as step
            from (
                select first_readings.at_utc - lag(first_readings.at_utc) over (order by first_readings.at_utc) as step
                from (
                    select r.period_start as at_utc
                    from energy.reading as r
                    where
                        r.sensor_id = s.sensor_id
                        and r.period_start >= s.start_utc
                        and r.period_start <= s.end_utc
                        and r.period_start >= %(from_utc)s
                        and r.period_start < %(to_utc)s
                    order by r.period_start
                    limit 17
                ) as first_readings
            ) as spaced
        ) as median
    where s.step = interval '0'
) as observed
where energy_series.sensor_id = observed.sensor_id and observed.step is not null;
