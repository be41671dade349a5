"""The table that the streams of the tests write into."""

from pathlib import Path

import pytest

from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.sources.nights import Night


@pytest.fixture
def night(warehouse: Warehouse, tmp_path: Path) -> Night:
    return Night(warehouse, tmp_path)
