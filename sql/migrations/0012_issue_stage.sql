-- An issue names the stage of the pipeline that noted it: "room" is a word for the code, not for its operators.

alter table landing.run_issue rename column room to stage;
comment on column landing.run_issue.stage is 'Part of the pipeline that noted it, such as readings or energy.';

-- PostgreSQL 18 names constraints of this kind, earlier ones do not.
do $$ begin
    if exists (select from pg_constraint where conname = 'run_issue_room_not_null') then
        alter table landing.run_issue rename constraint run_issue_room_not_null to run_issue_stage_not_null;
    end if;
end $$;
