from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from plant_pipeline.readings.load import SensorWindow, load_windows
from plant_pipeline.warehouse import Warehouse, read_frame

_START = datetime(2026, 2, 28, 23, 0, tzinfo=UTC)


def _window(sensor_id: int, values: list[float], start: datetime = _START, minutes: int = 60) -> SensorWindow:
    """Readings every `minutes` from `start`; the window is three hours over the end of a month."""
    epochs = int(start.timestamp()) + 60 * minutes * np.arange(len(values), dtype=np.int64)
    return SensorWindow(
        sensor_id, _START, _START + timedelta(hours=3), epochs * 1_000_000, np.asarray(values, dtype=np.float64)
    )


def _load(warehouse: Warehouse, *windows: SensorWindow) -> int:
    with warehouse.transaction() as connection:
        return load_windows(connection, windows)


def _stored(warehouse: Warehouse) -> list[tuple[int, str, float]]:
    with warehouse.transaction() as connection:
        frame = read_frame(connection, "select sensor_id, period_start, value from energy.reading order by 1, 2")
    return [(i, f"{moment:%d %H:%M}", value) for i, moment, value in frame.itertuples(index=False)]


def test_readings_are_stored_with_their_instants(warehouse: Warehouse) -> None:
    assert _load(warehouse, _window(1, [1.5, -2.0, 3.0]), _window(2, [7.0])) == 2
    assert _stored(warehouse) == [
        (1, "28 23:00", 1.5),
        (1, "01 00:00", -2.0),
        (1, "01 01:00", 3.0),
        (2, "28 23:00", 7.0),
    ]


def test_the_same_window_again_writes_nothing(warehouse: Warehouse) -> None:
    _load(warehouse, _window(1, [1.0, 2.0, 3.0]))
    with warehouse.transaction() as connection:
        before = connection.exec_driver_sql(
            "select array_agg(ctid::text || xmin::text) from energy.reading"
        ).scalar_one()
    assert _load(warehouse, _window(1, [1.0, 2.0, 3.0])) == 0
    with warehouse.transaction() as connection:
        after = connection.exec_driver_sql(
            "select array_agg(ctid::text || xmin::text) from energy.reading"
        ).scalar_one()
    assert before == after


def test_the_same_values_at_other_instants_are_stored_there(warehouse: Warehouse) -> None:
    _load(warehouse, _window(1, [1.0, 2.0]), _window(2, [5.0]))
    later = _window(1, [1.0, 2.0], start=_START + timedelta(hours=1))
    assert _load(warehouse, later, _window(2, [5.0])) == 1
    assert _stored(warehouse) == [(1, "01 00:00", 1.0), (1, "01 01:00", 2.0), (2, "28 23:00", 5.0)]


def test_a_window_is_replaced_whole_and_nothing_outside_it(warehouse: Warehouse) -> None:
    _load(warehouse, _window(1, [1.0, 2.0, 3.0]), _window(2, [9.0]))
    outside = _window(1, [5.0], start=_START + timedelta(hours=3))
    _load(
        warehouse,
        SensorWindow(1, _START + timedelta(hours=3), _START + timedelta(hours=4), outside.starts_us, outside.values),
    )
    assert _load(warehouse, _window(1, [1.0, 4.0])) == 1  # the third reading is gone at the source
    assert _stored(warehouse) == [
        (1, "28 23:00", 1.0),
        (1, "01 00:00", 4.0),
        (1, "01 02:00", 5.0),
        (2, "28 23:00", 9.0),
    ]


def test_readings_outside_the_window_not_finite_or_double_are_sorted_out(warehouse: Warehouse) -> None:
    window = _window(1, [1.0, float("nan"), 3.0, 4.0])  # the fourth lies on the window's end
    doubled = SensorWindow(
        1,
        window.start_utc,
        window.end_utc,
        np.append(window.starts_us, window.starts_us[0]),
        np.append(window.values, 8.0),  # the later of two for one instant stands
    )
    _load(warehouse, doubled)
    assert _stored(warehouse) == [(1, "28 23:00", 8.0), (1, "01 01:00", 3.0)]


def test_an_error_on_the_way_leaves_the_old_readings(warehouse: Warehouse) -> None:
    _load(warehouse, _window(1, [1.0]))

    def load_and_break() -> None:
        with warehouse.transaction() as connection:
            load_windows(connection, [_window(1, [2.0])])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        load_and_break()
    assert _stored(warehouse) == [(1, "28 23:00", 1.0)]


def test_windows_of_one_sensor_are_stored_each(warehouse: Warehouse) -> None:
    first, later = _window(1, [1.0, 2.0]), _window(1, [3.0], start=_START + timedelta(hours=3))
    windows = [first, replace(later, start_utc=first.end_utc, end_utc=first.end_utc + timedelta(hours=3))]
    assert _load(warehouse, *windows) == 1
    assert _load(warehouse, *windows) == 0
    assert _stored(warehouse) == [(1, "28 23:00", 1.0), (1, "01 00:00", 2.0), (1, "01 02:00", 3.0)]
