"""What was produced while nothing was measured, and how far from it the truth may lie. Pure, from plain arrays."""
