-- Remembers host and account of a source.
insert into landing.source_account (source, host, account) values (%(source)s, %(host)s, %(account)s)
on conflict (source) do update set host = excluded.host, account = excluded.account
where (landing.source_account.host, landing.source_account.account) is distinct from (excluded.host, excluded.account)
