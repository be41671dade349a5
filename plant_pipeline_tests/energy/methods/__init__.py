"""Tests of the room `methods` of energy."""
