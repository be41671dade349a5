-- What the golden values of plants were made from, so that they are made again only where that changed.

create table registry.plant_basis (
    plant_id uuid primary key references registry.plant (plant_id),
    digest bytea not null,
    zones text not null
);
comment on table registry.plant_basis is
'What the golden values of a plant were made from, if its records agree and nobody states any of them: as long as that is the same, they are not made again.';
comment on column registry.plant_basis.plant_id is 'Plant.';
comment on column registry.plant_basis.digest is 'Digest of what its records say, of the golden values made from it, and of the rules they were made by.';
comment on column registry.plant_basis.zones is 'Further time zones that its records name or lie in: they agree as long as these have the offsets of its own. Separated by spaces.';
