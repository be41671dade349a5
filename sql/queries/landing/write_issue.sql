-- Notes what a run could not do or noticed.
insert into landing.run_issue (run_id, room, subject, energy_date, severity, message)
values (%(run_id)s, %(room)s, %(subject)s, %(energy_date)s, %(severity)s, %(message)s)
on conflict (run_id, room, subject, message) do nothing
