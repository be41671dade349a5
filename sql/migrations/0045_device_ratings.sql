-- Rated power of single devices, as their sources document it: a limit of what their meters may show.

alter table registry.equipment add column capacity_ac_kw double precision;
comment on column registry.equipment.capacity_ac_kw is
'Rated power at the AC side as the source documents it for this device, kW; NULL: not documented.';
