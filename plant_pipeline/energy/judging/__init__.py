"""Which readings of one series stand: limits of power, and the course of a counter. Pure, from plain arrays."""
