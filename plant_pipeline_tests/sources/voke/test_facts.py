from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from plant_pipeline.sources.shapes import EquipmentFact, PlantCandidate, SensorFact
from plant_pipeline.sources.source import Facts
from plant_pipeline.sources.voke.facts import facts
from plant_pipeline_tests.sources.fake_api import AT

_PLANT: dict[str, Any] = {
    "id": "gate-1",
    "name": "FVE Gate 1",
    "serial_number": "VK-00000001",
    "type": "GATEWAY",
    "latitude": 50.11,
    "longitude": 14.62,
    "capacity_kwh": None,
    "fve_peak_power_kwp": None,
    "external_plant_id": None,
    "plant_with_load": None,
    "fetched_at": AT,
    "is_present": True,
}
_DEVICE: dict[str, Any] = {
    "id": "device-1",
    "plant_id": "gate-1",
    "external_id": "R1",
    "name": "Rack 1",
    "type": "CABINET",
    "is_present": True,
}


_METRIC: dict[str, Any] = {
    "id": "gate-1/-/fvePowerKw",
    "plant_id": "gate-1",
    "device": "-",
    "metric": "fvePowerKw",
    "unit": "kW",
}


def _facts(
    plants: Sequence[dict[str, Any]],
    devices: Sequence[dict[str, Any]] = (),
    metrics: Sequence[dict[str, Any]] = (),
) -> Facts:
    tables = {"voke.plant": plants, "voke.sub_device": devices, "voke.metric": metrics}
    return facts(tables.__getitem__, {}, None)


def _candidate(**changes: object) -> PlantCandidate:
    return _facts([_PLANT | changes]).plants[0]


def test_a_plant_with_modules_and_battery() -> None:
    given = _candidate(fve_peak_power_kwp=480.5, capacity_kwh=1000.0, external_plant_id="BRNO-1", plant_with_load=True)
    assert given == PlantCandidate(
        source="voke",
        source_plant_id="gate-1",
        name="FVE Gate 1",
        is_plant=True,
        is_present=True,
        observed_at=AT,
        technology="hybrid",
        latitude=50.11,
        longitude=14.62,
        capacity_dc_kw=480.5,
        storage_kwh=1000.0,
        own_keys=("gate-1",),
        external_keys=("BRNO-1",),
        has_load=True,
    )


@pytest.mark.parametrize(
    ("peak_kwp", "storage_kwh", "technology", "is_plant"),
    [
        (480.5, 0.0, "solar", True),
        (480.5, None, "solar", True),
        (0.0, 1000.0, "storage", True),
        (480.5, 1000.0, "hybrid", True),
        (0.0, 0.0, None, None),
        (None, None, None, None),
    ],
)
def test_technology_follows_from_capacities_and_zero_says_nothing(
    peak_kwp: float | None, storage_kwh: float | None, technology: str | None, is_plant: bool | None
) -> None:
    given = _candidate(fve_peak_power_kwp=peak_kwp, capacity_kwh=storage_kwh)
    assert (given.technology, given.is_plant) == (technology, is_plant)
    assert (given.capacity_dc_kw, given.storage_kwh) == (peak_kwp or None, storage_kwh or None)


def test_a_gateway_alone_is_a_plant_only_if_it_matches_one() -> None:
    given = _candidate()
    assert given.is_plant is None
    assert given.reason is not None
    assert given.reason.startswith("no capacity, no inverter")


def test_an_external_id_makes_it_a_plant() -> None:
    assert _candidate(external_plant_id="MT-1").is_plant is True


@pytest.mark.parametrize(
    ("device", "plant", "is_plant"),
    [
        ({"type": "INVERTER"}, {}, True),
        ({"type": "METER"}, {}, True),
        ({"type": "BATTERY"}, {}, True),
        ({"type": "CABINET"}, {}, None),
        ({"type": "INVERTER", "plant_id": "gate-2"}, {}, None),
        ({"type": "INVERTER", "is_present": False}, {}, None),  # taken away
        ({"type": "INVERTER", "is_present": False}, {"is_present": False}, True),  # left with its plant
    ],
)
def test_devices_make_a_plant_but_no_technology(
    device: dict[str, object], plant: dict[str, object], is_plant: bool | None
) -> None:
    given = _facts([_PLANT | plant], [_DEVICE | device]).plants[0]
    assert (given.is_plant, given.technology) == (is_plant, None)


