"""Tests of the room `judging` of energy."""
