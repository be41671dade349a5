-- name: access/missing_roles
-- Statements that make the two roles: without login, whoever logs in is a member of one of them.
select format('create role %%I nologin', role) as statement
from unnest(array['etl_rw', 'bi_ro']) as role
where not exists (
    select from pg_catalog.pg_roles
    where rolname = role
);
