-- name: access/take_over
-- Statements by which this database becomes that of etl_rw: who runs them may hand things over to it (who made a role
-- may not yet, since PostgreSQL 16), and nobody else makes anything here, temporary tables included.
select statement
from (
    values
    (1, format('grant etl_rw to %%I', current_user)),
    (2, format('revoke create, temporary on database %%I from public', current_database())),
    (3, format('grant connect, create, temporary on database %%I to etl_rw', current_database())),
    (4, format('grant connect on database %%I to bi_ro', current_database())),
    (5, 'revoke create on schema public from public'),
    (6, 'grant usage, create on schema public to etl_rw'),
    (7, 'alter schema landing owner to etl_rw')
) as statements (place, statement)
where place > 1 or current_setting('is_superuser') = 'off'
order by place;
