-- name: registry/sensors_of_plant
-- Equipment and sensors of a plant.
select
    e.name as equipment, e.equipment_type as type, s.name as sensor, s.source || ':' || s.source_sensor_id as id,
    s.quantity, s.source_unit as unit, s.sign,
    s.is_main as main, s.resolution, s.raptor_sensor_type as raptor_type, s.finding
from registry.equipment as e
left join registry.sensor as s using (equipment_id)
where e.plant_id = %(plant_id)s and e.is_present
order by e.name, s.name;
