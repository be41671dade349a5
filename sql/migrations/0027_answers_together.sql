-- Answers of one moment share a row of the ledger.

alter table landing.fetch add column answer_count integer;
comment on column landing.fetch.answer_count is
'How many answers of one moment the body holds, each a line of JSON with what it answers; NULL: it is a single answer.';
comment on column landing.fetch.path is
'Path of the request at the source, without host and query; of several answers what their paths begin with, and *.';
