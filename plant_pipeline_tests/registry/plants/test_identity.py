from uuid import UUID, uuid5

from plant_pipeline.registry.places import country_code, country_of_zone, distance_km, zone_at
from plant_pipeline.registry.plants.identity import founder, issue_plant_id, plant_code, plant_ids_of

_R, _V, _F = ("ravenwits", "1"), ("voke", "1"), ("flexmeasures", "1")


def _ids(record: tuple[str, str], count: int) -> list[UUID]:
    numbered = plant_ids_of(record)
    return [next(numbered) for _ in range(count)]


def test_ids_never_change() -> None:
    # Written down once: every warehouse depends on them.
    assert str(_ids(_R, 1)[0]) == "f7e95aea-6add-5999-b5b8-534106539c12"
    assert plant_code(_ids(_R, 1)[0], set()) == "P-67UVV2TK"


def test_later_ids_of_a_record_count_from_two() -> None:
    namespace = UUID("06f4229f-3611-485a-88e8-cd63b535e038")
    assert _ids(_R, 4) == [
        uuid5(namespace, text) for text in ("ravenwits:1", "ravenwits:1#2", "ravenwits:1#3", "ravenwits:1#4")
    ]


def test_the_founder_is_the_first_source_in_order_then_the_lowest_id() -> None:
    assert issue_plant_id([_F, _V, _R], {}, ()) == _ids(_R, 1)[0]
    assert issue_plant_id([("voke", "2"), ("voke", "10")], {}, ()) == _ids(("voke", "10"), 1)[0]


def test_an_issued_id_is_followed_by_a_numbered_one() -> None:
    first, second, third = _ids(_R, 3)
    assert issue_plant_id([_R], {first}, ()) == second
    assert issue_plant_id([_R], {first, second}, ()) == third
    assert len({first, second, third}) == 3


def test_a_vacant_plant_is_given_back_to_its_founder() -> None:
    first, second = _ids(_V, 2)
    assert issue_plant_id([_V, _F], {first, second}, {second}) == second
    assert issue_plant_id([_R, _V], {first}, {first}) == first


def test_the_founder_is_known_while_it_is_there() -> None:
    for count in (1, 2, 5):
        ids = _ids(_V, count)
        assert founder(ids[-1], [_R, _V], ids) == _V
        assert founder(ids[-1], [_R, _F], ids) == _R


def test_a_taken_code_is_passed_over() -> None:
    plant_id = _ids(_R, 1)[0]
    first = plant_code(plant_id, set())
    second = plant_code(plant_id, {first})
    assert second != first
    assert second[2:9] == first[3:]


def test_every_stretch_of_the_id_may_be_the_code_and_the_whole_id_is_the_last_resort() -> None:
    # 16 bytes are 26 characters in base 32, which hold 19 stretches of 8.
    plant_id = _ids(_R, 1)[0]
    taken: list[str] = []
    for _ in range(19):
        taken.append(plant_code(plant_id, taken))
    assert {len(code) for code in taken} == {10}
    assert len(set(taken)) == 19
    whole = plant_code(plant_id, taken)
    assert len(whole) == 28
    assert [whole[2 + start : 10 + start] for start in range(19)] == [code[2:] for code in taken]


def test_places() -> None:
    # A degree of a meridian on a sphere of 6,371.0088 km.
    assert abs(distance_km((0.0, 10.0), (1.0, 10.0)) - 111.195) < 0.001
    assert distance_km((10.0, 179.9), (10.0, -179.9)) < 22
    assert zone_at(50.0, 14.0) == "Europe/Prague"
    assert [country_of_zone(zone) for zone in ("Europe/Prague", "US/Pacific", "Etc/UTC", None)] == [
        "CZE", "USA", None, None,
    ]  # fmt: skip
    assert [country_code(text) for text in ("esp", "ES", "", None)] == ["ESP", None, None, None]
