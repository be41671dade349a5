from collections import Counter
from math import asin, cos, radians, sin, sqrt

import pytest
from tzfpy import get_tz

from plant_pipeline.sandbox.fleet import Fleet
from plant_pipeline.sandbox.plants import TruePlant


def _distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    (lat_1, lon_1), (lat_2, lon_2) = ((radians(a), radians(b)) for a, b in (one, other))
    root = sin((lat_2 - lat_1) / 2) ** 2 + cos(lat_1) * cos(lat_2) * sin((lon_2 - lon_1) / 2) ** 2
    return 2 * 6371 * asin(sqrt(root))


def _place(plant: TruePlant) -> tuple[float, float]:
    return plant.latitude, plant.longitude


def test_who_is_known_where(fleet: Fleet) -> None:
    known = Counter(tuple(plant.source_ids) for plant in fleet.truth)
    assert len(fleet.truth) == 36
    assert known[("ravenwits", "voke", "flexmeasures")] == 12
    assert known[("ravenwits", "flexmeasures")] == 5
    assert known[("ravenwits", "voke")] == 2
    assert known[("voke", "flexmeasures")] == 2
    assert (known[("ravenwits",)], known[("voke",)], known[("flexmeasures",)]) == (6, 5, 4)
    assert sum(plant.style is not None for plant in fleet.truth) == 16


def test_zones_and_hemispheres(fleet: Fleet) -> None:
    zones = {plant.timezone for plant in fleet.truth}
    assert zones >= {"Europe/Prague", "Australia/Adelaide", "Asia/Kolkata", "America/Chicago", "Africa/Johannesburg"}
    assert any(plant.latitude < 0 for plant in fleet.truth)
    for plant in fleet.truth:
        assert get_tz(plant.longitude, plant.latitude) == plant.timezone, plant.key


def test_systems_disagree_a_little_about_a_place(fleet: Fleet) -> None:
    for plant in fleet.truth:
        records = (plant.ravenwits, plant.voke, plant.flexmeasures)
        for record in records:
            if record is not None and record.latitude and record.longitude:
                away = _distance_km((record.latitude, record.longitude), _place(plant))
                assert 0 < away < 0.4, plant.key


def test_external_ids_link_some_and_never_two(fleet: Fleet) -> None:
    linked = []
    for plant in fleet.truth:
        if plant.voke is not None and plant.voke.external_plant_id is not None:
            other = {plant.flexmeasures.external_id} if plant.flexmeasures is not None else set()
            other |= {plant.ravenwits.name} if plant.ravenwits is not None else set()
            assert plant.voke.external_plant_id in other
            linked.append(plant.voke.external_plant_id)
    assert len(linked) == len(set(linked)) == 7


def test_the_doubtful_pair_and_the_neighbours(fleet: Fleet) -> None:
    one, two = fleet.by_key["villanueva"], fleet.by_key["villanueva_norte"]
    assert fleet.doubtful_pair == (
        ("ravenwits", one.source_ids["ravenwits"]),
        ("flexmeasures", two.source_ids["flexmeasures"]),
    )
    assert 6 < _distance_km(_place(one), _place(two)) < 8
    assert one.capacity_ac_kw != two.capacity_ac_kw
    first, second = fleet.neighbours
    assert _distance_km(_place(first), _place(second)) == pytest.approx(1.0, abs=0.05)
    assert first.technology == second.technology
    assert tuple(first.source_ids) == tuple(second.source_ids) == ("ravenwits", "flexmeasures")


def test_what_is_no_plant(fleet: Fleet) -> None:
    assert Counter(source for source, _ in fleet.not_plants) == {"voke": 3, "flexmeasures": 1}
    known = {(source, record) for plant in fleet.truth for source, record in plant.source_ids.items()}
    assert not known & {*fleet.not_plants, *fleet.quarantined}


def test_a_larger_fleet_only_adds(fleet: Fleet) -> None:
    larger, largest = Fleet.of(60), Fleet.of(400)
    assert (len(larger.truth), len(largest.truth)) == (60, 400)
    for fewer, more in ((fleet, larger), (larger, largest)):
        pairs = zip(fewer.truth, more.truth, strict=False)
        assert all(one.name == other.name and one.source_ids == other.source_ids for one, other in pairs)
        ids = zip(fewer.catalogue.sensors, more.catalogue.sensors, strict=False)
        assert all((one.id, one.reading) == (other.id, other.reading) for one, other in ids)
    assert len({plant.name for plant in largest.truth}) == 400
    zones = [get_tz(plant.longitude, plant.latitude) == plant.timezone for plant in largest.truth]
    assert all(zones)


def test_a_small_fleet_has_only_its_own(fleet: Fleet) -> None:
    small = Fleet.of(3)
    assert [plant.key for plant in small.truth] == [plant.key for plant in fleet.truth[:3]]
    assert small.doubtful_pair is None
