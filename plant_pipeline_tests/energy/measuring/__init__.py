"""Tests of the room `measuring` of energy."""
