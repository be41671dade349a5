-- Devices of a record that is in no plant any more, as a person took their word back, are of no plant either.
alter table registry.equipment alter column plant_id drop not null;
alter table registry.sensor alter column plant_id drop not null;

comment on column registry.equipment.plant_id is 'Plant it stands in; NULL: its record is in no plant any more.';
comment on column registry.sensor.plant_id is 'Plant of its device; NULL: the record is in no plant any more.';
