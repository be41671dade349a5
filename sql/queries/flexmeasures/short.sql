-- name: flexmeasures/plant_assets
-- Assets that are plants of the registry and still listed.
select
    a.id::text as id,
    a.name
from flexmeasures.asset as a
inner join registry.plant_alias as p on p.source = 'flexmeasures' and a.id::text = p.source_plant_id
where a.is_present
order by a.id;

-- name: flexmeasures/sensors_to_watch
-- Sensors that energy is computed from, of plants whose latest day since a date is not known whole.
with latest as (
    select distinct on (plant_id)
        plant_id,
        produced_kwh,
        coverage
    from energy.plant_daily
    where energy_date >= %(from_date)s
    order by plant_id, energy_date desc
)

select s.source_sensor_id as id
from registry.sensor as s
inner join latest as d using (plant_id)
where
    s.source = 'flexmeasures'
    and s.is_present
    and not s.is_reference
    and s.quantity in ('ac_power', 'production_energy')
    and (d.produced_kwh is null or d.coverage < 1)
order by s.sensor_id;
