import pytest

from plant_pipeline.sources.ravenwits.facts import facts
from plant_pipeline.sources.shapes import PlantCandidate
from plant_pipeline_tests.sources.fake_api import AT


def _candidate(**changes: object) -> PlantCandidate:
    row = {
        "id": "a3c1e5f0-0000-4000-8000-000000000001",
        "name": "SIERRA_01",
        "lat": 41.125,
        "lon": -1.83,
        "installed_capacity_mw": 24.6,
        "nominal_capacity_mw": 20.0,
        "area": "ESP",
        "technology_type": "solar",
        "last_training_cnn_at": None,
        "last_training_trees_at": None,
        "agrupation": None,
        "customer_display_name": None,
        "timezone": "Europe/Madrid",
        "created_at": AT,
        "updated_at": AT,
        "fetched_at": AT,
        "is_present": True,
        **changes,
    }
    given = facts({"ravenwits.plant": [row]}.__getitem__, {}, None)
    assert (given.equipment, given.sensors) == ([], [])
    return given.plants[0]


def test_a_solar_plant() -> None:
    # 20 MW nominal = 20,000 kW AC; 24.6 MW installed, more than nominal, = 24,600 kW DC.
    assert _candidate() == PlantCandidate(
        source="ravenwits",
        source_plant_id="a3c1e5f0-0000-4000-8000-000000000001",
        name="SIERRA_01",
        is_plant=True,
        is_present=True,
        observed_at=AT,
        technology="solar",
        latitude=41.125,
        longitude=-1.83,
        timezone="Europe/Madrid",
        country="ESP",
        capacity_ac_kw=20_000.0,
        capacity_dc_kw=24_600.0,
        own_keys=("a3c1e5f0-0000-4000-8000-000000000001", "SIERRA_01"),
    )


def test_the_label_is_the_name_and_the_code_stays_a_key() -> None:
    labelled = _candidate(customer_display_name="Parque Solar Sierra")
    assert labelled.name == "Parque Solar Sierra"
    assert labelled.own_keys[1] == "SIERRA_01"


@pytest.mark.parametrize(
    ("changes", "ac_kw", "dc_kw"),
    [
        ({"technology_type": "eolica"}, 20_000.0, None),  # a turbine has no DC side
        ({"installed_capacity_mw": 20.0}, 20_000.0, None),  # no more than nominal: nothing said of the modules
        ({"installed_capacity_mw": 18.0}, 20_000.0, None),
        ({"nominal_capacity_mw": 0.0}, None, 24_600.0),
        ({"nominal_capacity_mw": 0.0, "installed_capacity_mw": 0.0}, None, None),
        ({"nominal_capacity_mw": 1.005, "installed_capacity_mw": 1.1}, 1005.0, 1100.0),
    ],
)
def test_capacities(changes: dict[str, object], ac_kw: float | None, dc_kw: float | None) -> None:
    candidate = _candidate(**changes)
    assert (candidate.capacity_ac_kw, candidate.capacity_dc_kw) == (ac_kw, dc_kw)


@pytest.mark.parametrize(("area", "country"), [("PRT", "PRT"), ("ES-CT", None), ("IBERIA", None), ("ZZZ", None)])
def test_an_area_is_a_country_only_as_alpha_3_code(area: str, country: str | None) -> None:
    assert _candidate(area=area).country == country


@pytest.mark.parametrize(("text", "zone"), [("Asia/Kolkata", "Asia/Kolkata"), ("CET+1", None), (None, None)])
def test_free_text_is_a_zone_only_if_it_is_one(text: str | None, zone: str | None) -> None:
    assert _candidate(timezone=text).timezone == zone


def test_the_null_island_is_no_place() -> None:
    nowhere = _candidate(lat=0.0, lon=0.0)
    assert (nowhere.latitude, nowhere.longitude) == (None, None)
    assert _candidate(lat=0.0, lon=9.45).latitude == 0.0  # a plant on the equator


def test_a_wind_farm_that_has_left() -> None:
    gone = _candidate(technology_type="eolica", is_present=False)
    assert (gone.technology, gone.is_present, gone.is_plant) == ("wind", False, True)
