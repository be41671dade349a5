import json
from pathlib import Path

from plant_pipeline.registry.files import EXPORTED, export_registry
from plant_pipeline_tests.registry.given import Given, decision, record, velka_louka


def test_the_plants_with_a_place_are_exported_for_a_map(given: Given, tmp_path: Path) -> None:
    merged = record("ravenwits:m", "Merged away", 45.0, 9.0)
    given.sync([*velka_louka(), record("voke:x", 'Without "place"'), merged])
    given.decide(decision("link", "ravenwits:m", "ravenwits:r1"), day=1)
    given.sync([*velka_louka(), merged], day=1)
    with given.warehouse.transaction() as connection:
        files = list(export_registry(connection, tmp_path))
    assert [file.name for file in files] == [*(f"{table}.csv" for table in EXPORTED), "plant.geojson"]
    collection = json.loads(files[-1].read_text(encoding="utf-8"))
    assert collection["type"] == "FeatureCollection"
    (feature,) = collection["features"]
    plant = given.plant("ravenwits:r1")
    assert feature["geometry"] == {"type": "Point", "coordinates": [plant["longitude"], plant["latitude"]]}
    assert (feature["type"], feature["id"]) == ("Feature", plant["plant_code"])
    assert feature["properties"]["records"] == ["flexmeasures:7", "ravenwits:m", "ravenwits:r1", "voke:v1"]
    assert (feature["properties"]["name"], feature["properties"]["technology"]) == (plant["name"], "solar")
