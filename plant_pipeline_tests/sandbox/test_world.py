from collections import Counter
from math import asin, cos, radians, sin, sqrt

import pytest
from tzfpy import get_tz

from plant_pipeline.sandbox.plants import TruePlant
from plant_pipeline.sandbox.world import World


def _distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    (lat_1, lon_1), (lat_2, lon_2) = ((radians(a), radians(b)) for a, b in (one, other))
    root = sin((lat_2 - lat_1) / 2) ** 2 + cos(lat_1) * cos(lat_2) * sin((lon_2 - lon_1) / 2) ** 2
    return 2 * 6371 * asin(sqrt(root))


def _place(plant: TruePlant) -> tuple[float, float]:
    return plant.latitude, plant.longitude


def test_who_is_known_where(world: World) -> None:
    known = Counter(tuple(plant.source_ids) for plant in world.truth)
    assert len(world.truth) == 45
    assert known[("ravenwits", "voke", "flexmeasures")] == 12
    assert known[("ravenwits", "flexmeasures")] == 5
    assert known[("ravenwits", "voke")] == 2
    assert known[("voke", "flexmeasures")] == 2
    assert (known[("ravenwits",)], known[("voke",)], known[("flexmeasures",)]) == (6, 5, 13)
    assert sum(plant.style is not None for plant in world.truth) == 25


def test_zones_and_hemispheres(world: World) -> None:
    zones = {plant.timezone for plant in world.truth}
    assert zones >= {"Europe/Prague", "Australia/Adelaide", "Asia/Kolkata", "America/Chicago", "Africa/Johannesburg"}
    assert any(plant.latitude < 0 for plant in world.truth)
    for plant in world.truth:
        assert get_tz(plant.longitude, plant.latitude) == plant.timezone, plant.key


def test_systems_disagree_a_little_about_a_place(world: World) -> None:
    for plant in world.truth:
        for record in plant.records.values():
            if record.get("latitude"):
                away = _distance_km((record["latitude"], record["longitude"]), _place(plant))
                assert 0 < away < 0.4, plant.key


def test_external_ids_link_some_and_never_two(world: World) -> None:
    linked = []
    for plant in world.truth:
        external_id = plant.records.get("voke", {}).get("externalPlantId")
        if external_id is not None:
            flexmeasures, ravenwits = (plant.records.get(source, {}) for source in ("flexmeasures", "ravenwits"))
            assert external_id in (flexmeasures.get("external_id"), ravenwits.get("name"))
            linked.append(external_id)
    assert len(linked) == len(set(linked)) == 7


def test_the_doubtful_pair_and_the_neighbours(world: World) -> None:
    one, two = world.by_key["villanueva"], world.by_key["villanueva_norte"]
    assert (tuple(one.source_ids), tuple(two.source_ids)) == (("ravenwits",), ("flexmeasures",))
    assert 6 < _distance_km(_place(one), _place(two)) < 8
    assert one.capacity_ac_kw != two.capacity_ac_kw
    first, second = world.by_key["los_llanos_1"], world.by_key["los_llanos_2"]
    assert _distance_km(_place(first), _place(second)) == pytest.approx(1.0, abs=0.05)
    assert first.technology == second.technology
    assert tuple(first.source_ids) == tuple(second.source_ids) == ("ravenwits", "flexmeasures")


def test_what_is_no_plant(world: World) -> None:
    strays = [record["name"] for record, plant in [*world.ravenwits.values(), *world.voke.values()] if plant is None]
    assert strays == ["CASTUERA_PV", "Meteostanice Lysá hora", "RTU rozvodna Plzeň-jih", "Test bench PLC"]
    assert [asset.name for asset in world.assets.values() if asset.asset_type == "building"] == ["Control Room Praha"]


def test_a_larger_fleet_only_adds(world: World) -> None:
    larger, largest = World.of(60), World.of(400)
    assert (len(larger.truth), len(largest.truth)) == (60, 400)
    for fewer, more in ((world, larger), (larger, largest)):
        pairs = zip(fewer.truth, more.truth, strict=False)
        assert all(one.name == other.name and one.source_ids == other.source_ids for one, other in pairs)
        signals = zip(fewer.signals.values(), more.signals.values(), strict=False)
        assert all(
            (one.id, one.name, one.unit, one.asset.name) == (other.id, other.name, other.unit, other.asset.name)
            for one, other in signals
        )
    assert len({plant.name for plant in largest.truth}) == 400
    zones = [get_tz(plant.longitude, plant.latitude) == plant.timezone for plant in largest.truth]
    assert all(zones)


def test_a_small_fleet_has_only_its_own(world: World) -> None:
    small = World.of(3)
    assert [plant.key for plant in small.truth] == [plant.key for plant in world.truth[:3]]
    assert {asset.plant.key for asset in small.assets.values() if asset.plant} == {"velvary", "olmedilla", "gruenhain"}
