-- Weights of matching that were moved by what people decided about their own plants, and adopted.

create table registry.match_weights (
    weights_id integer generated always as identity primary key,
    base_version integer not null,
    weights jsonb not null,
    decisions integer not null,
    who text not null,
    why text,
    adopted_at timestamptz not null,
    withdrawn_at timestamptz,
    withdrawn_by text
);
comment on table registry.match_weights is
'Weights of matching that a person adopted; the newest that is not withdrawn counts, if it was fitted beside those that the package brings.';
comment on column registry.match_weights.weights_id is 'Number, in the order of adoption.';
comment on column registry.match_weights.base_version is 'Version of the weights of the package that they were moved from.';
comment on column registry.match_weights.weights is 'Log-odds by feature.';
comment on column registry.match_weights.decisions is 'How many decisions on pairs moved them.';
comment on column registry.match_weights.who is 'Who adopted them.';
comment on column registry.match_weights.why is 'Why.';
comment on column registry.match_weights.adopted_at is 'When.';
comment on column registry.match_weights.withdrawn_at is 'When they were taken back; NULL: they were not.';
comment on column registry.match_weights.withdrawn_by is 'Who took them back.';

alter table registry.record add column weights_id integer;
comment on column registry.record.weights_id is
'Adopted weights by which it came to its plant by name and place; NULL: those of the package, or another reason.';
