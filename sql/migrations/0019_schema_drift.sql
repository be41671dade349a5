-- Fields that come otherwise than documented, and what a record can do without.

create table quarantine.schema_drift (
    source text not null,
    entity text not null,
    column_name text not null,
    kind text not null check (kind in ('type', 'null', 'unknown_value', 'extra_field', 'missing_field')),
    documented text,
    seen text,
    records integer not null,
    of_records integer not null,
    is_kept boolean not null,
    run_id text not null,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    primary key (source, entity, column_name, kind)
);
comment on table quarantine.schema_drift is 'Fields that differ from their document: a row per field and kind of difference.';
comment on column quarantine.schema_drift.source is 'System the records came from: ravenwits, voke or flexmeasures.';
comment on column quarantine.schema_drift.entity is 'Stream the records came in.';
comment on column quarantine.schema_drift.column_name is
    'Column that the field fills; of an extra field, its name in the API.';
comment on column quarantine.schema_drift.kind is
    'type: it cannot be read as documented; null: it is empty where the document has a value; unknown_value: outside of '
    'the documented values or of what can be; extra_field: no document has it; missing_field: it is not there.';
comment on column quarantine.schema_drift.documented is 'What the document says it is; NULL: nothing.';
comment on column quarantine.schema_drift.seen is
    'What came, as its JSON type and, where it can hold no secret, a value; NULL: nothing came.';
comment on column quarantine.schema_drift.records is 'In how many records of the latest listing that had it.';
comment on column quarantine.schema_drift.of_records is 'How many records that listing had.';
comment on column quarantine.schema_drift.is_kept is 'Whether the value stays as it came; else it was taken as not known.';
comment on column quarantine.schema_drift.run_id is 'Run that saw it last.';
comment on column quarantine.schema_drift.first_seen_at is 'When it was first seen.';
comment on column quarantine.schema_drift.last_seen_at is 'When it was last seen.';

comment on column quarantine.rejected_record.payload is 'Whole record as last received.';
comment on column quarantine.rejected_record.payload_sha256 is
    'SHA-256 of the fields that decide on the record, hexadecimal: equal ones are counted, not stored again, whatever '
    'else of the record changes from night to night.';

-- A bad value of these is taken as not known.
alter table ravenwits.plant alter column area drop not null;
alter table voke.plant alter column type drop not null;
alter table voke.sub_device alter column type drop not null;
alter table voke.certificate_stats alter column at_risk_plants drop not null;
