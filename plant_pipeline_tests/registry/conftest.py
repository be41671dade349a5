"""Fixtures of the registry's tests."""

import pytest

from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.registry.given import Given


@pytest.fixture
def given(warehouse: Warehouse) -> Given:
    """An empty registry in a real warehouse."""
    return Given(warehouse)
