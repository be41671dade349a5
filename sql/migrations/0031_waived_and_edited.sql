-- Who let a rejected record be, and why; and what the migrations of installed sources were when they were applied.

alter table quarantine.rejected_record
add column waived_by text,
add column waived_why text,
add column waived_at timestamptz;
comment on column quarantine.rejected_record.waived_by is 'Who let it be; NULL if nobody did, or before that was noted.';
comment on column quarantine.rejected_record.waived_why is 'Why, in their words; NULL if they gave no reason.';
comment on column quarantine.rejected_record.waived_at is 'When they did, UTC.';

create table landing.source_migration (
    migration_id text primary key,
    sha256 text not null,
    noted_at timestamptz not null
);
comment on table landing.source_migration is
'Migrations that installed sources brought, as they were when they were applied here.';
comment on column landing.source_migration.migration_id is 'The schema of the source and the name of the file, as suncloud/0001_plants.';
comment on column landing.source_migration.sha256 is 'SHA-256 of the file, in hexadecimal digits.';
comment on column landing.source_migration.noted_at is 'When it was noted, UTC.';
