"""Tests of the room `gaps` of energy."""
