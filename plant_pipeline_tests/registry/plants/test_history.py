"""Stored versions brought to the spans of time that they shall be."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from plant_pipeline.registry.plants.history import (
    BEGINNING_UTC,
    PlantSpan,
    Revision,
    TouchedTime,
    Version,
    local_date,
    local_midnight,
    revise,
    tracked_values,
)
from plant_pipeline.registry.records import Plant

_NOW = datetime(2026, 3, 10, 3, tzinfo=UTC)
# Prague is at UTC+1 on these days.
_TODAY = datetime(2026, 3, 9, 23, tzinfo=UTC)
_PLANT = Plant(
    plant_id=UUID(int=1), plant_code="P-ABCDEFGH", name="Lhota", technology="solar", latitude=50.0, longitude=14.0,
    timezone="Europe/Prague", country="CZE", capacity_ac_kw=1000.0, capacity_dc_kw=None, storage_kwh=None,
    commissioned_at=None, status="active", merged_into=None, first_seen_at=_NOW, updated_at=_NOW, retired_at=None,
)  # fmt: skip


def _apply(known: Sequence[Version], revision: Revision) -> list[Version]:
    """The versions after a revision was written, each of which begins at an instant of its own."""
    assert len({version.valid_from for version in revision.written}) == len(revision.written)
    kept = {version.valid_from: version for version in known if version.valid_from not in revision.deleted}
    kept |= {version.valid_from: version for version in revision.written}
    return [kept[each] for each in sorted(kept)]


def _spans(*values: tuple[datetime, dict[str, object]]) -> list[PlantSpan]:
    """Spans of the plant, each with some values of its own."""
    return [PlantSpan(start, tracked_values(_PLANT) | own) for start, own in values]


def _capacities(versions: Sequence[Version]) -> list[tuple[datetime, datetime | None, float | None]]:
    return [(version.valid_from, version.valid_to, version.plant.capacity_ac_kw) for version in versions]


_ONE = _spans((BEGINNING_UTC, {}))
_TWO = _spans((BEGINNING_UTC, {}), (_TODAY, {"capacity_ac_kw": 1200.0}))
_FIRST = _apply([], revise([], _ONE, _PLANT, _NOW - timedelta(days=9)))
_SECOND = _apply(_FIRST, revise(_FIRST, _TWO, replace(_PLANT, capacity_ac_kw=1200.0), _NOW))


def test_what_was_not_stored_is_new_and_touches_nothing() -> None:
    revision = revise([], _ONE, _PLANT, _NOW)
    assert revision == Revision(written=(Version(_PLANT, BEGINNING_UTC, None, _NOW),))


def test_the_same_again_writes_nothing() -> None:
    assert revise(_SECOND, _TWO, replace(_PLANT, capacity_ac_kw=1200.0), _NOW + timedelta(days=3)) == Revision()


def test_a_version_that_today_ends_is_closed_and_not_replaced() -> None:
    revision = revise(_FIRST, _TWO, replace(_PLANT, capacity_ac_kw=1200.0), _NOW)
    assert _capacities(_apply(_FIRST, revision)) == [(BEGINNING_UTC, _TODAY, 1000), (_TODAY, None, 1200)]
    assert (revision.superseded, revision.touched) == ((), ())
    assert _apply(_FIRST, revision)[0].recorded_at == _FIRST[0].recorded_at


def test_another_value_on_the_same_day_replaces_the_first_which_is_kept() -> None:
    later = _NOW + timedelta(hours=8)
    spans = _spans((BEGINNING_UTC, {}), (_TODAY, {"capacity_ac_kw": 1300.0}))
    revision = revise(_SECOND, spans, replace(_PLANT, capacity_ac_kw=1300.0), later)
    assert _capacities(_apply(_SECOND, revision)) == [(BEGINNING_UTC, _TODAY, 1000), (_TODAY, None, 1300)]
    assert revision.superseded == (_SECOND[1],)
    assert _apply(_SECOND, revision)[1].recorded_at == later


def test_a_version_that_is_no_more_is_deleted_and_kept_as_replaced() -> None:
    revision = revise(_SECOND, _ONE, _PLANT, _NOW + timedelta(hours=8))
    assert _capacities(_apply(_SECOND, revision)) == [(BEGINNING_UTC, None, 1000)]
    assert (revision.deleted, revision.superseded) == ((_TODAY,), (_SECOND[1],))


def test_neighbours_with_the_same_values_are_one_version() -> None:
    spans = _spans((BEGINNING_UTC, {}), (_TODAY - timedelta(days=40), {}), (_TODAY, {}))
    assert _capacities(_apply([], revise([], spans, _PLANT, _NOW))) == [(BEGINNING_UTC, None, 1000)]


def test_a_past_that_changes_touches_the_time_in_which_figures_differ_and_no_other() -> None:
    march, april = datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 4, 1, tzinfo=UTC)
    june, july = datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC)
    spans = _spans(
        (BEGINNING_UTC, {}), (march, {"capacity_ac_kw": 900.0}), (april, {}), (june, {"name": "Lhota 1"}),
        (july, {"technology": "hybrid"}), (_TODAY, {}),
    )  # fmt: skip
    revision = revise(_FIRST, spans, _PLANT, _NOW)
    assert revision.touched == (TouchedTime(march, april), TouchedTime(july, _TODAY))
    # What is told from today on touches no day that is over.
    assert revise(_FIRST, _TWO, replace(_PLANT, capacity_ac_kw=1200.0), _NOW).touched == ()
    # Taken back, it touches the same time again.
    back = revise(_apply(_FIRST, revision), _ONE, _PLANT, _NOW + timedelta(days=1))
    assert back.touched == (TouchedTime(march, april), TouchedTime(july, _TODAY))


def test_time_begins_in_1970() -> None:
    assert datetime(1970, 1, 1, tzinfo=UTC) == BEGINNING_UTC


def test_a_local_date_is_that_of_the_place_or_of_utc() -> None:
    late = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)
    assert local_date(late, "Europe/Prague") == date(2026, 3, 10)
    assert local_date(late, None) == date(2026, 3, 9)


@pytest.mark.parametrize(
    ("day_date", "zone", "midnight"),
    [
        # Prague: UTC+1 until 02:00 on 29 March 2026, UTC+2 from then until 25 October.
        (date(2026, 3, 29), "Europe/Prague", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        (date(2026, 3, 30), "Europe/Prague", datetime(2026, 3, 29, 22, tzinfo=UTC)),
        (date(2026, 10, 26), "Europe/Prague", datetime(2026, 10, 25, 23, tzinfo=UTC)),
        # Santiago: summer time begins at 24:00 of 5 September 2026, so 6 September begins at 01:00 (UTC-3).
        (date(2026, 9, 6), "America/Santiago", datetime(2026, 9, 6, 4, tzinfo=UTC)),
        # Apia skipped 30 December 2011; the next day began at 00:00 (UTC+14).
        (date(2011, 12, 30), "Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
        (date(2026, 3, 29), None, datetime(2026, 3, 29, tzinfo=UTC)),
    ],
)
def test_midnights_are_those_of_the_place(day_date: date, zone: str | None, midnight: datetime) -> None:
    assert local_midnight(day_date, zone) == midnight
