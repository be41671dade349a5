-- What retention has removed from the tables that days are computed from: such days are never computed again.

create table landing.removed (
    kind text primary key check (kind in ('reading', 'forecast', 'sample')),
    before_date date not null,
    removed_at timestamptz not null
);
comment on table landing.removed is 'What is no longer kept of what plant-local days are computed from.';
comment on column landing.removed.kind is 'reading (energy.reading), forecast or sample (tables of the sources).';
comment on column landing.removed.before_date is 'Nothing of this kind is kept of plant-local dates before this one.';
comment on column landing.removed.removed_at is 'When that was last so decided, UTC.';
