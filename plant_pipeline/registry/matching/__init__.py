"""From names, places and sizes to the probability that two records are one plant."""
