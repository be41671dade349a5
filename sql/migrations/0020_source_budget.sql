-- How often each source may be asked, shared by all runs; and the query of each request.

create table landing.source_budget (
    source text primary key,
    paused_until timestamptz,
    limit_calls integer,
    limit_window_s double precision,
    budget jsonb not null,
    changed_at timestamptz not null
);
comment on table landing.source_budget is
'What all runs share on how often a source is asked: one row per source that was asked.';
comment on column landing.source_budget.source is 'ravenwits, voke or flexmeasures.';
comment on column landing.source_budget.paused_until is 'No call is made before then; NULL if the source has never asked to wait.';
comment on column landing.source_budget.limit_calls is
'Calls permitted in any limit_window_s, as learned from refusals; NULL if none was learned.';
comment on column landing.source_budget.limit_window_s is 'Length in s of the window of limit_calls.';
comment on column landing.source_budget.budget is
'The whole of what is remembered of calls, refusals and runs that gave up; instants in seconds since 1970.';
comment on column landing.source_budget.changed_at is 'When the row was last written, UTC.';

alter table landing.fetch add column query text;
comment on column landing.fetch.query is
'Query of the request as sent, without secrets; NULL if it had none, or was made before queries were kept.';
