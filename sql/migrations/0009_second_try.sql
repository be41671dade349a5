-- Which streams may be had at another try, and how often a run has tried.

alter table landing.stream_run add column is_transient boolean not null default false;
alter table landing.stream_run add column tries integer not null default 1;
comment on column landing.stream_run.is_transient is
    'Whether the stream failed for a reason that may pass: no answer, 5xx, a listing that was cut.';
comment on column landing.stream_run.tries is
    'How often the run asked for the stream; 0: taken over from the run that it repeats, and not asked for yet.';
