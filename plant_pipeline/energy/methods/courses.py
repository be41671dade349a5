"""Two methods that agree on the energy of a day held against each other over its course: a clock may be wrong.

What belongs here: how far their courses are apart, and by how much one has to be moved. What does not: energies that
disagree (candidates.py), clocks held against the sun (misplaced.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from plant_pipeline.arrays import Floats, Integers
from plant_pipeline.energy.measuring.measurement import Block, Measured
from plant_pipeline.energy.methods.candidates import METHODS_DISAGREE, Candidate
from plant_pipeline.energy.series.plant_days import PlantDay
from plant_pipeline.energy.series.segments import spans_wh

APART: Final = 0.05
"""Of the day's energy: so far two methods of one meter are apart at no time of it (our choice)."""

_CELL_S: Final = 900.0
_FARTHEST: Final = 48  # cells
_FITS: Final = 0.3  # of the distance without a move
_DARK: Final = 1e-3  # of the energy
_CELLS_BESIDE: Final = 2


@dataclass(frozen=True, slots=True)
class _Course:
    """What a method counted of the day at the edges of `_CELL_S`, and where it was read; shares of its energy."""

    share: Floats
    read: Integers

    @property
    def is_within(self) -> bool:
        """Whether nothing came at both ends of the day, so that no other day has a part in it."""
        return bool(self.share[_CELLS_BESIDE] <= _DARK and 1 - self.share[-1 - _CELLS_BESIDE] <= _DARK)


def held_against_each_other(
    block: Block, plant: PlantDay, candidates: Sequence[Candidate], measured: Sequence[Measured]
) -> tuple[list[Candidate], list[str]]:
    """The candidates, those flagged whose courses contradict each other, and why.

    What a wrong clock only moves within the light of a day leaves its energy as it is: then it is told and not flagged.
    """
    sound = [own for own in candidates if own.coverage == 1 and own.produced_kwh and not own.is_doubtful]
    if len(sound) < 2 or any(METHODS_DISAGREE in own.flags for own in candidates):
        return list(candidates), []
    known = [(own, course) for own in sound if (course := _course(block, own, measured)) is not None]
    sun = block.suns.get(plant.plant_id)
    flagged, findings = set(), []
    for index, (one, course) in enumerate(known):
        for other, against in known[index + 1 :]:
            apart = _apart(course, against)
            if apart <= APART:
                continue
            cells = _move(course, against, apart)
            findings.append(_says(one, other, cells))
            is_harmless = cells is not None and sun is not None and sun.is_only_source
            if not (is_harmless and course.is_within and against.is_within):
                flagged |= {one.method, other.method}
    return [
        replace(own, flags=(*own.flags, METHODS_DISAGREE)) if own.method in flagged else own for own in candidates
    ], findings


def _course(block: Block, candidate: Candidate, measured: Sequence[Measured]) -> _Course | None:
    """None: it was not measured closely, or not throughout."""
    own = [record for record in measured if record.series.sensor_id in candidate.sensor_ids]
    if not own or any((record.step_s or np.inf) > _CELL_S or record.gaps or record.held for record in own):
        return None
    edges_s = np.append(np.arange(own[0].start_s, own[0].end_s, _CELL_S), own[0].end_s)
    places = np.array([record.place for record in own], dtype=np.int64)
    cells_wh = np.maximum(spans_wh(block.segments, places, np.tile(edges_s, (len(places), 1)))[0].sum(axis=0), 0.0)
    counted_wh = np.append(0.0, np.cumsum(cells_wh))
    if counted_wh[-1] <= 0:
        return None
    # A register that stands still may have counted on: only where it moved it tells what it counted.
    moves = np.append(False, cells_wh > 0) if own[0].series.kind == "register" else np.ones(len(edges_s), dtype=bool)
    moves &= np.append(moves[1:], True)
    return _Course(counted_wh / counted_wh[-1], np.flatnonzero(moves))


def _apart(one: _Course, other: _Course) -> float:
    read = np.intersect1d(one.read, other.read)
    return float(np.abs(one.share - other.share)[read].max(initial=0.0))


def _move(one: _Course, other: _Course, apart: float) -> int | None:
    """By how many cells the first is later than the other; None: that is not what they differ by."""
    rises, others = np.diff(one.share), np.diff(other.share)
    best, cells = apart, None
    for move in range(-_FARTHEST, _FARTHEST + 1):
        later, earlier = (rises[move:], others[: len(others) - move]) if move > 0 else (rises[:move], others[-move:])
        if move and (off := float(np.abs(np.cumsum(later - earlier)).max(initial=0.0))) < best:
            best, cells = off, move
    return cells if best <= _FITS * apart else None


def _says(one: Candidate, other: Candidate, cells: int | None) -> str:
    names = [own.method.replace("_", " ") for own in (one, other)]
    if cells is None:
        return f"{names[0]} and {names[1]} come to the same, but by courses that contradict each other: a wrong clock?"
    minutes = abs(cells) * _CELL_S / 60
    return (
        f"{names[0]} runs about {minutes:.0f} minutes {'behind' if cells > 0 else 'ahead of'} {names[1]}: the clock or "
        "time zone of one is wrong; correct its time stamps at the source"
    )
