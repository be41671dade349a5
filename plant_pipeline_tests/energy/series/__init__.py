"""Tests of the room `series` of energy."""
