"""Tests of the room `figures` of energy."""
