-- What a record says and measures waits while it may be another plant than it was.

alter table registry.record add column waits_since timestamptz;
comment on column registry.record.waits_since is
'Since when what it says waits for a person to answer whether it is still the plant it was; NULL: nothing waits.';

alter table registry.equipment add column doubted_since timestamptz;
comment on column registry.equipment.doubted_since is
'Since when its record may be another plant: what it measures from then on is of no plant; NULL: there is no doubt.';
