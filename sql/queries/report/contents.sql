-- name: report/contents
-- What a warehouse says of plants and their days, a row per table: the same for two warehouses that say the same. Left
-- out is what differs without meaning: instants, runs, numbers that rows were given in the order in which they came,
-- and until when the course of a sensor was last learned anew.
with named_sensor as (
    select
        sensor_id,
        source || ' ' || source_sensor_id as sensor_name
    from registry.sensor
),

content as (
    select
        'registry.plant' as table_name,
        to_jsonb(p) - '{first_seen_at,updated_at,retired_at}'::text[] as said
    from registry.plant as p
    union all
    select
        'registry.plant_field',
        to_jsonb(f) - 'observed_at'
    from registry.plant_field as f
    union all
    select
        'registry.plant_alias',
        to_jsonb(a) - '{first_seen_at,last_seen_at}'::text[]
    from registry.plant_alias as a
    union all
    select
        'registry.not_a_plant',
        to_jsonb(n)
    from registry.not_a_plant as n
    union all
    select
        'registry.equipment',
        to_jsonb(e) - 'doubted_since'
    from registry.equipment as e
    union all
    select
        'registry.sensor',
        to_jsonb(s) - '{sensor_id,learned_until}'::text[]
    from registry.sensor as s
    union all
    select
        'energy.reading',
        jsonb_build_array(n.sensor_name, extract(epoch from r.period_start), r.value)
    from energy.reading as r
    inner join named_sensor as n using (sensor_id)
    union all
    select
        'energy.reading_flag',
        jsonb_build_array(n.sensor_name, extract(epoch from r.period_start), r.flag)
    from energy.reading_flag as r
    inner join named_sensor as n using (sensor_id)
    union all
    select
        'energy.sensor_daily',
        to_jsonb(d) - '{sensor_id,run_id,computed_at}'::text[] || jsonb_build_object('sensor', n.sensor_name)
    from energy.sensor_daily as d
    inner join named_sensor as n using (sensor_id)
    union all
    select
        'energy.plant_daily',
        to_jsonb(d) - '{run_id,computed_at}'::text[]
    from energy.plant_daily as d
    union all
    select
        'energy.plant_daily_candidate',
        to_jsonb(c) - '{run_id,computed_at,sensor_ids}'::text[] || jsonb_build_object(
            'sensors', array(
                select n.sensor_name from named_sensor as n
                where n.sensor_id = any(c.sensor_ids)
                order by n.sensor_name
            )
        )
    from energy.plant_daily_candidate as c
    union all
    select
        'kpi.plant_daily',
        to_jsonb(k) - '{run_id,computed_at}'::text[]
    from kpi.plant_daily as k
    union all
    select
        'kpi.portfolio_daily',
        to_jsonb(k)
    from kpi.portfolio_daily as k
    union all
    select
        'raptor_maps.delivery',
        jsonb_build_array(d.observation_date, d.part, d.parts, d.row_count, d.status, d.sha256)
    from raptor_maps.delivery as d
    where d.is_current
)

select
    table_name,
    count(*)::integer as row_count,
    md5(string_agg(said::text, e'\n' order by said::text collate "C")) as checksum
from content
group by table_name
order by table_name;
