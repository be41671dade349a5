import importlib
from functools import partial
from pathlib import Path

import pytest

import plant_pipeline.sources
from plant_pipeline.config import SourceSettings
from plant_pipeline.sources.all import SOURCES
from plant_pipeline.sources.source import Source
from plant_pipeline.warehouse import Warehouse, query, read_frame, read_table


def test_every_folder_of_sources_is_listed_in_the_order_that_founds_ids() -> None:
    folder = Path(plant_pipeline.sources.__file__).parent
    folders = {path.parent.name for path in folder.glob("*/__init__.py")}
    assert [source.name for source in SOURCES] == ["ravenwits", "voke", "flexmeasures"]
    assert {source.name for source in SOURCES} == folders
    for source in SOURCES:
        module = importlib.import_module(f"plant_pipeline.sources.{source.name}.source")
        assert getattr(module, source.name.upper()) is source


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_a_source_fits_its_tables(source: Source, warehouse: Warehouse) -> None:
    assert source.entity(source.plant_entity).guarded_ids is not None
    for entity in source.entities:
        assert set(entity.needs) <= {other.name for other in source.entities}
        if entity.guarded_ids is not None:
            assert query(entity.guarded_ids)
        with warehouse.transaction() as connection:
            columns = set(read_frame(connection, f"select * from {entity.table} limit 0").columns)
        assert set(entity.schema.columns) <= columns
        assert all(column.description for column in entity.schema.columns.values())


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_an_empty_warehouse_gives_no_facts(source: Source, warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        facts = source.facts(partial(read_table, connection), {}, None)
    assert (facts.plants, facts.equipment, facts.sensors) == ([], [], [])


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_a_client_is_opened_without_a_request(source: Source) -> None:
    settings = SourceSettings(source.name, "https://api.test", email="e@x.test", password="long-secret")
    assert source.client(settings).source == source.name
