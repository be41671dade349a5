-- name: raptor_maps/write_day_sensor
-- Fills raptor_day_sensor in file order: the first 12 columns quoted once a sensor, and why a sensor is left out.
insert into raptor_day_sensor
with named_farm as (
    select
        w.plant_id,
        regexp_replace(coalesce(given.farm_id, p.plant_code), %(line_break)s, ' ', 'g') as farm_id,
        regexp_replace(p.name, %(line_break)s, ' ', 'g') as farm_name,
        w.zone,
        case
            when p.commissioned_at between '0001-01-01' and '9999-12-31'
                then to_char(p.commissioned_at, 'YYYY-MM-DD HH24:MI:SS')
        end as commissioned,
        p.latitude between -90 and 90 and p.longitude between -180 and 180 as has_place,
        p.latitude,
        p.longitude,
        w.start_utc,
        w.end_utc
    from raptor_day_window as w
    inner join registry.plant as p using (plant_id)
    left join lateral (
        select nullif(btrim(d.value), '') as farm_id
        from registry.decision as d
        inner join registry.plant_alias as a using (source, source_plant_id)
        where
            a.plant_id = w.plant_id
            and d.action = 'set'
            and d.field = 'farm_id'
            and d.undone_at is null
            and (d.valid_from is null or d.valid_from <= %(observation_date)s)
        order by d.decided_at desc, d.decision_id desc
        limit 1
    ) as given on true
),

farm as materialized (
    select
        f.*,
        concat_ws(
            ',',
            raptor_maps.csv_field(f.farm_id),
            raptor_maps.csv_field(f.farm_name),
            f.zone,
            coalesce(f.commissioned, ''),
            case when f.has_place then trim_scale(round(f.latitude::numeric, 7))::text else '' end,
            case when f.has_place then trim_scale(round(f.longitude::numeric, 7))::text else '' end
        ) as farm_columns
    from named_farm as f
),

documented as (
    select *
    from unnest(
        %(equipment_types)s::text[],
        %(raptor_equipment_types)s::text[],
        %(sensor_types)s::text[],
        %(units)s::text[],
        %(are_registers)s::boolean[]
    ) as t (equipment_type, raptor_equipment_type, sensor_type, unit, is_register)
),

sensor as materialized (
    select
        f.*,
        s.sensor_id,
        regexp_replace(s.name, %(line_break)s, ' ', 'g') as sensor_name,
        s.raptor_sensor_type,
        coalesce(s.sign, s.learned_sign, 1) as sign,
        e.equipment_id::text as equipment_id,
        regexp_replace(e.name, %(line_break)s, ' ', 'g') as equipment_name,
        d.raptor_equipment_type,
        coalesce(d.is_register, false) as is_register,
        s.resolution = interval '15 minutes' and f.zone = 'UTC' as is_quarter_hourly,
        case
            when s.raptor_sensor_type is null then 'of no Raptor Maps type'
            when e.doubted_since < f.end_utc then 'of a plant that is not certain'
            when not e.equipment_type = any(%(equipment_types)s) then 'on equipment of type ' || e.equipment_type
            when d.sensor_type is null then s.raptor_sensor_type || ' on equipment of type ' || e.equipment_type
            when s.is_reference or s.resolution > interval '15 minutes' then 'coarser than 15 minutes'
            when (s.unit is distinct from d.unit)
                then s.raptor_sensor_type || ' in ' || coalesce(s.unit, 'an unknown unit') || ' instead of ' || d.unit
            when d.is_register and not s.is_cumulative then s.raptor_sensor_type || ' that is no cumulative register'
        end as left_out
    from farm as f
    inner join registry.sensor as s using (plant_id)
    inner join registry.equipment as e using (equipment_id)
    left join documented as d
        on e.equipment_type = d.equipment_type and s.raptor_sensor_type = d.sensor_type
)

select
    row_number() over (order by s.farm_id collate "C", s.equipment_id collate "C", s.sensor_id::text collate "C"),
    s.sensor_id,
    s.start_utc,
    s.end_utc,
    s.zone,
    s.sign,
    s.is_register,
    s.is_quarter_hourly,
    convert_to(
        concat_ws(
            ',',
            s.farm_columns,
            s.equipment_id,
            raptor_maps.csv_field(s.equipment_name),
            s.raptor_equipment_type,
            s.sensor_id,
            raptor_maps.csv_field(s.sensor_name),
            s.raptor_sensor_type,
            ''
        ),
        'UTF8'
    ),
    convert_to(
        concat_ws(',', s.farm_id, s.equipment_id, s.raptor_equipment_type, s.sensor_id, s.raptor_sensor_type, s.zone),
        'UTF8'
    ),
    case
        when s.farm_name !~ '\S' then 'farm_name'
        when s.equipment_name !~ '\S' then 'equipment_name'
    end,
    s.left_out
from sensor as s
order by 1;
