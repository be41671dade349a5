-- Stretches of daylight, in seconds since 1970, to the plants' days.
update energy_day
set daylight = sun.daylight, bright_from_utc = sun.bright_from_utc, bright_until_utc = sun.bright_until_utc
from (
    select
        plant_id,
        range_agg(tstzrange(rise_utc, set_utc)) as daylight,
        (array_agg(rise_utc order by set_utc - rise_utc desc))[1] as bright_from_utc,
        (array_agg(set_utc order by set_utc - rise_utc desc))[1] as bright_until_utc
    from (
        select plant_id, to_timestamp(rise_s) as rise_utc, to_timestamp(set_s) as set_utc
        from
            unnest(%(plant_ids)s::uuid[], %(rises_s)s::double precision[], %(sets_s)s::double precision[])
                as t (plant_id, rise_s, set_s)
    ) as stretch
    group by plant_id
) as sun
where energy_day.plant_id = sun.plant_id
