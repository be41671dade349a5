import logging
from collections.abc import Iterator

import pytest

from plant_pipeline_tests.http.server import Server


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog
