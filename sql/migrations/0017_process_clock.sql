-- Every instant comes from the clock of the process that writes it, never from the database's.

alter table landing.source_account alter column first_run_at drop default;
alter table landing.stream_run alter column finished_at drop default;
alter table quarantine.rejected_record alter column rejected_at drop default;
alter table quarantine.rejected_record alter column last_seen_at drop default;
alter table registry.plant_history_superseded alter column superseded_at drop default;
alter table registry.decision alter column decided_at drop default;
