-- A day that was delivered and computed again since is built again: what the receiver holds may be out of date.

create table raptor_maps.changed_day (
    observation_date date primary key,
    why text not null,
    noted_at timestamptz not null
);
comment on table raptor_maps.changed_day is
'Delivered dates whose plants changed since: the next run that sends builds them again and sends the parts that differ.';
comment on column raptor_maps.changed_day.observation_date is 'Plant-local date.';
comment on column raptor_maps.changed_day.why is 'What changed, in words.';
comment on column raptor_maps.changed_day.noted_at is 'When that was noted last.';

create or replace view raptor_maps.undelivered as
select
    day.observation_date,
    (count(*) filter (where day.status <> 'changed'))::integer as parts,
    case
        when bool_or(day.status = 'failed') then 'failed'
        when bool_or(day.status = 'built') then 'built'
        else 'changed'
    end as status
from (
    select
        observation_date,
        status
    from raptor_maps.delivery
    where is_current and (status = 'failed' or (status = 'built' and is_to_send))
    union all
    select
        observation_date,
        'changed' as status
    from raptor_maps.changed_day
) as day
group by day.observation_date;
comment on view raptor_maps.undelivered is
'Plant-local dates with a part that a run was to send and that was not accepted since, or that changed since.';
comment on column raptor_maps.undelivered.parts is 'How many built parts of the date are not at the receiver.';
comment on column raptor_maps.undelivered.status is
'failed: the receiver refused a part; built: the run ended before a part was sent; changed: to be built again.';
