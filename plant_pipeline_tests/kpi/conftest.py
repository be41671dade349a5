"""An open warehouse to fill by hand."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.kpi.fleet import Fleet


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.transaction() as opened:
        yield opened


@pytest.fixture
def fleet(connection: Connection) -> Fleet:
    return Fleet(connection)
