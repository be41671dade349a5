-- Host and account a source had at its first sync.
select host, account from landing.source_account where source = %(source)s
