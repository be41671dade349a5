"""Readings of all classified sensors in canonical units: pulled and loaded."""
