-- The sensors that can tell energy: of meters, of inverters and turbines, and what is exchanged with the grid.
insert into energy_series (
    sensor_id, plant_id, equipment_id, equipment_type, equipment_name, position, quantity, kind, method,
    is_main, is_check, is_present, sign, step, wh_per_unit_s, highest_rise_wh,
    start_utc, end_utc, bright_from_utc, bright_until_utc
)
select
    s.sensor_id,
    s.plant_id,
    s.equipment_id,
    e.equipment_type,
    e.name,
    row_number() over (order by e.source, length(e.source_asset_id), e.source_asset_id collate "C", s.sensor_id),
    s.quantity,
    k.kind,
    case
        when s.quantity = 'ac_power' then 'power_integral'
        when s.quantity = 'production_energy' and k.kind = 'register' then 'register_difference'
        when s.quantity = 'production_energy' then 'interval_energy'
    end,
    s.is_main,
    coalesce(s.finding = %(check_meter)s::text, false),
    s.is_present and e.is_present,
    s.sign,
    s.resolution,
    1 / case when s.unit = 'W' or k.kind = 'register' then 3600 else date_part('epoch', s.resolution) end,
    case
        when s.quantity = 'production_energy' then coalesce(d.capacity_kw * 1000 * %(highest_share)s, 'infinity') -- Wh/h
        else 'infinity'
    end,
    d.start_utc,
    d.end_utc,
    d.bright_from_utc - s.resolution / 2, -- an interval is bright if its middle is
    d.bright_until_utc - s.resolution / 2
from energy_day as d
inner join registry.sensor as s using (plant_id)
inner join registry.equipment as e using (equipment_id)
cross join lateral (
    select
        case
            when s.unit = 'Wh' and s.is_cumulative then 'register'
            when s.resolution > interval '0' then 'interval'
            when s.unit = 'W' then 'instant'
        end as kind
) as k
where
    d.start_utc is not null
    and not s.is_reference
    and s.resolution < interval '1 day'
    and k.kind is not null
    and case
        when s.quantity = 'ac_power' and s.unit = 'W' or s.quantity = 'production_energy' and s.unit = 'Wh'
            then
                s.is_main
                or e.equipment_type in ('inverter', 'turbine')
                or e.equipment_type = 'meter' and s.finding is distinct from %(partial_meter)s::text
        when s.quantity = 'grid_power' and s.unit = 'W' or s.quantity in ('import_energy', 'export_energy') and s.unit = 'Wh'
            then s.is_main or e.equipment_type in ('meter', 'other')
    end
order by s.sensor_id
