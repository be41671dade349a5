import pytest

from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.raptor_maps.fleet import Fleet


@pytest.fixture
def fleet(warehouse: Warehouse) -> Fleet:
    """Writes plants, sensors and readings into this test's warehouse."""
    return Fleet(warehouse)
