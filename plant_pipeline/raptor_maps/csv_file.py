"""One day's CSV out of the warehouse: which plants and sensors, over which window, streamed in file order.

What belongs here: the build of a day from `energy.reading` and `registry`. What does not: files (`parts`), the rules a
file obeys (`contract`, `validate`), sending it (`deliver`). The set-based work is `sql/queries/raptor_maps`.
"""

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from operator import add, attrgetter
from pathlib import Path

from sqlalchemy import Connection

from plant_pipeline import days
from plant_pipeline.energy.series.plant_days import version_on
from plant_pipeline.errors import ContractViolation
from plant_pipeline.landing.retention import require_days
from plant_pipeline.raptor_maps.contract import EXPORTED_SENSORS, MAX_PART_BYTES, NOT_IN_NAMES
from plant_pipeline.raptor_maps.parts import BuiltPart, PartsWriter, SensorRows, open_parts
from plant_pipeline.warehouse import Warehouse, copy_rows, driver_connection, execute, query, uuid_array

_SESSION = (
    "set transaction isolation level repeatable read",  # registry and readings of one moment
    "set local datestyle = 'ISO, YMD'",
    "set local enable_bitmapscan = off",  # readings come in order of time from the key: same sums, same bytes
)
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 -- as the times of the file, in the zone of its column
_MOST_REMEMBERED = 100


@dataclass(frozen=True)
class FileOptions:
    """What is exported beside the rule: plants of other technologies, or times in each farm's own zone.

    With `farm_local_time` the `timezone` column holds the farm's zone, and the hour that autumn
    repeats becomes one hour: its rows join the readings of both, as the file has no way to tell them apart.
    """

    technologies: tuple[str, ...] = ("solar", "hybrid")
    farm_local_time: bool = False


DEFAULT_OPTIONS = FileOptions()


@dataclass(frozen=True)
class BuiltDay:
    """The files of one day and what is not in them.

    `content_sha256` covers what was measured, not how things are called or where they stand; None for a day without
    rows. `rows_skipped` counts rows that lack a required value, by column; `plants_left_out` names plants without a
    window, with the reason; `sensors_left_out` counts sensors that are not exported, by reason.
    """

    observation_date: date
    parts: tuple[BuiltPart, ...]
    content_sha256: str | None
    rows_skipped: Mapping[str, int]
    plants_left_out: Mapping[str, str]
    sensors_left_out: Mapping[str, int]


def build_day(
    warehouse: Warehouse,
    observation_date: date,
    directory: Path,
    *,
    now_utc: datetime,
    max_part_bytes: int = MAX_PART_BYTES,
    options: FileOptions = DEFAULT_OPTIONS,
) -> BuiltDay:
    """Write the parts of each plant's local day `observation_date` into `directory`; no rows, no part.

    Every part is smaller than `max_part_bytes`. The same data give the same bytes. Plants whose day is not over at
    `now_utc`, or whose time zone is unknown, are left out and named. A retired plant is in it on days it has readings.
    Memory does not grow with the day. Raises `UsageError` if not even one row fits into a part, or the readings of the
    day are no longer kept.
    """
    with warehouse.transaction() as connection:
        for statement in _SESSION:
            connection.exec_driver_sql(statement)
        require_days(connection, [observation_date], ["reading"])
        execute(connection, "raptor_maps/create_day_tables")
        plants_left_out = _write_windows(connection, observation_date, now_utc, options)
        execute(
            connection,
            "raptor_maps/write_day_sensor",
            observation_date=observation_date,
            line_break=NOT_IN_NAMES,
            equipment_types=[row.equipment_type for row in EXPORTED_SENSORS],
            raptor_equipment_types=[row.raptor_equipment_type for row in EXPORTED_SENSORS],
            sensor_types=[row.sensor_type for row in EXPORTED_SENSORS],
            units=[row.unit for row in EXPORTED_SENSORS],
            are_registers=[row.is_register for row in EXPORTED_SENSORS],
        )
        left_out = {row.reason: row.sensors for row in execute(connection, "raptor_maps/sensors_left_out")}
        with open_parts(directory, observation_date, max_part_bytes) as writer:
            content_sha256, rows_skipped = _write_rows(connection, observation_date, writer)
    return BuiltDay(
        observation_date,
        writer.parts,
        content_sha256 if writer.parts else None,
        rows_skipped,
        plants_left_out,
        left_out,
    )


