-- One rejected field with its record's payload.
select * from quarantine.rejected_record where rejected_id = %(rejected_id)s
