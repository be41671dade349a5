-- Free the name for another write in the same transaction.
drop table staged_sensor
