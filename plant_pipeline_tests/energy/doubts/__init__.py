"""Tests of the room `doubts` of energy."""
