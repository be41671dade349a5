-- An empty warehouse of two roles and two users: plant_pipeline works as etl_rw, which owns all that it makes; bi reads
-- results as bi_ro. As superuser, connected to the database; the passwords stand in files below SECRETS (/run/secrets).
\set ON_ERROR_STOP on
\set etl_password `cat "${SECRETS:-/run/secrets}/etl_password"`
\set bi_password `cat "${SECRETS:-/run/secrets}/bi_password"`
select current_database() as warehouse \gset

select format('create role %I nologin', role) from unnest(array['etl_rw', 'bi_ro']) as role
where not exists (select from pg_roles where rolname = role) \gexec
create role plant_pipeline login password :'etl_password' in role etl_rw;
create role bi login password :'bi_password' in role bi_ro;
alter role plant_pipeline set role = etl_rw;

revoke create, temporary on database :"warehouse" from public;
grant connect, create, temporary on database :"warehouse" to etl_rw;
grant connect on database :"warehouse" to bi_ro;
revoke create on schema public from public;
grant usage, create on schema public to etl_rw;
