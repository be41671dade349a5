-- name: energy/samples_of_day
-- Samples of the energy of plants' records between two instants, in order of time: arrays of equal length by record.
--
-- Of a plant with any sample every record of that source counts: one without has arrays of a single NULL.
with sample as (
    select *
    from registry.energy_sample
    where
        plant_id = any(%(plant_ids)s::uuid[])
        and sampled_at >= %(from_utc)s
        and sampled_at < %(to_utc)s
)

select
    a.plant_id,
    a.source,
    a.source_plant_id,
    p.part_id,
    array_agg(date_part('epoch', s.sampled_at) order by s.sampled_at) as at_s,
    array_agg(date_part('epoch', s.energy_date) order by s.sampled_at) as midnight_s,
    array_agg(s.produced_kwh order by s.sampled_at) as produced_kwh,
    array_agg(s.imported_kwh order by s.sampled_at) as imported_kwh,
    array_agg(s.exported_kwh order by s.sampled_at) as exported_kwh,
    array_agg(s.self_consumption_pct order by s.sampled_at) as self_consumption_pct
from registry.plant_alias as a
inner join (select distinct plant_id, source from sample) as sampled using (plant_id, source)
left join sample as s using (plant_id, source, source_plant_id)
left join registry.plant_part as p using (plant_id, source, source_plant_id)
left join registry.record as r using (source, source_plant_id)
where
    not a.is_duplicate
    and (r.waits_since is null or r.waits_since >= %(from_utc)s + interval '2 days')
group by a.plant_id, a.source, a.source_plant_id, p.part_id
order by a.plant_id, a.source, a.source_plant_id;
