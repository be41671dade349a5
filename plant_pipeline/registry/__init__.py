"""One entry per real plant: which records are the same, what they measure, and what people decided."""
