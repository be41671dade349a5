-- name: landing/table_columns
-- Columns of one table as the catalogue has them.
select
    a.attname as column_name,
    format_type(a.atttypid, a.atttypmod) as data_type,
    not a.attnotnull as is_nullable,
    col_description(a.attrelid, a.attnum) as description
from pg_attribute as a
inner join pg_class as c on c.oid = a.attrelid
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = %(schema)s and c.relname = %(name)s and a.attnum > 0 and not a.attisdropped
order by a.attnum;
