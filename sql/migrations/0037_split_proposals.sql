-- A record that describes another plant under the id it had becomes a question for a person, and what it says waits.

alter table registry.match_proposal add column kind text not null default 'match'
check (kind in ('match', 'split', 'part_of'));
comment on column registry.match_proposal.kind is
'match: is the record that plant? split: is it still, or did its id become another plant''s? part_of: is it a part of it?';

alter table registry.record add column doubted_since timestamptz;
comment on column registry.record.doubted_since is
'When its source began to describe another plant under its id; NULL: it is the plant that it was.';
