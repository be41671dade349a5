"""Presence of records, and what is remembered of them."""

from dataclasses import replace

import pytest

from plant_pipeline.registry.plants.history import BEGINNING_UTC
from plant_pipeline.registry.plants.remembered import remembered, seen
from plant_pipeline_tests.registry.given import NOW, at, record

_DELIVERED = record("voke:1", "Lhota", 50.0, 14.0, capacity_dc_kw=400.0, sensor_timezones=("Europe/Prague",))
_KNOWN = seen(None, _DELIVERED, (), BEGINNING_UTC, NOW)


def test_a_listing_that_is_not_complete_says_nothing_of_who_is_absent() -> None:
    assert seen(_KNOWN, None, (), NOW, NOW) == _KNOWN
    assert seen(_KNOWN, None, ("ravenwits",), NOW, NOW) == _KNOWN
    assert seen(_KNOWN, replace(_DELIVERED, is_present=False), ("ravenwits",), NOW, NOW) == _KNOWN


def test_each_complete_listing_without_the_record_is_an_absence_up_to_the_second() -> None:
    version, counted = _KNOWN, []
    for number in range(1, 5):
        version = seen(version, None, ("voke",), NOW, at(number))
        counted.append((version.absences, version.valid_from))
    assert counted == [(1, at(1)), (2, at(2)), (2, at(2)), (2, at(2))]
    assert seen(_KNOWN, replace(_DELIVERED, is_present=False), ("voke",), NOW, NOW).absences == 1


def test_a_record_that_is_there_again_has_no_absences_and_says_what_it_says_now() -> None:
    gone = replace(_KNOWN, absences=2, valid_from=at(-1))
    version = seen(gone, replace(_DELIVERED, name="Lhota 2"), (), NOW, NOW)
    assert (version.absences, version.name, version.valid_from) == (0, "Lhota 2", NOW)


def test_what_says_nothing_else_is_the_version_that_is_known() -> None:
    assert seen(_KNOWN, replace(_DELIVERED, observed_at=at(5)), ("voke",), NOW, at(5)) is _KNOWN


def test_a_version_gives_the_record_back_but_for_the_ids_it_carried() -> None:
    quoting = replace(_DELIVERED, own_keys=("A",), external_keys=("B",))
    version = seen(None, quoting, (), NOW, NOW)
    assert remembered(version) == replace(quoting, own_keys=(), external_keys=())


def test_nothing_is_made_of_nothing() -> None:
    with pytest.raises(ValueError, match="nothing is known"):
        seen(None, None, (), NOW, NOW)
