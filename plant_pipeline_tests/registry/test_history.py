from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from plant_pipeline.registry.history import (
    BEGINNING_UTC,
    Revision,
    Stated,
    Version,
    local_date,
    local_midnight,
    revise,
    statements,
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


def _apply(known: list[Version], revision: Revision) -> list[Version]:
    """The versions after a revision was written, each of which begins at an instant of its own."""
    assert len({version.valid_from for version in revision.written}) == len(revision.written)
    kept = {version.valid_from: version for version in known if version.valid_from not in revision.deleted}
    kept |= {version.valid_from: version for version in revision.written}
    return [kept[each] for each in sorted(kept)]


def _spans(versions: list[Version], field: str) -> list[tuple[datetime, datetime | None, object]]:
    return [(version.valid_from, version.valid_to, getattr(version.plant, field)) for version in versions]


def _history(*plants: tuple[Plant, datetime]) -> list[Version]:
    versions: list[Version] = []
    for plant, now_utc in plants:
        versions = _apply(versions, revise(versions, plant, [], now_utc))
    return versions


def test_the_first_version_begins_with_time() -> None:
    revision = revise([], _PLANT, [], _NOW)
    assert revision.written == (Version(_PLANT, BEGINNING_UTC, None, _NOW),)
    assert (revision.deleted, revision.superseded) == ((), ())


def test_a_change_begins_at_the_local_midnight_of_the_day_it_was_noticed() -> None:
    first = _history((_PLANT, _NOW - timedelta(days=9)))
    revision = revise(first, replace(_PLANT, capacity_ac_kw=1200.0), [], _NOW)
    assert _spans(_apply(first, revision), "capacity_ac_kw") == [(BEGINNING_UTC, _TODAY, 1000), (_TODAY, None, 1200)]
    assert revision.superseded == ()
    assert _apply(first, revision)[0].recorded_at == first[0].recorded_at


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


def test_a_value_unknown_until_then_is_learned_for_all_time() -> None:
    known = _history((_PLANT, _NOW - timedelta(days=9)), (replace(_PLANT, name="Lhota 1"), _NOW - timedelta(days=5)))
    revision = revise(known, replace(_PLANT, name="Lhota 1", storage_kwh=500.0), [], _NOW)
    assert [value for _, _, value in _spans(_apply(known, revision), "storage_kwh")] == [500, 500]
    assert revision.superseded == tuple(known)


def test_a_value_lost_and_found_again_is_a_change() -> None:
    lost = replace(_PLANT, capacity_ac_kw=None)
    known = _history((_PLANT, _NOW - timedelta(days=9)), (lost, _NOW - timedelta(days=5)))
    versions = _apply(known, revise(known, replace(_PLANT, capacity_ac_kw=900.0), [], _NOW))
    assert [value for _, _, value in _spans(versions, "capacity_ac_kw")] == [1000, None, 900]


def test_the_end_of_a_plant_is_never_learned_backwards() -> None:
    known = _history((_PLANT, _NOW - timedelta(days=9)))
    retired = replace(_PLANT, status="retired", retired_at=_NOW)
    versions = _apply(known, revise(known, retired, [], _NOW))
    assert _spans(versions, "retired_at") == [(BEGINNING_UTC, _TODAY, None), (_TODAY, None, _NOW)]


def test_a_second_change_on_a_day_replaces_the_first() -> None:
    known = _history((_PLANT, _NOW - timedelta(days=9)), (replace(_PLANT, capacity_ac_kw=1200.0), _NOW))
    later = _NOW + timedelta(hours=8)
    revision = revise(known, replace(_PLANT, capacity_ac_kw=1300.0), [], later)
    assert _spans(_apply(known, revision), "capacity_ac_kw") == [(BEGINNING_UTC, _TODAY, 1000), (_TODAY, None, 1300)]
    assert revision.superseded == (known[1],)
    assert _apply(known, revision)[1].recorded_at == later


def test_a_change_taken_back_on_its_day_leaves_no_trace_but_is_kept() -> None:
    known = _history((_PLANT, _NOW - timedelta(days=9)), (replace(_PLANT, capacity_ac_kw=1200.0), _NOW))
    revision = revise(known, _PLANT, [], _NOW + timedelta(hours=8))
    assert _spans(_apply(known, revision), "capacity_ac_kw") == [(BEGINNING_UTC, None, 1000)]
    assert (revision.deleted, revision.superseded) == ((_TODAY,), (known[1],))


def test_a_second_change_on_a_day_replaces_the_first_even_if_the_zone_changed_in_between() -> None:
    known = _history((_PLANT, _NOW - timedelta(days=9)), (replace(_PLANT, capacity_ac_kw=1200.0), _NOW))
    moved = replace(_PLANT, timezone="Asia/Kolkata", capacity_ac_kw=1200.0)
    versions = _apply(known, revise(known, moved, [], _NOW + timedelta(hours=8)))
    assert _spans(versions, "timezone") == [(BEGINNING_UTC, _TODAY, "Europe/Prague"), (_TODAY, None, "Asia/Kolkata")]


def test_a_date_that_a_person_states_cuts_the_past() -> None:
    since = datetime(2026, 1, 31, 23, tzinfo=UTC)
    renamed_at = datetime(2026, 2, 27, 23, tzinfo=UTC)
    known = _history(
        (_PLANT, _NOW - timedelta(days=99)), (replace(_PLANT, name="Lhota 1"), renamed_at + timedelta(hours=3))
    )
    stated = [Stated("capacity_ac_kw", 1500.0, since, None)]
    now = replace(_PLANT, name="Lhota 1", capacity_ac_kw=1500.0)
    revision = revise(known, now, stated, _NOW)
    versions = _apply(known, revision)
    assert _spans(versions, "capacity_ac_kw") == [
        (BEGINNING_UTC, since, 1000), (since, renamed_at, 1500), (renamed_at, None, 1500),
    ]  # fmt: skip
    assert [version.plant.name for version in versions] == ["Lhota", "Lhota", "Lhota 1"]
    assert set(revision.superseded) == set(known)
    assert revise(versions, now, stated, _NOW + timedelta(days=1)) == Revision()


def test_a_value_stated_until_another_date_is_no_change_today() -> None:
    since, until = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    known = _history((_PLANT, _NOW - timedelta(days=9)))
    versions = _apply(known, revise(known, _PLANT, [Stated("capacity_ac_kw", 800.0, since, until)], _NOW))
    assert _spans(versions, "capacity_ac_kw") == [
        (BEGINNING_UTC, since, 1000), (since, until, 800), (until, None, 1000),
    ]  # fmt: skip


def test_a_stated_date_holds_for_a_value_that_was_unknown_before() -> None:
    since = datetime(2026, 1, 31, 23, tzinfo=UTC)
    known = _history((_PLANT, _NOW - timedelta(days=9)))
    stated = [Stated("storage_kwh", 500.0, since, None)]
    versions = _apply(known, revise(known, replace(_PLANT, storage_kwh=500.0), stated, _NOW))
    assert _spans(versions, "storage_kwh") == [(BEGINNING_UTC, since, None), (since, None, 500)]


def test_a_new_plant_has_its_first_values_until_a_stated_date() -> None:
    since = datetime(2026, 1, 31, 23, tzinfo=UTC)
    now = replace(_PLANT, capacity_ac_kw=1500.0)
    revision = revise([], now, [Stated("capacity_ac_kw", 1500.0, since, None)], _NOW, first=_PLANT)
    assert _spans(list(revision.written), "capacity_ac_kw") == [(BEGINNING_UTC, since, 1000), (since, None, 1500)]


def test_statements_hold_until_the_next_and_only_dated_ones_reach_back() -> None:
    steps = {"name": [(_NOW - timedelta(days=9), "A", True), (_NOW - timedelta(days=5), "B", False),
                      (_NOW + timedelta(days=5), "C", True)]}  # fmt: skip
    assert statements(steps, _NOW) == [Stated("name", "A", _NOW - timedelta(days=9), _NOW - timedelta(days=5))]


def test_time_begins_in_1970() -> None:
    assert datetime(1970, 1, 1, tzinfo=UTC) == BEGINNING_UTC


def test_a_local_date_is_that_of_the_place_or_of_utc() -> None:
    late = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)
    assert local_date(late, "Europe/Prague") == date(2026, 3, 10)
    assert local_date(late, None) == date(2026, 3, 9)


