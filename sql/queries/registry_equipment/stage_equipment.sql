-- A place for the devices as classified now.
create temp table staged_equipment (like registry.equipment) on commit drop
