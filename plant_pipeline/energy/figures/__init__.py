"""What the KPIs of a plant's day are computed from, from the same stretches as its energy."""
