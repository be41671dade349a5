"""Whether rows and files obey the contract of the Raptor Maps CSV, with the number of the line and the column.

What belongs here: checking rows while they are written, and any finished file, ours or not. What does not: the rules'
constants (`contract`), single texts (`columns`), mending anything.

Rows of one sensor follow each other and share their first 12 columns. Those are looked at once a sensor; times and
values are then checked for all its rows together, and one by one only to say which line is wrong.
"""

import csv
import hashlib
import io
import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from operator import itemgetter, lt
from pathlib import Path

from plant_pipeline import days
from plant_pipeline.raptor_maps.columns import ALL_SENSOR_TYPES, LONG_COORDINATE, moment_of, wrong_with
from plant_pipeline.raptor_maps.contract import (
    HEADER_LINE,
    HEADERS,
    INTERVAL_MINUTES,
    MAX_PART_BYTES,
    SENSOR_TYPES,
    parsed_file_name,
)

_TIME_LENGTH = len("2025-07-01 00:00:00")
_VALUE = rb"(?!-0(?:\.0*)?\n)-?+(?:0|[1-9]\d*+)(?:\.\d{1,3}+)?+\n"
_ONE_VALUE = re.compile(b"," + _VALUE)
_VALUES = re.compile(b"(?:%s)++" % _VALUE)
_TIMES_AND_VALUES = re.compile(b"(?:.{%d},%s)++" % (_TIME_LENGTH, _VALUE))
_COMMON = HEADERS[:-2]
_KEY = ("farm_id", "equipment_id", "sensor_id", "sensor_type")
_key = itemgetter(*map(HEADERS.index, _KEY))
_place = itemgetter(*map(HEADERS.index, ("farm_latitude", "farm_longitude")))
_types = itemgetter(*map(HEADERS.index, ("equipment_type", "sensor_type")))
_BLOCK_BYTES = 1 << 20
_MOST_REMEMBERED = 1000
_MOST_KINDS = 1000
_CARRIAGE_RETURN = r"the line ends with \r\n instead of \n"
_NO_LINE_END = r"the last line does not end with \n"
_UNORDERED = f"not in the order of {', '.join(_KEY)}"
_EARLIER = "earlier than the line before"
_QUOTED = "quotes around a field that needs none"
_EXPONENT = "written with an exponent"
_NEGATIVE_ZERO = "a negative zero"
_DECIMALS = "more than 3 decimals"
# What the receiver's document does not ask for: how we write files, so that the same data are the same bytes.
_REMARKS = frozenset(
    {
        _CARRIAGE_RETURN,
        _NO_LINE_END,
        _UNORDERED,
        _EARLIER,
        _QUOTED,
        _EXPONENT,
        _NEGATIVE_ZERO,
        _DECIMALS,
        LONG_COORDINATE,
    }
)


@dataclass(frozen=True)
class Problem:
    """One breach of the contract; `column` is None where the line as a whole is wrong.

    `is_remark`: only of what we fixed where the receiver's document is silent, as the order of rows.
    """

    line: int
    column: str | None
    message: str
    is_remark: bool = False

    def __str__(self) -> str:
        where = f"line {self.line}" + (f", {self.column}" if self.column else "")
        return f"{where}: {self.message}"


@dataclass(frozen=True)
class FileFinding:
    """What is wrong with a file in one way: where first, and in how many lines."""

    first: Problem
    count: int

    def __str__(self) -> str:
        more = f" (and {self.count - 1:,} more)" if self.count > 1 else ""
        return f"{'remark: ' if self.first.is_remark else ''}{self.first}{more}"


@dataclass(frozen=True)
class CheckReport:
    """What a file holds and what is wrong with it.

    `problems` are the first ones, `problem_count` counts all, `remark_count` those of them that are remarks. `findings`
    are the ways in which it is wrong, the first ones of them.
    """

    path: Path
    row_count: int
    byte_count: int
    sha256: str
    problem_count: int
    problems: tuple[Problem, ...]
    remark_count: int = 0
    findings: tuple[FileFinding, ...] = ()

    @property
    def error_count(self) -> int:
        """How often it does what the receiver's document forbids."""
        return self.problem_count - self.remark_count

    @property
    def is_valid(self) -> bool:
        """Whether it is as we write files, which is more than the receiver's document asks for."""
        return self.problem_count == 0


def check_file(path: Path, *, most_problems: int = 50) -> CheckReport:
    """Check one file against the contract, in one pass and bounded memory.

    If the file carries a part's name, its times have to lie in the local day of that name in some zone of the world.
    Raises `OSError` if it cannot be read.
    """
    check, sha256, byte_count = RowCheck(path, most_problems), hashlib.sha256(), 0
    with path.open("rb") as stream:
        check.take_header(stream.readline())
        stream.seek(0)
        start = 1
        while block := stream.read(_BLOCK_BYTES) + stream.readline():
            sha256.update(block)
            byte_count += len(block)
            _take_block(check, block, start)
            start = 0
    check.finish(byte_count)
    return CheckReport(
        path,
        check.row_count,
        byte_count,
        sha256.hexdigest(),
        check.problem_count,
        tuple(check.problems),
        check.remark_count,
        tuple(FileFinding(first, count) for first, count in check.kinds.values()),
    )


