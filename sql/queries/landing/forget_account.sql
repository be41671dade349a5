-- Forgets host and account of a source.
delete from landing.source_account where source = %(source)s
