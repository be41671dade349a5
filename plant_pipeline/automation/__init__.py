"""When things run by themselves and who is told: jobs, schedules, sensors, alerts."""
