"""Readings in canonical units, and the energy of each plant-local day."""
