"""Tests of the room `day` of energy."""
