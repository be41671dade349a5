"""Arrays in PostgreSQL's binary format, an order of magnitude faster than value by value.

What belongs here: one dimension of a few plain types. What does not: anything psycopg does as fast.
"""

import struct
from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.postgres import types
from psycopg.pq import Format
from psycopg.types.datetime import DatetimeBinaryDumper

_HEADER: Final = struct.Struct("!iiIii")  # dimensions, whether there may be NULLs, type of an item, length, lower bound
_EMPTY: Final = struct.Struct("!iiI")
_INTEGER: Final = struct.Struct("!ii")
_LENGTH: Final = struct.Struct("!i")
_DOUBLE: Final = np.dtype([("length", ">i4"), ("item", ">f8")])
_REAL: Final = np.dtype([("length", ">i4"), ("item", ">f4")])


class _ArrayDumper(Dumper):
    format = Format.BINARY
    item_oid = 0
    empty = b""

    def __init_subclass__(cls) -> None:
        cls.empty = _EMPTY.pack(0, 0, cls.item_oid)

    def dump(self, obj: Any) -> bytes:
        if len(obj) == 0:
            return self.empty
        return _HEADER.pack(1, 1, self.item_oid, len(obj), 1) + self.items(obj)

    @abstractmethod
    def items(self, obj: Any) -> bytes:
        """Each item after its length."""


class _IntegersDumper(_ArrayDumper):
    oid, item_oid = types["int4"].array_oid, types["int4"].oid

    def items(self, obj: Sequence[int]) -> bytes:
        return b"".join([_INTEGER.pack(4, item) for item in obj])


class _TextsDumper(_ArrayDumper):
    oid, item_oid = types["text"].array_oid, types["text"].oid

    def items(self, obj: Sequence[str]) -> bytes:
        encoded = [item.encode() for item in obj]
        return b"".join([_LENGTH.pack(len(item)) + item for item in encoded])


class _RealsDumper(_ArrayDumper):
    oid, item_oid = types["float4"].array_oid, types["float4"].oid

    def items(self, obj: npt.NDArray[np.float64]) -> bytes:
        cells = np.empty(len(obj), dtype=_REAL)
        cells["length"], cells["item"] = 4, obj
        missing = np.isnan(obj)
        if not missing.any():
            return cells.tobytes()
        cells["length"][missing] = -1
        is_sent = np.ones((len(obj), _REAL.itemsize), dtype=bool)
        is_sent[missing, _LENGTH.size :] = False  # a NULL is a length without an item
        return cells.view(np.uint8).reshape(is_sent.shape)[is_sent].tobytes()


class NumbersDumper(_ArrayDumper):
    """A numpy array of floats as double precision[]."""

    oid, item_oid = types["float8"].array_oid, types["float8"].oid

    def items(self, obj: npt.NDArray[np.float64] | npt.NDArray[np.int64]) -> bytes:
        """As eight bytes each; whole numbers too."""
        cells = np.empty(len(obj), dtype=_DOUBLE)
        cells["length"], cells["item"] = 8, obj
        return cells.tobytes()


class _InstantDumper(DatetimeBinaryDumper):
    """An instant that many rows have in common."""

    _last: tuple[datetime | None, Buffer | None] = None, None

    def dump(self, obj: datetime) -> Buffer | None:
        if self._last[0] is not obj:
            self._last = obj, super().dump(obj)
        return self._last[1]


ARRAY_DUMPERS: Final = (_IntegersDumper, _TextsDumper, _RealsDumper, _InstantDumper)
