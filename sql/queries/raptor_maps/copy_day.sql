-- One row a sensor, in file order: the common prefix, and `time,value` of each quarter hour, one a line.
copy (
    select
        s.ordinal,
        s.prefix,
        s.content_key,
        s.lacking,
        quarter.lines,
        quarter.row_count,
        quarter.without_value
    from (select * from raptor_day_sensor where left_out is null order by ordinal) as s
    cross join lateral (
        select
            convert_to(
                string_agg(
                    q.start_local::text || ',' || case
                        -- up to here a double holds every thousandth, and its text has no exponent; + 0 turns -0 into 0
                        when q.value between -9e12 and 9e12 then (round(q.value * 1000) / 1000 + 0)::text
                        else trim_scale(round(q.value::numeric, 3))::text
                    end,
                    E'\n' order by q.start_local
                ),
                'UTF8'
            ) as lines,
            count(q.value) as row_count,
            count(*) - count(q.value) as without_value
        from (
            select
                t.start_local,
                case when s.is_register then max(t.value) else sum(t.value) / count(t.value) end as value
            from (
                select
                    date_bin('15 minutes', case
                            when s.zone = 'UTC' then r.period_start at time zone interval '0' -- a subtraction, no rules
                            else r.period_start at time zone s.zone
                        end, '2000-01-01') as start_local,
                    case when r.value between -1e300 and 1e300 then r.value * s.sign end as value -- drops NaN and infinity
                from energy.reading as r
                where
                    r.sensor_id = s.sensor_id
                    and r.period_start >= s.start_utc
                    and r.period_start < s.end_utc
                    and r.period_start >= %(from_utc)s
                    and r.period_start < %(to_utc)s
                order by r.period_start -- sums are taken in order of time: same data, same bytes
            ) as t
            group by t.start_local
        ) as q
    ) as quarter
) to stdout (format binary)
