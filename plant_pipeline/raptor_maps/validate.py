"""Whether a file obeys the contract of the Raptor Maps CSV, line by line, with the line's number and the column.

What belongs here: reading any file, ours or not. What does not: the rules' constants (`contract`), mending anything.

A well-formed file is sorted, so the rows of one sensor follow each other and share their first 12 columns. Those are
parsed once a sensor; times and values are then checked for all its rows together, and one by one only to say which
line is wrong.
"""

import csv
import hashlib
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import lt
from pathlib import Path

from plant_pipeline import days
from plant_pipeline.raptor_maps.contract import (
    HEADER_LINE,
    HEADERS,
    INTERVAL_MINUTES,
    LINE_BREAK,
    MAX_PART_BYTES,
    REQUIRED,
    SENSOR_TYPES,
    date_of_file_name,
)

_MOMENT = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_VALUE = rb"(?!-0(?:\.0*)?\n)-?(?:0|[1-9]\d*)(?:\.\d{1,3})?\n"
_ONE_VALUE = re.compile(_VALUE)
_MANY_VALUES = re.compile(b"(?:," + _VALUE + b")+")
_COORDINATE = re.compile(r"-?\d{1,3}(\.\d{1,7})?")
_BREAK = re.compile(LINE_BREAK)
_TIME_LENGTH = len("2025-07-01 00:00:00")
_COMMON = HEADERS[:-2]


@dataclass(frozen=True)
class Problem:
    """One breach of the contract; `column` is None where the line as a whole is wrong."""

    line: int
    column: str | None
    message: str

    def __str__(self) -> str:
        where = f"line {self.line}" + (f", {self.column}" if self.column else "")
        return f"{where}: {self.message}"


@dataclass(frozen=True)
class CheckReport:
    """What a file holds and what is wrong with it; `problems` are the first ones, `problem_count` counts all."""

    path: Path
    row_count: int
    byte_count: int
    sha256: str
    problem_count: int
    problems: tuple[Problem, ...]

    @property
    def is_valid(self) -> bool:
        """Whether the file may be sent."""
        return self.problem_count == 0


def check_file(path: Path, *, most_problems: int = 50) -> CheckReport:
    """Check one file against the contract, in one pass and bounded memory.

    If the file carries a part's name, its times have to lie in the local day of that name in some zone of the world.
    Raises `OSError` if it cannot be read.
    """
    check = _Check(date_of_file_name(path.name), most_problems)
    with path.open("rb") as stream:
        for line in stream:
            check.take(line)
    check.finish()
    return CheckReport(
        path, check.row_count, check.byte_count, check.sha256, check.problem_count, tuple(check.problems)
    )


