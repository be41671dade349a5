-- A line taken out of the crosswalk file is no longer in force.

alter table registry.decision add column from_crosswalk boolean not null default false;
comment on column registry.decision.from_crosswalk is
'Whether a line of the crosswalk file says it: it is undone by `crosswalk` once the line is taken out.';
