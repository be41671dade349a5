-- People declare that a meter was exchanged: a decision about a sensor instead of a record.

alter table registry.decision add column sensor text;
alter table registry.decision add column valid_at timestamptz;
alter table registry.decision add column last_value double precision;
alter table registry.decision add column first_value double precision;

comment on table registry.decision is
    'What people decided about plants and meters; the newest that is not undone is in force.';
comment on column registry.decision.action is
    'What was decided: link, unlink, reject, set, retire, not_a_plant or meter_change.';
comment on column registry.decision.source is 'System of the record it is about; NULL: about a sensor.';
comment on column registry.decision.source_plant_id is 'Id of the record it is about; NULL: about a sensor.';
comment on column registry.decision.sensor is
    'Sensor it is about, system and its id there with a colon between; NULL: about records.';
comment on column registry.decision.valid_at is 'When the meter was exchanged; NULL: no meter was.';
comment on column registry.decision.last_value is
    'What the old meter showed last, in the sensor''s unit at its source; NULL: not stated.';
comment on column registry.decision.first_value is
    'What the new meter showed first, in the sensor''s unit at its source; NULL: not stated.';
