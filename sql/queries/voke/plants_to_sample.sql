-- name: voke/plants_to_sample
-- Plants whose energy nothing else tells: without a sensor of production, or whose sensors told no day of late.
select
    v.id,
    v.name
from voke.plant as v
inner join registry.plant_alias as a on a.source = 'voke' and v.id = a.source_plant_id
inner join registry.plant as p using (plant_id)
where
    v.is_present
    and p.status = 'active'
    and not a.is_duplicate
    and (
        not exists (
            select from registry.sensor as s
            where
                s.plant_id = a.plant_id
                and s.is_present
                and not s.is_reference
                and s.quantity in ('ac_power', 'production_energy')
        )
        or exists (
            select from energy.plant_daily as d
            where d.plant_id = a.plant_id and d.energy_date >= %(from_date)s
            having
                count(*) > 0 and count(*) filter (where d.produced_kwh is not null and d.method <> 'voke_sampled') = 0
        )
    )
order by v.id;
