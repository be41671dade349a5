"""One plant registry, daily energy and KPIs, and the Raptor Maps CSV, from several plant data systems."""
