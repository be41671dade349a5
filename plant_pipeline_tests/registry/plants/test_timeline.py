"""What was true of a plant when, by its records and by what people state."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from plant_pipeline.registry.decisions.rulings import Step, stated_on
from plant_pipeline.registry.plants.golden import golden_values
from plant_pipeline.registry.plants.history import BEGINNING_UTC, PlantSpan, Version, tracked_values
from plant_pipeline.registry.plants.lifecycle import Retirement, Standing, members_of
from plant_pipeline.registry.plants.remembered import remembered, seen
from plant_pipeline.registry.plants.timeline import Told, Track, ended, timeline
from plant_pipeline.registry.records import Plant, RecordVersion
from plant_pipeline_tests.registry.given import NOW, at, record

_HOME = UUID(int=1)
_PLANT = Plant(
    plant_id=_HOME, plant_code="P-ABCDEFGH", name="Lhota", technology="solar", latitude=50.0, longitude=14.0,
    timezone="Europe/Prague", country="CZE", capacity_ac_kw=1000.0, capacity_dc_kw=None, storage_kwh=None,
    commissioned_at=None, status="active", merged_into=None, first_seen_at=NOW, updated_at=NOW, retired_at=None,
)  # fmt: skip
# Prague is at UTC+1 on these days: the midnights before `NOW` and of the days before.
_TODAY, _YESTERDAY = datetime(2026, 3, 9, 23, tzinfo=UTC), datetime(2026, 3, 8, 23, tzinfo=UTC)


def _track(written: str, *values: tuple[datetime, dict[str, object]], **standing: object) -> Track:
    """A record of the plant that said something from each instant on."""
    versions: list[RecordVersion] = []
    for instant, own in values:
        absences = own.pop("absences", 0)
        candidate = replace(record(written, "Lhota", 50.0, 14.0, capacity_ac_kw=1000.0), **own)  # type: ignore[arg-type]
        versions.append(replace(seen(None, candidate, (), instant, instant), absences=absences))  # type: ignore[arg-type]
    last = versions[-1]
    now = Standing(
        candidate=remembered(last), absences=last.absences, first_seen_at=NOW, home=_HOME,
        gone_since=last.valid_from if last.absences == 2 else None,
    )  # fmt: skip
    return Track(replace(now, **standing), versions)  # type: ignore[arg-type] # values of the right type


def _of(field: str, tracks: Sequence[Track], told: Told | None = None, now: datetime = NOW) -> list[tuple[object, ...]]:
    """Begin and value of a field in each span in which it changes."""
    told = told or Told({})
    standings = [track.standing for track in tracks]
    golden = golden_values(members_of(standings), stated_on(told.steps, now.date()))
    present = replace(_PLANT, **golden.values)  # type: ignore[arg-type] # its fields
    if told.retirement:
        present = replace(present, status="retired", retired_at=told.retirement.from_utc)
    found: list[tuple[object, ...]] = []
    for span in timeline(present, tracks, told, now):
        if not found or found[-1][1] != span.values[field]:
            found.append((span.start, span.values[field]))
    return found


def _step(day: date, value: object, *, is_dated: bool = True) -> Step:
    return Step(day, value, is_dated)


# -------------------------------------------------------------------------------------------------------------- records
def test_the_first_span_begins_with_time() -> None:
    assert _of("capacity_ac_kw", [_track("voke:1", (NOW, {}))]) == [(BEGINNING_UTC, 1000)]


def test_a_change_begins_at_the_local_midnight_of_the_day_it_was_noticed() -> None:
    track = _track("voke:1", (BEGINNING_UTC, {}), (NOW, {"capacity_ac_kw": 1200.0}))
    assert _of("capacity_ac_kw", [track]) == [(BEGINNING_UTC, 1000), (_TODAY, 1200)]


def test_of_two_changes_on_a_day_the_second_holds_from_its_midnight_on() -> None:
    later = NOW + timedelta(hours=8)
    track = _track(
        "voke:1", (BEGINNING_UTC, {}), (NOW, {"capacity_ac_kw": 1200.0}), (later, {"capacity_ac_kw": 1300.0})
    )
    assert _of("capacity_ac_kw", [track], now=later) == [(BEGINNING_UTC, 1000), (_TODAY, 1300)]
    back = _track("voke:1", (BEGINNING_UTC, {}), (NOW, {"capacity_ac_kw": 1200.0}), (later, {}))
    assert _of("capacity_ac_kw", [back], now=later) == [(BEGINNING_UTC, 1000)]


def test_a_value_unknown_until_now_was_learned_and_one_that_was_lost_is_not_known_any_more() -> None:
    track = _track("voke:1", (BEGINNING_UTC, {"storage_kwh": None}), (at(-1), {"storage_kwh": 500.0}), (NOW, {}))
    assert _of("storage_kwh", [track]) == [(BEGINNING_UTC, 500), (_TODAY, None)]


def test_parts_add_up_in_the_past_as_well_each_as_it_was_then() -> None:
    one = _track("voke:1", (BEGINNING_UTC, {}), (at(-1), {"capacity_ac_kw": 1100.0}))
    other = _track(
        "voke:2", (BEGINNING_UTC, {"capacity_ac_kw": 50.0}), (NOW, {"capacity_ac_kw": 60.0}), home=UUID(int=2)
    )
    assert _of("capacity_ac_kw", [one, other]) == [(BEGINNING_UTC, 1050), (_YESTERDAY, 1150), (_TODAY, 1160)]


def test_a_record_that_joined_later_says_nothing_of_the_time_before() -> None:
    first = _track("voke:1", (BEGINNING_UTC, {}))
    better = _track("ravenwits:1", (NOW, {"capacity_ac_kw": 990.0}))
    assert _of("capacity_ac_kw", [first, better]) == [(BEGINNING_UTC, 1000), (_TODAY, 990)]


def test_a_plant_is_out_of_service_while_all_its_records_are_gone() -> None:
    track = _track("voke:1", (BEGINNING_UTC, {}), (at(-2), {"absences": 1}), (at(-1), {"absences": 2}), (NOW, {}))
    assert _of("status", [track]) == [(BEGINNING_UTC, "active"), (_YESTERDAY, "retired"), (_TODAY, "active")]
    assert _of("retired_at", [track]) == [(BEGINNING_UTC, None), (_YESTERDAY, at(-1)), (_TODAY, None)]


# ----------------------------------------------------------------------------------------------------------- statements
def test_a_date_that_a_person_states_cuts_the_past_until_the_next_one() -> None:
    track = _track("voke:1", (BEGINNING_UTC, {}))
    february = datetime(2026, 1, 31, 23, tzinfo=UTC)
    steps = {"capacity_ac_kw": [_step(date(2026, 2, 1), 1500.0), _step(date(2026, 3, 9), 1600.0)]}
    assert _of("capacity_ac_kw", [track], Told(steps)) == [
        (BEGINNING_UTC, 1000), (february, 1500), (_YESTERDAY, 1600),
    ]  # fmt: skip
    assert _of("capacity_ac_kw", [track], Told({})) == [(BEGINNING_UTC, 1000)]


def test_what_is_stated_holds_over_what_its_records_say_meanwhile() -> None:
    track = _track("voke:1", (BEGINNING_UTC, {}), (at(-1), {"capacity_ac_kw": 1100.0}))
    steps = {"capacity_ac_kw": [_step(date(2026, 2, 1), 1500.0)]}
    february = datetime(2026, 1, 31, 23, tzinfo=UTC)
    assert _of("capacity_ac_kw", [track], Told(steps)) == [(BEGINNING_UTC, 1000), (february, 1500)]


def test_a_dated_value_does_not_hold_before_its_date_although_nothing_was_known() -> None:
    track = _track("voke:1", (BEGINNING_UTC, {}))
    february = datetime(2026, 1, 31, 23, tzinfo=UTC)
    dated = Told({"storage_kwh": [_step(date(2026, 2, 1), 500.0)]})
    assert _of("storage_kwh", [track], dated) == [(BEGINNING_UTC, None), (february, 500)]
    undated = Told({"storage_kwh": [_step(date(2026, 2, 1), 500.0, is_dated=False)]})
    assert _of("storage_kwh", [track], undated) == [(BEGINNING_UTC, 500)]


def test_a_value_stated_before_the_plant_was_seen_always_held() -> None:
    track = _track("voke:1", (BEGINNING_UTC, {}))
    steps = {"capacity_ac_kw": [_step(date.min, 1500.0, is_dated=False)]}
    assert _of("capacity_ac_kw", [track], Told(steps)) == [(BEGINNING_UTC, 1500)]


def test_a_date_in_the_future_changes_nothing_yet() -> None:
    track = _track("voke:1", (BEGINNING_UTC, {}))
    steps = {"capacity_ac_kw": [_step(date(2026, 3, 11), 1500.0)]}
    assert _of("capacity_ac_kw", [track], Told(steps)) == [(BEGINNING_UTC, 1000)]


def test_the_end_that_a_person_states_begins_at_the_midnight_of_its_day() -> None:
    track = _track("voke:1", (BEGINNING_UTC, {}))
    told = Told({}, Retirement(at(-1), is_dated=False))
    assert _of("status", [track], told) == [(BEGINNING_UTC, "active"), (_YESTERDAY, "retired")]


# ------------------------------------------------------------------------------------------------------ without records
def test_a_plant_whose_records_went_elsewhere_was_what_it_was_until_today() -> None:
    known = [Version(_PLANT, BEGINNING_UTC, None, at(-9))]
    gone = replace(_PLANT, status="retired", retired_at=NOW)
    assert ended(known, gone, NOW) == [
        PlantSpan(BEGINNING_UTC, tracked_values(_PLANT)), PlantSpan(_TODAY, tracked_values(gone)),
    ]  # fmt: skip
    assert ended([], gone, NOW) == [PlantSpan(BEGINNING_UTC, tracked_values(gone))]
