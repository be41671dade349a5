-- A date whose file could not be written is to be built again as well.

comment on table raptor_maps.changed_day is
'Dates that the next run that sends builds again: delivered ones whose plants changed since, and those whose file could not be written.';
comment on column raptor_maps.changed_day.why is 'What changed or failed, in words.';
