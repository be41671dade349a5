"""The energy of each plant-local day, from the readings."""
