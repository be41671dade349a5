"""Ravenwits, a forecasting provider: wind and solar plants, and their normalized forecasts."""
