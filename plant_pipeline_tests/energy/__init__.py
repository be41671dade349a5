"""Tests of daily energy."""
