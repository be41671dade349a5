-- name: access/take_over
-- Statements by which this database becomes that of etl_rw: who runs them may hand things over to it, and nobody else
-- makes anything here, temporary tables included.
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
where not (place = 1 and pg_has_role(current_user, 'etl_rw', 'member'))
order by place;
