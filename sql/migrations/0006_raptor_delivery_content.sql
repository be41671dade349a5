-- What tells a change of data from a change of names, an unanswered upload from one that never began, and the parts of
-- today's build from older ones; and the text of a field and of a number.
alter table raptor_maps.delivery add column content_sha256 text;
alter table raptor_maps.delivery add column attempted_at timestamptz;
alter table raptor_maps.delivery add column is_current boolean not null default true;
comment on column raptor_maps.delivery.content_sha256 is
    'Hash over the whole day without names, places and commissioning dates; equal: no data changed.';
comment on column raptor_maps.delivery.attempted_at is
    'When the last upload of these bytes began; with no http_status its outcome is not known.';
comment on column raptor_maps.delivery.is_current is
    'Whether the row is a part of the day as last built; false: replaced by other bytes.';

create function raptor_maps.csv_field(value text) returns text
language sql immutable parallel safe
return case
    when strpos(value, ',') > 0 or strpos(value, '"') > 0 then '"' || replace(value, '"', '""') || '"'
    else coalesce(value, '')
end;
comment on function raptor_maps.csv_field is 'A text without line breaks as a CSV field: quoted only where it must be.';

create function raptor_maps.value_text(value double precision) returns text
language sql immutable parallel safe
return case
    -- Up to here a double holds every thousandth, and its text has no exponent; + 0 turns -0 into 0.
    when value between -9e12 and 9e12 then (round(value * 1000) / 1000 + 0)::text
    when value between -1e300 and 1e300 then trim_scale(round(value::numeric, 3))::text
end;
comment on function raptor_maps.value_text is 
    'A number with at most 3 decimals, without exponent or negative zero; NULL for what is no number.';
