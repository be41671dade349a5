-- Who took a decision back, and why.

alter table registry.decision add column undone_by text;
alter table registry.decision add column undone_why text;
comment on column registry.decision.undone_by is 'Who took the decision back; NULL while it is in force.';
comment on column registry.decision.undone_why is 'Why it was taken back, in the words of whoever did.';