# Three versions: 1000 kW from the beginning, renamed on 2 January, renamed again on 2 February.
_JANUARY, _FEBRUARY = datetime(2026, 1, 1, 23, tzinfo=UTC), datetime(2026, 2, 1, 23, tzinfo=UTC)
_RENAMED = [
    Version(_PLANT, BEGINNING_UTC, _JANUARY, _NOW),
    Version(replace(_PLANT, name="Lhota 1"), _JANUARY, _FEBRUARY, _NOW),
    Version(replace(_PLANT, name="Lhota 2"), _FEBRUARY, None, _NOW),
]


@pytest.mark.parametrize(
    ("since", "until", "spans"),
    [
        # Within one version, the first, the middle and the last.
        (datetime(2025, 5, 1, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC),
         [(BEGINNING_UTC, 1000), (datetime(2025, 5, 1, tzinfo=UTC), 1500), (datetime(2025, 6, 1, tzinfo=UTC), 1000),
          (_JANUARY, 1000), (_FEBRUARY, 1000)]),
        (datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 1, 20, tzinfo=UTC),
         [(BEGINNING_UTC, 1000), (_JANUARY, 1000), (datetime(2026, 1, 10, tzinfo=UTC), 1500),
          (datetime(2026, 1, 20, tzinfo=UTC), 1000), (_FEBRUARY, 1000)]),
        (datetime(2026, 2, 10, tzinfo=UTC), datetime(2026, 2, 20, tzinfo=UTC),
         [(BEGINNING_UTC, 1000), (_JANUARY, 1000), (_FEBRUARY, 1000), (datetime(2026, 2, 10, tzinfo=UTC), 1500),
          (datetime(2026, 2, 20, tzinfo=UTC), 1000)]),
        # From where a version begins to where it ends.
        (_JANUARY, _FEBRUARY, [(BEGINNING_UTC, 1000), (_JANUARY, 1500), (_FEBRUARY, 1000)]),
        # From within one version into the next, and over all of one.
        (datetime(2025, 5, 1, tzinfo=UTC), datetime(2026, 1, 10, tzinfo=UTC),
         [(BEGINNING_UTC, 1000), (datetime(2025, 5, 1, tzinfo=UTC), 1500), (_JANUARY, 1500),
          (datetime(2026, 1, 10, tzinfo=UTC), 1000), (_FEBRUARY, 1000)]),
        (datetime(2025, 5, 1, tzinfo=UTC), datetime(2026, 2, 10, tzinfo=UTC),
         [(BEGINNING_UTC, 1000), (datetime(2025, 5, 1, tzinfo=UTC), 1500), (_JANUARY, 1500), (_FEBRUARY, 1500),
          (datetime(2026, 2, 10, tzinfo=UTC), 1000)]),
    ],
    ids=["in the first", "in the middle", "in the last", "just one", "into the next", "over one"],
)  # fmt: skip
def test_a_statement_holds_in_every_version_between_its_dates_and_in_no_other(
    since: datetime, until: datetime, spans: list[tuple[datetime, float]]
) -> None:
    stated = [Stated("capacity_ac_kw", 1500.0, since, until)]
    revision = revise(_RENAMED, replace(_PLANT, name="Lhota 2"), stated, _NOW)
    versions = _apply(_RENAMED, revision)
    assert [(version.valid_from, version.plant.capacity_ac_kw) for version in versions] == spans
    assert [version.valid_to for version in versions] == [*(start for start, _ in spans[1:]), None]
    names = {BEGINNING_UTC: "Lhota", _JANUARY: "Lhota 1", _FEBRUARY: "Lhota 2"}
    assert [version.plant.name for version in versions] == [
        names[max(start for start in names if start <= version.valid_from)] for version in versions
    ]


def test_statements_of_now_are_in_force_and_later_ones_end_nothing_yet() -> None:
    earlier, later = _NOW - timedelta(days=9), _NOW + timedelta(days=5)
    assert statements({"name": [(earlier, "A", True), (_NOW, "B", True), (later, "C", True)]}, _NOW) == [
        Stated("name", "A", earlier, _NOW), Stated("name", "B", _NOW, None),
    ]  # fmt: skip


def test_each_statement_ends_where_the_next_of_its_field_begins() -> None:
    first, second, third = (_NOW - timedelta(days=each) for each in (9, 6, 3))
    assert statements({"name": [(first, "A", True), (second, "B", True), (third, "C", True)]}, _NOW) == [
        Stated("name", "A", first, second), Stated("name", "B", second, third), Stated("name", "C", third, None),
    ]  # fmt: skip
