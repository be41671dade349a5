"""From records and decisions in force to plants: their records, ids, values, history."""
