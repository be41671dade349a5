-- Many bodies lie in one object of the archive.

alter table landing.fetch add column byte_offset bigint;
alter table landing.fetch add column byte_length bigint;
comment on column landing.fetch.object_key is 'Name of the object in the archive that holds the body.';
comment on column landing.fetch.byte_offset is
'Where the gzip member of the body begins in the object, in bytes; NULL: the object holds this body alone.';
comment on column landing.fetch.byte_length is
'Length of the gzip member of the body in the object, in bytes; NULL: the object holds this body alone.';
