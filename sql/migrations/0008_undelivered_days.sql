-- Which days a run was to send and the receiver has not accepted.

alter table raptor_maps.delivery add column is_to_send boolean not null default false;
update raptor_maps.delivery set is_to_send = status <> 'built' or attempted_at is not null;
comment on column raptor_maps.delivery.is_to_send is
    'Whether a run was to send these bytes; false: built only (--no-upload, or no receiver configured).';

create view raptor_maps.undelivered as
select
    observation_date,
    count(*)::integer as parts,
    case when bool_or(status = 'failed') then 'failed' else 'built' end as status
from raptor_maps.delivery
where is_current and (status = 'failed' or (status = 'built' and is_to_send))
group by observation_date;
comment on view raptor_maps.undelivered is
    'Plant-local dates with a part that a run was to send and that was not accepted since.';
comment on column raptor_maps.undelivered.observation_date is 'Plant-local date.';
comment on column raptor_maps.undelivered.parts is 'How many parts of the date are not at the receiver.';
comment on column raptor_maps.undelivered.status is
    'failed: the receiver refused a part; built: the run ended before a part was sent.';