class _Check:
    def __init__(self, file_date: date | None, most_problems: int) -> None:
        self._span = None if file_date is None else days.utc_span([file_date])
        self._most_problems = most_problems
        self._hash = hashlib.sha256()
        self._line_number = 0
        self._prefix = b""
        self._first_line = 0
        self._endings: list[bytes] = []
        self._sensor_key: tuple[bytes, ...] = ()
        self._last_time = b""
        self._known_times: set[bytes] = set()
        self.byte_count = self.row_count = self.problem_count = 0
        self.problems: list[Problem] = []

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def take(self, line: bytes) -> None:
        self._line_number += 1
        if self._prefix and line.startswith(self._prefix):
            self._endings.append(line[len(self._prefix) :])
            return
        self._check_endings()
        if self._line_number == 1:
            self._check_header(line)
        else:
            self._open_sensor(line)

    def finish(self) -> None:
        self._check_endings()
        if self.row_count == 0:
            self._note(self._line_number or 1, None, "the file has no rows; a day without rows is not sent")
        if self.byte_count > MAX_PART_BYTES:
            self._note(self._line_number, None, f"the file has {self.byte_count} bytes, the receiver takes 5 GB at most")

    def _note(self, line: int, column: str | None, message: str) -> None:
        self.problem_count += 1
        if len(self.problems) < self._most_problems:
            self.problems.append(Problem(line, column, message))

    def _count(self, data: bytes) -> None:
        self._hash.update(data)
        self.byte_count += len(data)

    # -- the header and the columns that all rows of a sensor share --
    def _check_header(self, line: bytes) -> None:
        self._count(line)
        if line == HEADER_LINE:
            return
        if line.startswith(b"\xef\xbb\xbf"):
            self._note(1, None, "the file begins with a byte order mark")
        elif line.endswith(b"\r\n"):
            self._note(1, None, r"the line ends with \r\n instead of \n")
        else:
            self._note(1, None, f"the header is not {HEADER_LINE.decode().strip()}")

    def _open_sensor(self, line: bytes) -> None:
        before_value = line.rfind(b",")
        before_time = line.rfind(b",", 0, max(before_value, 0))
        self._prefix = line[: before_time + 1]
        self._first_line = self._line_number
        self._endings = [line[before_time + 1 :]]
        fields = self._parsed(self._prefix)
        if fields is None:
            self._count(line)
            self.row_count += 1
            self._prefix, self._endings = b"", []
            return
        self._check_common(dict(zip(_COMMON, fields, strict=True)))
        key = tuple(fields[HEADERS.index(name)].encode() for name in ("farm_id", "equipment_id", "sensor_id", "sensor_type"))
        if key < self._sensor_key:
            self._note(
                self._line_number, None, "not in the order of farm_id, equipment_id, sensor_id, sensor_type, observation_time"
            )
        if key != self._sensor_key:
            self._last_time = b""
        self._sensor_key = key

    def _parsed(self, prefix: bytes) -> list[str] | None:
        """The first 12 fields; None, with a problem noted, if the line cannot be read as 14 fields."""
        try:
            text = prefix.decode("utf-8")
            rows = list(csv.reader([text + "x"], strict=True))
        except UnicodeDecodeError:
            self._note(self._line_number, None, "not UTF-8")
            return None
        except csv.Error as error:
            self._note(self._line_number, None, f"unbalanced quotes, or a line break inside a field ({error})")
            return None
        fields = rows[0][:-1] if rows else []
        if len(fields) != len(_COMMON):
            self._note(self._line_number, None, f"{len(fields) + 2 if prefix else 1} fields instead of {len(HEADERS)}")
            return None
        if _written(fields) != text:
            self._note(self._line_number, None, "quotes around a field that needs none")
        return fields

    def _check_common(self, row: dict[str, str]) -> None:
        for column, text in row.items():
            if column in REQUIRED and not text.strip():
                self._note(self._line_number, column, "empty, but required")
            if _BREAK.search(text):
                self._note(self._line_number, column, "a line break inside the field")
            wrong = _COLUMN_CHECKS[column](text) if text and column in _COLUMN_CHECKS else None
            if wrong:
                self._note(self._line_number, column, wrong)
        if bool(row["farm_latitude"]) != bool(row["farm_longitude"]):
            self._note(self._line_number, "farm_latitude", "latitude and longitude must be both there or both empty")
        carried = SENSOR_TYPES.get(row["equipment_type"])
        if carried is not None and row["sensor_type"] in _ALL_SENSOR_TYPES and row["sensor_type"] not in carried:
            self._note(
                self._line_number, "sensor_type", f"{row['sensor_type']} is not documented for {row['equipment_type']}"
            )

    # -- observation_time and measured_value of all rows of a sensor --
    def _check_endings(self) -> None:
        endings = self._endings
        if not endings:
            return
        self.row_count += len(endings)
        self._count(self._prefix + self._prefix.join(endings))
        self._endings = []
        times = [ending[:_TIME_LENGTH] for ending in endings]
        are_good = (
            self._last_time < times[0]
            and all(map(lt, times, times[1:]))
            and self._are_known(times)
            and _MANY_VALUES.fullmatch(b"".join([ending[_TIME_LENGTH:] for ending in endings])) is not None
        )
        if not are_good:
            self._check_each(endings)
        self._last_time = times[-1]

    def _are_known(self, times: Sequence[bytes]) -> bool:
        new = set(times) - self._known_times
        good = {moment for moment in new if self._wrong_with_time(moment) is None}
        self._known_times |= good
        return good == new

    def _check_each(self, endings: Sequence[bytes]) -> None:
        last = self._last_time
        for line, ending in enumerate(endings, self._first_line):
            time, _, value = ending.partition(b",")
            wrong = self._wrong_with_time(time)
            if wrong:
                self._note(line, "observation_time", wrong)
            elif time <= last:
                self._note(line, "observation_time", "repeats a row" if time == last else "earlier than the line before")
            if not _ONE_VALUE.fullmatch(value):
                self._note(line, "measured_value", _wrong_with_value(value))
            last = time

    def _wrong_with_time(self, text: bytes) -> str | None:
        if not text:
            return "empty, but required"
        moment = _moment(text)
        if moment is None:
            return "not a date and time like 2025-07-01 00:15:00"
        if moment.minute % INTERVAL_MINUTES or moment.second:
            return f"not the start of a {INTERVAL_MINUTES}-minute interval"
        if self._span is not None and not self._span[0] <= moment.replace(tzinfo=self._span[0].tzinfo) < self._span[1]:
            return "not on the day in the file's name"
        return None