def _take_block(check: "RowCheck", block: bytes, start: int) -> None:
    """Hand the lines of a block on, from line `start`, grouped by their first 12 columns."""
    lines = block.split(b"\n")
    is_cut = bool(lines[-1])
    if not is_cut:
        lines.pop()
    while start < len(lines):
        line = lines[start]
        prefix = line[: line.rfind(b",", 0, max(line.rfind(b","), 0)) + 1]
        rows = _rows_with(prefix, lines, start) if prefix else [line]
        check.take_rows(prefix, b"\n".join([row[len(prefix) :] for row in rows]))
        start += len(rows)
    if is_cut:
        check.note_cut_line()


def _rows_with(prefix: bytes, lines: Sequence[bytes], start: int) -> Sequence[bytes]:
    """The lines from `start` on that begin with `prefix`, as `lines[start]` does."""
    end = bisect_left(lines, True, start + 1, key=lambda line: not line.startswith(prefix))
    rows = lines[start:end]
    if all(map(lt, rows, rows[1:])):  # first and last have the prefix, so all between them do
        return rows
    return list(takewhile(lambda line: line.startswith(prefix), rows))


class RowCheck:
    """The check of one file's rows in the order they stand in it; `problems` are the first ones found."""

    def __init__(self, path: Path, most_problems: int = 50) -> None:
        named = parsed_file_name(path.name)
        self._span = None if named is None else days.utc_span([named[0]])
        self._most_problems = most_problems
        self._line = 1
        self._key: tuple[str, ...] = ()
        self._fields: Sequence[str] = ("",) * len(_COMMON)
        self._last_time = b""
        self._good_times: set[bytes] = set()
        self.problem_count = self.remark_count = 0
        self.problems: list[Problem] = []
        self.kinds: dict[tuple[str | None, str], tuple[Problem, int]] = {}  # the first of a kind, and how many

    @property
    def row_count(self) -> int:
        """Rows taken so far."""
        return self._line - 1

    def take_rows(self, prefix: bytes, endings: bytes) -> None:
        r"""Check the next rows: `prefix` is their first 12 columns with the comma, `endings` one `time,value` a line.

        The last of `endings` has no line end.
        """
        each = endings.split(b"\n")
        times = [ending[:_TIME_LENGTH] for ending in each]
        self._take(prefix, times, _TIMES_AND_VALUES.fullmatch(endings + b"\n") is not None, lambda: each)

    def take_sensor(self, prefix: bytes, times: Sequence[bytes], values: bytes) -> None:
        r"""The same for rows whose times are known apart from their values; `values` are divided by `\n`."""
        are_numbers = _VALUES.fullmatch(values + b"\n") is not None
        self._take(prefix, times, are_numbers, lambda: [*map(b",".join, zip(times, values.split(b"\n"), strict=True))])

    def _take(
        self, prefix: bytes, times: Sequence[bytes], are_numbers: bool, endings: Callable[[], Sequence[bytes]]
    ) -> None:
        line = self._line + 1
        self._line += len(times)
        if not self._check_prefix(prefix, line):
            return
        if not (are_numbers and self._last_time < times[0] and self._are_good_times(times)):
            self._check_each(endings(), line)
        self._last_time = times[-1]

    def finish(self, byte_count: int) -> None:
        """Check what only the whole file tells."""
        if self.row_count == 0:
            self._note(1, None, "the file has no rows; a day without rows is not sent")
        if byte_count > MAX_PART_BYTES:
            self._note(self._line, None, f"{byte_count} bytes; the receiver takes {MAX_PART_BYTES} at most")

    def note_cut_line(self) -> None:
        """The line taken last has no line end."""
        self._note(self._line, None, _NO_LINE_END)

    def _note(self, line: int, column: str | None, message: str) -> None:
        problem = Problem(line, column, message, message in _REMARKS)
        self.problem_count += 1
        self.remark_count += problem.is_remark
        if len(self.problems) < self._most_problems:
            self.problems.append(problem)
        known = self.kinds.get((column, message))
        if known is not None or len(self.kinds) < _MOST_KINDS:
            self.kinds[column, message] = (known[0], known[1] + 1) if known else (problem, 1)

    def take_header(self, line: bytes) -> None:
        """Check the first line of the file."""
        if line == HEADER_LINE:
            return
        if line.startswith(b"\xef\xbb\xbf"):
            self._note(1, None, "the file begins with a byte order mark")
        elif line.endswith(b"\r\n"):
            self._note(1, None, _CARRIAGE_RETURN)
            if line[:-2] + b"\n" != HEADER_LINE:
                self._note(1, None, f"the header is not {HEADER_LINE.decode().strip()}")
        else:
            self._note(1, None, f"the header is not {HEADER_LINE.decode().strip()}")

    def _check_prefix(self, prefix: bytes, line: int) -> bool:
        """Whether the first 12 columns could be read; what is wrong with them is noted."""
        fields = self._parsed(prefix, line)
        if fields is None:
            return False
        self._check_common(fields, line)
        key = _key(fields)  # text compares by code point, which is the order of its UTF-8 bytes
        if key < self._key:
            self._note(line, None, _UNORDERED)
        if key != self._key:
            self._key, self._last_time = key, b""
        return True

    def _parsed(self, prefix: bytes, line: int) -> list[str] | None:
        """The first 12 fields; None, with a problem noted, if the line cannot be read as 14 fields."""
        try:
            text = prefix.decode("utf-8")
            fields = _fields(text)
        except UnicodeDecodeError:
            self._note(line, None, "not UTF-8")
            return None
        except csv.Error as error:
            self._note(line, None, f"unbalanced quotes, or a line break inside a field ({error})")
            return None
        if len(fields) != len(_COMMON):
            self._note(line, None, f"{len(fields) + 2 if prefix else 'fewer than 3'} fields instead of {len(HEADERS)}")
            return None
        if '"' in text and _written(fields) != text:
            self._note(line, None, _QUOTED)
        return fields

    def _check_common(self, fields: Sequence[str], line: int) -> None:
        """Look at the columns that differ from the line before: what is wrong is named where it begins."""
        for column, text, before in zip(_COMMON, fields, self._fields, strict=True):
            wrong = wrong_with(column, text) if text != before or line == 2 else None
            if wrong:
                self._note(line, column, wrong)
        latitude, longitude = _place(fields)
        if bool(latitude) != bool(longitude):
            self._note(line, "farm_latitude", "latitude and longitude must be both there or both empty")
        equipment_type, sensor_type = _types(fields)
        carried = SENSOR_TYPES.get(equipment_type)
        if carried is not None and sensor_type in ALL_SENSOR_TYPES and sensor_type not in carried:
            self._note(line, "sensor_type", f"{sensor_type} is not documented for {equipment_type}")
        self._fields = fields

    def _are_good_times(self, times: Sequence[bytes]) -> bool:
        """Sensors of a plant mostly have the same times: what was found good once is not looked at again."""
        text = b"".join(times)
        if text in self._good_times:
            return True
        is_good = all(map(lt, times, times[1:])) and not any(map(self._wrong_with_time, times))
        if is_good and len(self._good_times) < _MOST_REMEMBERED:
            self._good_times.add(text)
        return is_good

    def _check_each(self, endings: Sequence[bytes], first_line: int) -> None:
        last = self._last_time
        for line, ending in enumerate(endings, first_line):
            time, comma, value = ending.partition(b",")
            wrong = self._wrong_with_time(time)
            if wrong:
                self._note(line, "observation_time", wrong)
            elif time <= last:
                self._note(line, "observation_time", "repeats a row" if time == last else _EARLIER)
            if value.endswith(b"\r"):
                self._note(line, "measured_value", _CARRIAGE_RETURN)
                value = value.removesuffix(b"\r")
            if not _ONE_VALUE.fullmatch(comma + value + b"\n"):
                self._note(line, "measured_value", _wrong_with_value(value))
            last = time

    def _wrong_with_time(self, text: bytes) -> str | None:
        if not text:
            return "empty, but required"
        moment = moment_of(text)
        if moment is None:
            return "not a date and time like 2025-07-01 00:15:00"
        if moment.minute % INTERVAL_MINUTES or moment.second:
            return f"not the start of a {INTERVAL_MINUTES}-minute interval"
        if self._span is not None and not self._span[0] <= moment.replace(tzinfo=self._span[0].tzinfo) < self._span[1]:
            return "not on the day in the file's name"
        return None


def _wrong_with_value(text: bytes) -> str:
    if not text:
        return "empty, but required"
    if re.fullmatch(rb"-0(\.0*)?", text):
        return _NEGATIVE_ZERO
    if re.fullmatch(rb"[-+]?[\d.]+[eE][-+]?\d+", text):
        return _EXPONENT
    if re.fullmatch(rb"-?\d+\.\d{4,}", text):
        return _DECIMALS
    return "not a number like 12.345"


def _fields(prefix: str) -> list[str]:
    """The fields of a text that ends with a comma; raises `csv.Error` where quotes are wrong."""
    if '"' not in prefix:
        return prefix.split(",")[:-1]
    rows = list(csv.reader([prefix + "x"], strict=True))
    return rows[0][:-1]


def _written(fields: Sequence[str]) -> str:
    """The fields as a line with minimal quoting, a comma after each."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([*fields, "x"])
    return line.getvalue()[:-1]
