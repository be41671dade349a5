"""Voke, an energy and device platform: gateways with place and capacity, their devices, alerts and certificates."""