def _write_windows(
    connection: Connection, observation_date: date, now_utc: datetime, options: FileOptions
) -> dict[str, str]:
    """Note the window of each plant, in the zone it had on that date, as its energy has; returns who is left out."""
    windows, left_out = [], {}
    plants = execute(connection, "raptor_maps/exported_plants", technologies=list(options.technologies)).all()
    versions = execute(
        connection,
        "energy/plant_versions",
        energy_date=observation_date,
        plant_ids=uuid_array(plant.plant_id for plant in plants),
    )
    of_day = {
        code: version_on(observation_date, list(own)) for code, own in groupby(versions, attrgetter("plant_code"))
    }
    for plant in plants:
        who = f"{plant.plant_code} {plant.name}"
        version, window = of_day[plant.plant_code]
        if not days.is_zone(version.timezone):
            left_out[who] = (
                f"its time zone is {'unknown' if version.timezone is None else f'no zone: {version.timezone}'}"
            )
        elif window is None:
            left_out[who] = f"{version.timezone} skipped that date"
        elif window.end_utc > now_utc:
            left_out[who] = f"its day is not over before {window.end_utc:%Y-%m-%d %H:%M} UTC"
        else:
            zone = version.timezone if options.farm_local_time else "UTC"
            windows.append((plant.plant_id, window.start_utc, window.end_utc, zone))
    copy_rows(connection, "raptor_day_window", ("plant_id", "start_utc", "end_utc", "zone"), windows)
    return left_out


def _write_rows(connection: Connection, observation_date: date, writer: PartsWriter) -> tuple[str, dict[str, int]]:
    """Stream the day into `writer`; returns the hash of its content and the rows skipped by missing column."""
    content, skipped = hashlib.sha256(), dict[str, int]()
    from_utc, to_utc = days.utc_span([observation_date])
    last_ordinal = 0
    with (
        driver_connection(connection).cursor() as cursor,
        cursor.copy(query("raptor_maps/copy_day"), {"from_utc": from_utc, "to_utc": to_utc}) as copy,
    ):
        copy.set_types(["int8", "bytea", "bytea", "text", "bytea", "bytea", "int8", "int8"])
        for ordinal, prefix, content_key, lacking, begins, values, row_count, without_value in copy.rows():
            if ordinal <= last_ordinal:
                raise ContractViolation("the warehouse returned the rows of the Raptor Maps file out of order")
            last_ordinal = ordinal
            if without_value:
                skipped["measured_value"] = skipped.get("measured_value", 0) + without_value
            if lacking is not None and row_count:
                skipped[lacking] = skipped.get(lacking, 0) + row_count
            elif row_count:
                rows = _rows(begins, values)
                content.update(b"%s\n%s\n" % (content_key, rows.lines))
                writer.write_sensor(prefix, rows)
    return content.hexdigest(), skipped


def _rows(begins: bytes, values: bytes) -> SensorRows:
    """The rows of a sensor, from the begins and values of its quarter hours."""
    (times, starts), each = _times(begins), values.split(b"\n")
    if len(times) != len(each):
        raise ContractViolation(f"the warehouse returned {len(times)} times of {len(each)} values of a sensor")
    return SensorRows(times, values, b"\n".join(map(add, starts, each)))


@lru_cache(maxsize=_MOST_REMEMBERED)
def _times(begins: bytes) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Each time as text, and with the comma that follows it in its line."""
    micros = struct.unpack(f">{len(begins) // 8}q", begins)
    times = tuple(str(_EPOCH + timedelta(microseconds=micro)).encode() for micro in micros)
    return times, tuple(time + b"," for time in times)