@pytest.mark.parametrize("place", [(0.0, 0.0), (None, 14.62), (50.11, None), (None, None)])
def test_half_a_pair_or_the_null_island_is_no_place(place: tuple[float | None, float | None]) -> None:
    given = _candidate(latitude=place[0], longitude=place[1])
    assert (given.latitude, given.longitude) == (None, None)


def test_devices_are_equipment() -> None:
    unnamed = _DEVICE | {"id": "device-2", "name": None, "type": "METER", "is_present": False}
    nameless = _DEVICE | {"id": "device-3", "name": None, "external_id": None}
    stray = _DEVICE | {"id": "device-4", "plant_id": "elsewhere"}
    assert _facts([_PLANT], [_DEVICE, unnamed, nameless, stray]).equipment == [
        EquipmentFact("voke", "device-1", "gate-1", "Rack 1", "CABINET", is_present=True),
        EquipmentFact("voke", "device-2", "gate-1", "R1", "METER", is_present=False),
        EquipmentFact("voke", "device-3", "gate-1", "device-3", "CABINET", is_present=True),
    ]


def test_what_a_plant_sends_of_itself_sits_on_the_plant() -> None:
    given = _facts([_PLANT], [_DEVICE], [_METRIC])
    assert given.equipment[0] == EquipmentFact("voke", "gate-1", "gate-1", "FVE Gate 1", "GATEWAY", is_present=True)
    assert given.sensors == [
        SensorFact(
            "voke",
            "gate-1/-/fvePowerKw",
            "gate-1",
            "fvePowerKw",
            "kW",
            timedelta(),
            is_present=True,
            attributes={"direction": "production", "consumption_is_positive": False},
            energy_method="voke_telemetry",
        )
    ]


def test_what_a_device_sends_sits_on_it_and_shares_its_presence() -> None:
    gone = _DEVICE | {"type": "METER", "external_id": "E1", "is_present": False}
    metric = _METRIC | {"id": "gate-1/E1/activePowerKw", "device": "E1", "metric": "activePowerKw", "unit": None}
    given = _facts([_PLANT], [gone], [metric])
    assert [fact.source_asset_id for fact in given.equipment] == ["device-1"]
    (sensor,) = given.sensors
    assert (sensor.source_asset_id, sensor.unit, sensor.is_present) == ("device-1", "kW", False)
    assert sensor.attributes == {"direction": "grid"}  # which side of the load the meter sits on is not said


def test_series_of_a_device_that_was_never_listed_wait_for_it() -> None:
    assert _facts([_PLANT], [_DEVICE], [_METRIC | {"device": "E9"}]).sensors == []


@pytest.mark.parametrize(
    ("metric", "unit"),
    [
        ("gridPowerKw", "kW"),
        ("productionRegisterKwh", "kWh"),
        ("activePowerW", "W"),
        ("batteryTemperatureCelsius", "°C"),
        ("socPercent", "%"),
        ("gridFrequencyHz", ""),
    ],
)
def test_a_unit_that_is_not_stated_is_read_off_the_name(metric: str, unit: str) -> None:
    (sensor,) = _facts([_PLANT], metrics=[_METRIC | {"metric": metric, "unit": None}]).sensors
    assert sensor.unit == unit


@pytest.mark.parametrize(
    ("metric", "stated"),
    [
        ("fvePowerKw", {"direction": "production", "consumption_is_positive": False}),
        ("gridPowerKw", {"direction": "grid", "consumption_is_positive": True}),  # positive is import
        ("consumptionPowerKw", {"direction": "consumption"}),
        ("productionRegisterKwh", {"direction": "production", "cumulative": True}),
        ("importRegisterKwh", {"direction": "import", "cumulative": True}),
        ("exportRegisterKwh", {"direction": "export", "cumulative": True}),
        ("chargeRegisterKwh", {}),
        ("batteryPowerKw", {}),
    ],
)
def test_a_documented_metric_says_which_way_it_counts(metric: str, stated: dict[str, object]) -> None:
    (sensor,) = _facts([_PLANT], metrics=[_METRIC | {"metric": metric}]).sensors
    assert sensor.attributes == stated
