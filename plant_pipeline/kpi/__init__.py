"""KPIs of each plant-local day, from the tables of energy and registry alone."""
