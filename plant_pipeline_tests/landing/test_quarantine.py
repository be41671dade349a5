from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plant_pipeline.errors import UsageError
from plant_pipeline.landing.quarantine import (
    RejectedField,
    list_rejected,
    quarantined_keys,
    show_rejected,
    write_rejected,
)
from plant_pipeline.warehouse import Warehouse

_AT = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
_NIGHT = timedelta(days=1)


def _rejection(
    key: str | None = "7", column: str = "lat", value: str | None = "95", payload: Mapping[str, Any] | None = None
) -> RejectedField:
    record = payload or {"id": 7, "lat": 95}
    return RejectedField(key, column, "in_range(-90, 90)", value, record, record)


def _write(warehouse: Warehouse, *rejections: RejectedField, run_id: str = "run-1", at: datetime = _AT) -> None:
    with warehouse.transaction() as connection:
        write_rejected(connection, "ravenwits", "plant", rejections, run_id, at)


def _rows(warehouse: Warehouse) -> list[dict[str, Any]]:
    with warehouse.transaction() as connection:
        rows = connection.exec_driver_sql("select * from quarantine.rejected_record order by rejected_id").mappings()
        return [dict(row) for row in rows]


def test_one_row_for_each_failed_field_with_the_record_as_received(warehouse: Warehouse) -> None:
    payload = {"id": 7, "lat": 95, "lon": "", "extra": {"ø": [1, None]}}
    _write(warehouse, _rejection(payload=payload), _rejection(column="lon", value="", payload=payload))
    lat, lon = _rows(warehouse)
    assert (lat["column_name"], lat["value"], lon["column_name"], lon["value"]) == ("lat", "95", "lon", "")
    assert lat["payload"] == lon["payload"] == payload
    assert (lat["state"], lat["times_seen"], lat["run_id"], lat["rejected_at"]) == ("open", 1, "run-1", _AT)


def test_the_same_content_again_only_counts_up_whatever_the_order_of_its_keys(warehouse: Warehouse) -> None:
    _write(warehouse, _rejection(payload={"id": 7, "lat": 95, "in": {"a": 1, "b": 2}}))
    _write(warehouse, _rejection(payload={"in": {"b": 2, "a": 1}, "lat": 95, "id": 7}), run_id="run-2", at=_AT + _NIGHT)
    (row,) = _rows(warehouse)
    assert (row["times_seen"], row["rejected_at"], row["last_seen_at"]) == (2, _AT, _AT + _NIGHT)
    assert row["run_id"] == "run-2"


def test_other_content_is_another_row(warehouse: Warehouse) -> None:
    _write(warehouse, _rejection(), _rejection(payload={"id": 7, "lat": 95, "name": "renamed"}))
    assert len(_rows(warehouse)) == 2


def test_a_record_without_id_counts_up_as_well(warehouse: Warehouse) -> None:
    for _ in range(2):
        _write(warehouse, _rejection(key=None, value=None))
    (row,) = _rows(warehouse)
    assert (row["record_key"], row["value"], row["times_seen"]) == (None, None, 2)


def test_a_record_twice_in_one_listing_is_seen_once(warehouse: Warehouse) -> None:
    _write(warehouse, _rejection(), _rejection())
    assert [row["times_seen"] for row in _rows(warehouse)] == [1]


@pytest.mark.parametrize(("before", "after"), [("waived", "waived"), ("replayed", "open"), ("open", "open")])
def test_what_a_person_waived_stays_waived_and_what_fails_again_is_open(
    warehouse: Warehouse, before: str, after: str
) -> None:
    _write(warehouse, _rejection())
    with warehouse.transaction() as connection:
        connection.exec_driver_sql("update quarantine.rejected_record set state = %(state)s", {"state": before})
    _write(warehouse, _rejection(), at=_AT + _NIGHT)
    (row,) = _rows(warehouse)
    assert (row["state"], row["times_seen"]) == (after, 2)


def test_what_postgresql_cannot_store_is_replaced_and_nothing_else(warehouse: Warehouse) -> None:
    payload = {"id": "a\x00b", "note": "\\u0000 as text", "path": "C:\\\\\x00", "emoji": "\U0001f31e", "\x00": 1}
    _write(warehouse, _rejection(key="a\x00b", value="a\x00b", payload=payload))
    (row,) = _rows(warehouse)
    assert (row["record_key"], row["value"]) == ("a\ufffdb", "a\ufffdb")
    assert row["payload"] == {
        "id": "a\ufffdb",
        "note": "\\u0000 as text",
        "path": "C:\\\\\ufffd",
        "emoji": "\U0001f31e",
        "\ufffd": 1,
    }


def test_a_record_nested_beyond_measure_is_kept_by_name(warehouse: Warehouse) -> None:
    nested: dict[str, Any] = {}
    for _ in range(400):
        nested = {"in": nested}
    _write(warehouse, _rejection(payload={"id": 7, **nested}))
    assert _rows(warehouse)[0]["payload"]["fields"] == ["id", "in"]


def test_ids_in_quarantine_are_those_of_the_latest_listing(warehouse: Warehouse) -> None:
    _write(warehouse, _rejection("7"), _rejection("8"), _rejection(None))
    _write(warehouse, _rejection("8"), at=_AT + _NIGHT)
    with warehouse.transaction() as connection:
        assert quarantined_keys(connection, "ravenwits", "plant", _AT) == {"7", "8"}
        assert quarantined_keys(connection, "ravenwits", "plant", _AT + _NIGHT) == {"8"}
        assert quarantined_keys(connection, "ravenwits", "plant", _AT + 2 * _NIGHT) == set()
        assert quarantined_keys(connection, "ravenwits", "plant", None) == {"7", "8"}
        assert quarantined_keys(connection, "voke", "plant", None) == set()


def test_the_list_shows_one_state_newest_first_and_one_record_in_full(warehouse: Warehouse) -> None:
    _write(warehouse, _rejection("7"))
    _write(warehouse, _rejection("8", payload={"id": 8, "lat": 95}), at=_AT + _NIGHT)
    with warehouse.transaction() as connection:
        listed = list_rejected(connection)
        assert [row["record_key"] for row in listed] == ["8", "7"]
        assert "payload" not in listed[0]
        assert len(list_rejected(connection, "waived")) == 0
        shown = show_rejected(connection, listed[0]["rejected_id"])
        assert (shown["record_key"], shown["payload"]) == ("8", {"id": 8, "lat": 95})
        with pytest.raises(UsageError, match="quarantine list"):
            show_rejected(connection, 999)


def test_nothing_rejected_writes_nothing(warehouse: Warehouse) -> None:
    _write(warehouse)
    assert _rows(warehouse) == []
