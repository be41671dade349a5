-- name: quarantine/create_rejected_now
-- A place for the fields rejected now.
drop table if exists pg_temp.rejected_now;

create temp table rejected_now (
    record_key text,
    column_name text not null,
    check_name text not null,
    value text,
    payload jsonb not null,
    payload_sha256 text not null
) on commit drop;
