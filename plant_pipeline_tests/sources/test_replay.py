"""Rejected records are taken to their tables once their schema accepts them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandera.pandas as pa
import pytest

from plant_pipeline.errors import UsageError
from plant_pipeline.sources.columns import integer, number, text
from plant_pipeline.sources.ravenwits.source import RAVENWITS
from plant_pipeline.sources.replay import Replayed, replay_rejected
from plant_pipeline.sources.source import Entity, Listing, Source
from plant_pipeline_tests.sources.nights import AT, NIGHT, SCHEMA, Night, plant, source_of

_LONG, _LONGER = "n" * 30, "n" * 50
# What a release has that knows better.
_CORRECTED = pa.DataFrameSchema({**SCHEMA.columns, "name": text("name", pa.Check.str_length(1, 40))}, strict=True)


async def _fetch(_context: Any) -> Listing:
    return Listing([])


def _source(schema: pa.DataFrameSchema = _CORRECTED, **changes: Any) -> Source:
    return source_of(replace(Entity("asset", "flexmeasures.asset", "Assets.", schema, _fetch), **changes))


def _replay(night: Night, source: Source, rejected_ids: Sequence[int] | None = None) -> list[tuple[int, int]]:
    """How many are good now, and how many still are not."""
    with night.warehouse.transaction() as connection:
        done = replay_rejected(connection, [source], rejected_ids)
    assert all((own.source, own.entity, own.table) == ("flexmeasures", "asset", "flexmeasures.asset") for own in done)
    return [(own.good, own.still_rejected) for own in done]


def _states(night: Night) -> dict[str, str]:
    rows = night.rows("select record_key, state from quarantine.rejected_record order by 1")
    return {row["record_key"]: row["state"] for row in rows}


def test_what_a_corrected_schema_accepts_reaches_its_table_and_the_rest_waits(night: Night) -> None:
    night.pull([plant(1), plant(2), plant(3, _LONG), plant(4, _LONGER), None, plant(5)])
    assert _replay(night, _source(SCHEMA)) == [(0, 3)]
    assert _replay(night, _source()) == [(1, 2)]
    assert night.names() == {1: "a", 2: "a", 3: _LONG, 5: "a"}
    assert night.present() == {1, 2, 3, 5}
    assert night.rows("select fetched_at from flexmeasures.asset where id = 3") == [{"fetched_at": AT + NIGHT}]
    assert _states(night) == {"3": "replayed", "4": "open", None: "open"}
    assert _replay(night, _source()) == [(0, 2)]


def test_a_record_that_has_left_since_is_not_present(night: Night) -> None:
    night.pull([plant(1), plant(2, _LONG)])
    night.pull([plant(1)])
    assert _replay(night, _source()) == [(1, 0)]
    assert (night.names(), night.present()) == ({1: "a", 2: _LONG}, {1})


def test_a_row_that_is_newer_stays(night: Night) -> None:
    night.pull([plant(1), plant(2, _LONG)])
    (rejected_id,) = (row["rejected_id"] for row in night.rows("select rejected_id from quarantine.rejected_record"))
    night.pull([plant(1), plant(2, "renamed")])
    assert _replay(night, _source()) == []  # it is good again by itself
    assert _replay(night, _source(), [rejected_id]) == [(1, 0)]
    assert (night.names(), night.present()) == ({1: "a", 2: "renamed"}, {1, 2})


def test_of_several_versions_the_last_one_counts(night: Night) -> None:
    for version in range(3):
        night.pull([plant(1), plant(2, f"{_LONG}{version}")])
    assert _replay(night, _source()) == [(3, 0)]
    assert night.names() == {1: "a", 2: f"{_LONG}2"}


def test_a_record_with_several_bad_fields_is_one_and_named_by_any_of_them(night: Night) -> None:
    strict = pa.DataFrameSchema({**SCHEMA.columns, "account_id": integer("account_id", pa.Check.lt(5), vital=True)})
    night.pull([plant(1), plant(2, _LONG, account_id=7), plant(3, _LONG), plant(4)], schema=strict)
    first, *_ = (
        row["rejected_id"] for row in night.rows("select rejected_id from quarantine.rejected_record order by 1")
    )
    assert _replay(night, _source(), [first]) == [(1, 0)]
    assert night.rows("select count(*) from quarantine.rejected_record where state = 'replayed'") == [{"count": 2}]
    assert _states(night)["3"] == "open"


def test_an_id_that_is_not_known_is_told(night: Night) -> None:
    with pytest.raises(UsageError, match=r"no rejected record 7.*quarantine list"):
        _replay(night, _source(), [7])


def test_what_was_waived_is_replayed_only_by_name(night: Night) -> None:
    night.pull([plant(1), plant(2, _LONG)])
    with night.warehouse.transaction() as connection:
        connection.exec_driver_sql("update quarantine.rejected_record set state = 'waived'")
    assert _replay(night, _source()) == []
    rejected_ids = [row["rejected_id"] for row in night.rows("select rejected_id from quarantine.rejected_record")]
    assert _replay(night, _source(), rejected_ids) == [(1, 0)]


def test_rows_of_an_entity_that_is_written_in_its_own_way_go_that_way(night: Night) -> None:
    forecast = RAVENWITS.entity("forecast")
    records = [
        {"plant": "SIERRA_01", "datetime": "2026-03-10 07:00", "pred": "1e12"},
        {"plant": "SIERRA_01", "datetime": "2026-03-10 08:00", "pred": "20"},
    ]
    night.pull(records, schema=forecast.schema, write=forecast.write, name="forecast", table="ravenwits.forecast")
    generous = pa.DataFrameSchema({**forecast.schema.columns, "energy_kwh": number("pred")})
    with night.warehouse.transaction() as connection:
        source = replace(_source(), entities=(replace(forecast, schema=generous),))
        assert replay_rejected(connection, [source]) == [
            Replayed("flexmeasures", "forecast", "ravenwits.forecast", 1, 0)
        ]
    assert night.rows("select energy_kwh, retrieved_at from ravenwits.forecast order by 1") == [
        {"energy_kwh": 20.0, "retrieved_at": AT + NIGHT},
        {"energy_kwh": 1e12, "retrieved_at": AT + NIGHT},
    ]
