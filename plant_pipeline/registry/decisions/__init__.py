"""What people decide, and what follows from all that is in force."""
