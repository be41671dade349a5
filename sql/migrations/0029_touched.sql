-- What the registry learned about the past of a plant is told to whoever computes from it.

create table registry.touched (
    touched_id bigint generated always as identity primary key,
    plant_id uuid not null,
    from_utc timestamptz,
    to_utc timestamptz,
    why text not null,
    touched_at timestamptz not null
);
comment on table registry.touched is
'Stretches of time for which a plant is no longer what it was taken for: what was computed of them is to be computed again.';
comment on column registry.touched.touched_id is 'Number of the row, rising.';
comment on column registry.touched.plant_id is 'Plant, also one that has no records any more.';
comment on column registry.touched.from_utc is 'Since when it differs; NULL: since its beginning.';
comment on column registry.touched.to_utc is 'Until when it differs; NULL: until now.';
comment on column registry.touched.why is 'What changed, in words.';
comment on column registry.touched.touched_at is 'When that became known.';
