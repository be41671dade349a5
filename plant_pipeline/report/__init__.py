"""What people read: the fleet report of a date, and the summary a run ends with."""
