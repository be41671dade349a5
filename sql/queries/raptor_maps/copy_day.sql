-- name: raptor_maps/copy_day
-- One row a sensor, in file order: the common prefix, and of each quarter hour its begin (8 bytes, µs since 2000, as
-- timestamps are sent) and its value (one a line). The begins are spelled by who reads this: most sensors share them.
-- A sensor whose readings are one a quarter hour, each on its start, has nothing to average: `single`, a sixth faster.
-- All others go through `averaged`. Readings come in order of time, so that sums, and bytes, are the same in every run.
copy (
    select
        s.ordinal,
        s.prefix,
        s.content_key,
        s.lacking,
        case when single.is_exact then single.begins else averaged.begins end,
        convert_to(case when single.is_exact then single.measured else averaged.measured end, 'UTF8'),
        case when single.is_exact then single.row_count else averaged.row_count end,
        case when single.is_exact then 0 else averaged.without_value end
    from (
        select * from raptor_day_sensor
        where left_out is null
        order by ordinal
    ) as s
    cross join
        lateral (
            select
                string_agg(timestamptz_send(r.period_start), ''::bytea order by r.period_start) as begins,
                string_agg(raptor_maps.value_text(r.value * s.sign), E'\n' order by r.period_start) as measured,
                count(*) as row_count,
                bool_and(
                    r.period_start = date_bin('15 minutes', r.period_start, '2000-01-01')
                    and r.value between -1e300 and 1e300
                ) as is_exact
            from energy.reading as r
            where
                s.is_quarter_hourly
                and r.sensor_id = s.sensor_id
                and r.period_start >= s.start_utc
                and r.period_start < s.end_utc
                and r.period_start >= %(from_utc)s
                and r.period_start < %(to_utc)s
        ) as single
    cross join lateral (
        select
            string_agg(
                case when q.value is not null then timestamp_send(q.start_local) end, ''::bytea order by q.start_local
            ) as begins,
            string_agg(raptor_maps.value_text(q.value), E'\n' order by q.start_local) as measured,
            count(q.value) as row_count,
            count(*) - count(q.value) as without_value
        from (
            select
                r.start_local,
                case when s.is_register then max(r.value) else sum(r.value) / count(r.value) end as value
            from (
                select
                    date_bin(
                        '15 minutes',
                        case
                            when s.zone = 'UTC' then r.period_start at time zone interval '0' -- spares a look-up
                            else r.period_start at time zone s.zone
                        end,
                        '2000-01-01'
                    ) as start_local,
                    case when r.value between -1e300 and 1e300 then r.value * s.sign end as value -- or no number
                from energy.reading as r
                where
                    single.is_exact is not true
                    and r.sensor_id = s.sensor_id
                    and r.period_start >= s.start_utc
                    and r.period_start < s.end_utc
                    and r.period_start >= %(from_utc)s
                    and r.period_start < %(to_utc)s
                order by r.period_start
            ) as r
            group by r.start_local
        ) as q
    ) as averaged
) to stdout (format binary); -- noqa: PRS