def _moment(text: bytes) -> datetime | None:
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.decode())  # the file's times carry no zone
    except ValueError:
        return None


def _wrong_with_value(value: bytes) -> str:
    if not value.endswith(b"\n"):
        return r"the last line does not end with \n" if value else "missing"
    text = value[:-1]
    if text.endswith(b"\r"):
        return r"the line ends with \r\n instead of \n"
    if not text:
        return "empty, but required"
    if re.fullmatch(rb"-0(\.0*)?", text):
        return "a negative zero"
    if re.fullmatch(rb"[-+]?[\d.]+[eE][-+]?\d+", text):
        return "written with an exponent"
    if re.fullmatch(rb"-?\d+\.\d{4,}", text):
        return "more than 3 decimals"
    return "not a number like 12.345"


def _written(fields: Sequence[str]) -> str:
    """The fields as a line with minimal quoting, a comma after each."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([*fields, "x"])
    return line.getvalue()[:-1]


def _wrong_with_zone(text: str) -> str | None:
    return None if days.is_zone(text) else "not a zone of the IANA database"


def _wrong_with_commissioning(text: str) -> str | None:
    return None if _moment(text.encode()) else "not a date and time like 2019-05-01 00:00:00"


def _coordinate_check(limit: int) -> Callable[[str], str | None]:
    def wrong(text: str) -> str | None:
        if not _COORDINATE.fullmatch(text):
            return "not a number with up to 7 decimals and no exponent"
        return None if abs(float(text)) <= limit else f"outside -{limit} to {limit}"

    return wrong


_ALL_SENSOR_TYPES = frozenset().union(*SENSOR_TYPES.values())


def _wrong_with_equipment_type(text: str) -> str | None:
    return None if text in SENSOR_TYPES else f"{text!r} is none of {', '.join(SENSOR_TYPES)}"


def _wrong_with_sensor_type(text: str) -> str | None:
    return None if text in _ALL_SENSOR_TYPES else f"{text!r} is none of {', '.join(sorted(_ALL_SENSOR_TYPES))}"


_COLUMN_CHECKS: dict[str, Callable[[str], str | None]] = {
    "timezone": _wrong_with_zone,
    "commissioning date": _wrong_with_commissioning,
    "farm_latitude": _coordinate_check(90),
    "farm_longitude": _coordinate_check(180),
    "equipment_type": _wrong_with_equipment_type,
    "sensor_type": _wrong_with_sensor_type,
}
