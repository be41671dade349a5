"""What leaves the source, from tables as they are after a listing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plant_pipeline.config import SourceSettings
from plant_pipeline.sources.flexmeasures.facts import facts, technology_of_type
from plant_pipeline.sources.shapes import EquipmentFact, PlantCandidate, SensorFact
from plant_pipeline.sources.source import Facts

_AT = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
_TYPES = {1: "solar", 2: "wind", 5: "battery", 6: "building", 9: "inverter", 11: "meter"}
_ASSET: dict[str, Any] = {
    "id": 0,
    "name": "",
    "account_id": 1,
    "latitude": None,
    "longitude": None,
    "generic_asset_type_id": None,
    "generic_asset_type": None,
    "parent_asset_id": None,
    "attributes": {},
    "flex_model": {},
    "external_id": None,
    "is_present": True,
    "fetched_at": _AT,
}
_SENSOR: dict[str, Any] = {
    "id": 0,
    "name": "power",
    "unit": "kW",
    "timezone": "Europe/Amsterdam",
    "event_resolution": timedelta(minutes=15),
    "generic_asset_id": 0,
    "attributes": {},
    "is_present": True,
}


def _asset(number: int, kind: str | None = "solar", parent: int | None = None, **changes: Any) -> dict[str, Any]:
    described = None if kind is None else {"id": 1, "name": kind}
    return {
        **_ASSET,
        "id": number,
        "name": f"asset {number}",
        "generic_asset_type": described,
        "parent_asset_id": parent,
        **changes,
    }


def _sensor(number: int, asset_id: int, unit: str | None = "kW", **changes: Any) -> dict[str, Any]:
    return {**_SENSOR, "id": number, "generic_asset_id": asset_id, "unit": unit, **changes}


def _facts(
    assets: list[dict[str, Any]],
    sensors: list[dict[str, Any]] | None = None,
    quarantined: set[str] | None = None,
    account: str | None = None,
) -> Facts:
    tables = {
        "flexmeasures.asset_type": [{"id": i, "name": name} for i, name in _TYPES.items()],
        "flexmeasures.asset": assets,
        "flexmeasures.sensor": sensors or [],
    }
    configured = SourceSettings("flexmeasures", "https://fm.test", account=account)
    return facts(tables.__getitem__, {"asset": quarantined or set()}, configured)


def _one(*assets: dict[str, Any], sensors: list[dict[str, Any]] | None = None) -> PlantCandidate:
    (candidate,) = _facts(list(assets), sensors).plants
    return candidate


def _plants(found: Facts) -> dict[str, bool | None]:
    return {candidate.source_plant_id: candidate.is_plant for candidate in found.plants}


# -- a whole tree --
def test_a_site_with_its_equipment_and_sensors() -> None:
    found = _facts(
        [
            _asset(4, latitude=52.1, longitude=5.2, attributes={"capacity_in_mw": 2.0}, external_id="PO-001"),
            _asset(5, "inverter", 4, flex_model={"power-capacity": "800 kW"}),
            _asset(8, "meter", 4),
            _asset(81, "meter", 8),
        ],
        [
            _sensor(7, 5, timezone="Europe/Amsterdam", attributes={"consumption_is_positive": False}),
            _sensor(31, 81, "kWh", event_resolution=timedelta(), timezone=None),
            _sensor(99, 1234),  # sits on an asset nobody lists
        ],
    )
    assert found.plants == [
        PlantCandidate(
            source="flexmeasures",
            source_plant_id="4",
            name="asset 4",
            is_plant=True,
            is_present=True,
            observed_at=_AT,
            technology="solar",
            latitude=52.1,
            longitude=5.2,
            capacity_ac_kw=2000.0,
            external_keys=("PO-001",),
            sensor_timezones=("Europe/Amsterdam",),
        )
    ]
    # The site has no sensors of its own, so it is no equipment, and nobody's parent.
    assert {(fact.source_asset_id, fact.parent_source_asset_id) for fact in found.equipment} == {
        ("5", None),
        ("8", None),
        ("81", "8"),
    }
    inverter = EquipmentFact("flexmeasures", "5", "4", "asset 5", "inverter", True, capacity_ac_kw=800.0)
    assert inverter in found.equipment
    assert {fact.source_sensor_id for fact in found.sensors} == {"7", "31"}
    assert (
        SensorFact(
            source="flexmeasures",
            source_sensor_id="7",
            source_asset_id="5",
            name="power",
            unit="kW",
            resolution=timedelta(minutes=15),
            is_present=True,
            timezone="Europe/Amsterdam",
            attributes={"consumption_is_positive": False},
        )
        in found.sensors
    )


def test_a_site_with_sensors_of_its_own_is_equipment_and_the_parent_of_what_is_below() -> None:
    found = _facts([_asset(4), _asset(5, "inverter", 4)], [_sensor(1, 4)])
    assert [(fact.source_asset_id, fact.parent_source_asset_id) for fact in found.equipment] == [
        ("4", None),
        ("5", "4"),
    ]


def test_parents_come_before_their_children_in_whatever_order_the_assets_are() -> None:
    chain = [_asset(9, "meter", 7), _asset(7, "building", 8), _asset(8, "solar", None)]
    for assets in (chain, chain[::-1]):
        assert [fact.source_asset_id for fact in _facts(assets).equipment] == ["7", "9"]


# -- what is a plant --
@pytest.mark.parametrize(
    ("kind", "technology"),
    [
        ("solar", "solar"),
        ("Solar Panel(s)", "solar"),
        ("PV plant", "solar"),
        ("pv-system", "solar"),
        ("wind", "wind"),
        ("WindTurbine", "wind"),
        ("wind_farm", "wind"),
        ("battery", "storage"),
        ("SolarBattery", "hybrid"),
        ("solar+wind", "hybrid"),
        ("hydro", "other"),
        ("chp", "other"),
        ("building", None),
        ("one-way_evse", None),
        ("windows", None),
        ("improvement", None),
        ("", None),
    ],
)
def test_the_words_of_a_type_say_the_technology(kind: str, technology: str | None) -> None:
    assert technology_of_type(kind) == technology


def test_a_top_asset_of_another_type_is_a_plant_only_if_power_or_energy_is_measured_below() -> None:
    assets = [_asset(1, "building"), _asset(2, "meter", 1), _asset(3, "building"), _asset(4, "weather-station", 3)]
    found = _facts(assets, [_sensor(1, 2, "kWh"), _sensor(2, 4, "W/m²"), _sensor(3, 4, "kVA"), _sensor(4, 4, None)])
    assert _plants(found) == {"1": True, "3": False}
    reasons = {candidate.source_plant_id: candidate.reason for candidate in found.plants}
    assert reasons == {"1": None, "3": "type 'building' does not generate or store, and no power is measured"}
    assert {fact.source_asset_id for fact in found.equipment} == {"2"}
    assert {fact.source_sensor_id for fact in found.sensors} == {"1"}


def test_power_on_the_top_asset_itself_counts_as_well() -> None:
    assert _one(_asset(1, "building"), sensors=[_sensor(1, 1, "MW")]).is_plant


def test_what_lies_below_a_plant_is_no_plant_of_its_own() -> None:
    found = _facts([_asset(16), _asset(17, "solar", 16), _asset(18, "battery", 17)])
    assert _plants(found) == {"16": True}
    assert {fact.source_asset_id for fact in found.equipment} == {"17", "18"}


def test_an_asset_whose_parent_is_not_listed_is_at_the_top() -> None:
    assert _plants(_facts([_asset(5, "solar", 4)])) == {"5": True}


@pytest.mark.parametrize(
    ("below", "technology"),
    [
        ([], None),
        (["solar"], "solar"),
        (["solar", "battery"], "hybrid"),
        (["solar", "wind"], "hybrid"),
        (["meter"], None),
    ],
)
def test_a_site_takes_its_technology_from_below_if_its_type_says_none(below: list[str], technology: str | None) -> None:
    assets = [_asset(1, "building"), *(_asset(i + 2, kind, 1) for i, kind in enumerate(below))]
    assert _one(*assets, sensors=[_sensor(1, 1)]).technology == technology


def test_a_type_given_by_its_number_alone_is_looked_up() -> None:
    assert _one(_asset(1, None, generic_asset_type_id=2)).technology == "wind"
    assert _one(_asset(1, None, generic_asset_type_id=77)).is_plant is False
    assert _one(_asset(1, None)).is_plant is False


# -- whose --
def test_public_templates_are_no_plants_and_neither_is_what_hangs_on_them() -> None:
    found = _facts([_asset(1, account_id=None), _asset(2, "inverter", 1, account_id=None), _asset(3)], [_sensor(1, 2)])
    assert (_plants(found), found.equipment, found.sensors) == ({"3": True, "1": False}, [], [])
    assert [own.reason for own in found.plants] == [None, "it belongs to no account: a public asset"]
    assert _plants(_facts([_asset(1, account_id=None, is_present=False)])) == {}


def test_an_asset_below_a_public_one_or_one_of_another_account_is_its_own_plant() -> None:
    """A portfolio that somebody else keeps is no plant, and takes no plant of ours away."""
    for other in (None, 2):
        assets = [_asset(1, "solar", account_id=other), _asset(2, "solar", 1), _asset(3, "inverter", 2)]
        found = _facts(assets, [_sensor(1, 3), _sensor(2, 1)], account="1")
        assert _plants(found) == {"2": True, "1": False}
        assert [(own.source_asset_id, own.source_plant_id) for own in found.equipment] == [("3", "2")]
        assert [own.source_sensor_id for own in found.sensors] == ["1"]


def test_assets_of_other_accounts_are_no_plants_where_the_account_is_configured() -> None:
    assets = [_asset(1), _asset(2, account_id=2), _asset(3, "solar", 2)]
    assert _plants(_facts(assets)) == {"1": True, "2": True}
    # Number 3 is ours below somebody else's site.
    assert _plants(_facts(assets, account="1")) == {"1": True, "3": True, "2": False}
    assert _facts(assets, account="1").plants[-1].reason == "of account 2, not of 1"
    assert set(_plants(_facts(assets, account="etl@fm.test"))) == {"1", "2"}


# -- trees that are none --
def test_what_hangs_below_a_quarantined_parent_waits_with_it() -> None:
    assets = [_asset(5, "solar", 4), _asset(6, "inverter", 5), _asset(9)]
    found = _facts(assets, [_sensor(1, 6)], quarantined={"4"})
    assert (_plants(found), found.equipment, found.sensors) == ({"9": True}, [], [])


def test_a_quarantined_parent_with_a_good_row_goes_on_as_before() -> None:
    found = _facts([_asset(4), _asset(5, "inverter", 4)], quarantined={"4"})
    assert (_plants(found), len(found.equipment)) == ({"4": True}, 1)


def test_a_quarantined_child_takes_nobody_with_it() -> None:
    assert _plants(_facts([_asset(4), _asset(5, "inverter", 4)], quarantined={"5"})) == {"4": True}


@pytest.mark.parametrize("start", [3, 1])
def test_a_circle_of_parents_is_one_tree_below_its_lowest_id(start: int) -> None:
    ring = [_asset(1, "solar", 3), _asset(2, "inverter", 1), _asset(3, "meter", 2)]
    tail = _asset(4, "meter", 3)
    found = _facts([*ring[start - 1 :], *ring[: start - 1], tail], [_sensor(1, 4)])
    assert _plants(found) == {"1": True}
    assert {fact.source_asset_id for fact in found.equipment} == {"2", "3", "4"}
    assert len(found.sensors) == 1


def test_an_asset_that_is_its_own_parent_is_at_the_top() -> None:
    assert _plants(_facts([_asset(1, "solar", 1)])) == {"1": True}


def test_what_is_gone_keeps_its_place_and_says_so() -> None:
    found = _facts(
        [_asset(4, is_present=False), _asset(5, "inverter", 4, is_present=False)], [_sensor(1, 5, is_present=False)]
    )
    assert [candidate.is_present for candidate in found.plants] == [False]
    assert [(fact.source_plant_id, fact.is_present) for fact in found.equipment] == [("4", False)]
    assert [fact.is_present for fact in found.sensors] == [False]


def test_an_asset_that_stays_while_its_parent_goes_comes_to_the_top() -> None:
    found = _facts([_asset(4, is_present=False), _asset(5, "solar", 4), _asset(6, "inverter", 5)])
    assert _plants(found) == {"4": True, "5": True}
    assert {(fact.source_asset_id, fact.source_plant_id) for fact in found.equipment} == {("6", "5")}


# -- place and capacity --
@pytest.mark.parametrize(
    ("latitude", "longitude", "place"),
    [
        (52.1, 5.2, (52.1, 5.2)),
        (52.1, None, (None, None)),
        (None, 5.2, (None, None)),
        (0.0, 0.0, (None, None)),
        (0.0, 9.45, (0.0, 9.45)),
        (None, None, (None, None)),
    ],
)
def test_half_a_place_and_the_null_island_are_no_place(
    latitude: float | None, longitude: float | None, place: tuple[float | None, float | None]
) -> None:
    candidate = _one(_asset(1, latitude=latitude, longitude=longitude))
    assert (candidate.latitude, candidate.longitude) == place


@pytest.mark.parametrize(
    ("attributes", "flex_model", "capacity_kw"),
    [
        ({"capacity_in_mw": 1.005}, {}, 1005.0),
        ({"capacity_in_mw": 1e29}, {}, None),
        ({"capacity_in_mw": 1e29}, {"power-capacity": "25 kW"}, 25.0),
        ({}, {"power-capacity": "1e29 MW"}, None),
        ({"capacity_in_mw": 2}, {"power-capacity": "25 kW"}, 2000.0),
        ({"capacity_in_mw": "2.5"}, {}, 2500.0),
        ({"capacity_in_mw": "2.5 MW"}, {}, 2500.0),
        ({"capacity_in_mw": "800 kW"}, {}, 800.0),
        ({}, {"power-capacity": "25 kW"}, 25.0),
        ({}, {"power-capacity": "1.2 MW"}, 1200.0),
        # Unknown, and the next source is asked.
        ({"capacity_in_mw": 0}, {"power-capacity": "25 kW"}, 25.0),
        ({"capacity_in_mw": None}, {"power-capacity": "25 kW"}, 25.0),
        ({"capacity_in_mw": -1}, {"power-capacity": "25 kW"}, 25.0),
        ({"capacity_in_mw": ""}, {"power-capacity": "25 kW"}, 25.0),
        ({"capacity_in_mw": "two"}, {"power-capacity": "25 kW"}, 25.0),
        ({"capacity_in_mw": True}, {"power-capacity": "25 kW"}, 25.0),
        ({"capacity_in_mw": [2]}, {"power-capacity": "25 kW"}, 25.0),
        # No power, or none that is stated.
        ({}, {"power-capacity": "25 kVA"}, None),
        ({}, {"power-capacity": "25 kWh"}, None),
        ({}, {"power-capacity": "25"}, None),
        ({}, {"power-capacity": 25}, None),
        ({}, {"power-capacity": {"sensor": 5}}, None),
        ({}, {"power-capacity": "-25 kW"}, None),
        (["a"], [{"power-capacity": "25 kW"}], None),
        (None, None, None),
    ],
)
def test_the_capacity_is_the_attribute_s_or_else_the_flex_model_s(
    attributes: Any, flex_model: Any, capacity_kw: float | None
) -> None:
    assert _one(_asset(1, attributes=attributes, flex_model=flex_model)).capacity_ac_kw == capacity_kw


def test_nothing_in_the_tables_is_nothing() -> None:
    assert _facts([]) == Facts([])
