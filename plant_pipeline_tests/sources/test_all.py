import importlib
from pathlib import Path

import plant_pipeline.sources
from plant_pipeline.sources.all import SOURCES


def test_every_folder_of_sources_is_listed_in_the_order_that_founds_ids() -> None:
    folder = Path(plant_pipeline.sources.__file__).parent
    folders = {path.parent.name for path in folder.glob("*/__init__.py")}
    assert [source.name for source in SOURCES] == ["ravenwits", "voke", "flexmeasures"]
    assert {source.name for source in SOURCES} == folders
    for source in SOURCES:
        module = importlib.import_module(f"plant_pipeline.sources.{source.name}.source")
        assert getattr(module, source.name.upper()) is source
