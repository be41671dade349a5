"""Noise that is the same on every machine and every start: a function of names and times, never of a state."""

import hashlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


def word(*parts: object) -> int:
    """A 64-bit number that depends on `parts` alone."""
    text = "|".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def fraction(*parts: object) -> float:
    """A number in [0, 1) that depends on `parts` alone."""
    return word(*parts) / 2**64


def between(low: float, high: float, *parts: object) -> float:
    """A number in [low, high) that depends on `parts` alone."""
    return low + (high - low) * fraction(*parts)


def lattice(seed: int, index: Integers) -> Floats:
    """One number in [0, 1) for each integer index (splitmix64, Steele et al. 2014, as a stateless hash)."""
    mixed = index.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed % 2**64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (mixed ^ (mixed >> np.uint64(31))).astype(np.float64) / 2.0**64


def smooth(seed: int, times_s: Floats, period_s: float) -> Floats:
    """Continuous noise in [0, 1): random at multiples of `period_s`, straight lines between them."""
    position = times_s / period_s
    left = np.floor(position)
    index = left.astype(np.int64)
    weight = position - left
    return lattice(seed, index) * (1.0 - weight) + lattice(seed, index + 1) * weight
