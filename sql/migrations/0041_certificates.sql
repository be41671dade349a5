-- When the certificates end by which plants are in touch with a source.

create view voke.certificate_shape as
select
    id as source_plant_id,
    certificate_expires_at as ends_at
from voke.plant
where is_present and certificate_expires_at is not null;
comment on view voke.certificate_shape is 'Certificates in the shape that all sources share.';
comment on column voke.certificate_shape.source_plant_id is 'Id at the source of the record that it belongs to.';
comment on column voke.certificate_shape.ends_at is 'When it ends.';

create or replace function registry.join_shapes() returns void
language plpgsql
as $$
begin
    execute format(
        'create or replace view registry.forecast as '
        'select a.plant_id, a.source, a.source_plant_id, f.period_end, f.retrieved_at, f.energy_kwh, '
        'case when not a.is_present then a.last_seen_at end as listed_until '
        'from (%s) as f inner join registry.plant_alias as a using (source, source_plant_id) '
        'where not a.is_duplicate',
        registry.joined_shape('forecast_shape', 'source_plant_id, period_end, retrieved_at, energy_kwh')
    );
    execute format(
        'create or replace view registry.status_sample as '
        'select a.plant_id, a.source, a.source_plant_id, s.sampled_at, s.is_connected '
        'from (%s) as s inner join registry.plant_alias as a using (source, source_plant_id) '
        'where not a.is_duplicate',
        registry.joined_shape('status_sample_shape', 'source_plant_id, sampled_at, is_connected')
    );
    execute format(
        'create or replace view registry.energy_sample as '
        'select a.plant_id, a.source, a.source_plant_id, s.sampled_at, s.energy_date, s.produced_kwh, '
        's.imported_kwh, s.exported_kwh, s.self_consumption_pct '
        'from (%s) as s inner join registry.plant_alias as a using (source, source_plant_id) '
        'where not a.is_duplicate',
        registry.joined_shape(
            'energy_sample_shape',
            'source_plant_id, sampled_at, energy_date, produced_kwh, imported_kwh, exported_kwh, self_consumption_pct'
        )
    );
    execute format(
        'create or replace view registry.unavailability as '
        'select a.plant_id, a.source, a.source_plant_id, u.begins_at, u.ends_at, u.available_kw, u.kind, u.remarks '
        'from (%s) as u inner join registry.plant_alias as a using (source, source_plant_id)',
        registry.joined_shape(
            'unavailability_shape', 'source_plant_id, begins_at, ends_at, available_kw, kind, remarks'
        )
    );
    execute format(
        'create or replace view registry.source_group as '
        'select a.plant_id, a.source, a.source_plant_id, g.group_code '
        'from (%s) as g inner join registry.plant_alias as a using (source, source_plant_id)',
        registry.joined_shape('group_shape', 'source_plant_id, group_code')
    );
    execute format(
        'create or replace view registry.certificate as '
        'select a.plant_id, a.source, a.source_plant_id, c.ends_at '
        'from (%s) as c inner join registry.plant_alias as a using (source, source_plant_id)',
        registry.joined_shape('certificate_shape', 'source_plant_id, ends_at')
    );
end
$$;

do $$ begin
    perform registry.join_shapes();
end $$;

comment on view registry.certificate is 'Certificates by which plants are in touch with sources, of every source.';
comment on column registry.certificate.plant_id is 'Plant.';
comment on column registry.certificate.source is 'System that it is shown to.';
comment on column registry.certificate.source_plant_id is 'Id at the source of the record that it belongs to.';
comment on column registry.certificate.ends_at is 'When it ends.';
