"""Fixtures for all rooms: a real PostgreSQL, one template database a session, one clone of it a test."""

import os
import shutil
import sqlite3
import tempfile
import time
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import orjson
import psycopg
import pytest
from hypothesis import Phase, settings
from sqlalchemy import Engine, event, make_url

from plant_pipeline.embedded_postgres import start_embedded_server
from plant_pipeline.warehouse import Warehouse, connect, migrate

settings.register_profile("quick", max_examples=25, deadline=None)  # others each time
settings.register_profile("nightly", settings.get_profile("quick"), max_examples=1000)
# For `make mutation`: the same examples each time, and none is made smaller, as nobody reads them.
settings.register_profile(
    "mutation",
    settings.get_profile("quick"),
    max_examples=100,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
)
settings.load_profile("quick")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Runs of the whole product first: begun last, the longest would keep one worker while the others are done."""
    items.sort(key=lambda item: "/whole/" not in item.nodeid)


@event.listens_for(Engine, "connect")
def _keep_nothing_for_ever(connection: object, _record: object) -> None:
    """Dagster's SQLite files of a test need not outlive a power cut: some seven hundred flushes of the disk a night."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("pragma synchronous = off")


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tests never see the configuration of the machine they run on."""
    for name in list(os.environ):
        if name.startswith(
            (
                "RAVENWITS_",
                "VOKE_",
                "FLEXMEASURES_",
                "RAPTOR_",
                "RM_API",
                "DAGSTER_",
                "WAREHOUSE_URL",
                "ALERT_WEBHOOK_URL",
            )
        ) or name in (
            "ARCHIVE_URL",
            "PLANT_CROSSWALK",
            "PLANT_PIPELINE_HOME",
            "PLANT_PIPELINE_UI_URL",
        ):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


_FOLDERS = "plant-pipeline-tests-"
_MEMORY = Path("/dev/shm")  # noqa: S108 -- the folder that Linux keeps in memory
_MOST_MEMORY_BYTES = 4 << 30
"""More than the databases of the tests of one process take at the same time."""


def _fastest_folder() -> Path | None:
    """Where a database is made and dropped in a third of the time it takes on a disk; None: the usual place."""
    if not os.access(_MEMORY, os.W_OK):
        return None
    for left in _MEMORY.glob(f"{_FOLDERS}*"):  # of tests that were killed, long ago
        if left.stat().st_mtime < time.time() - 86_400:
            shutil.rmtree(left, ignore_errors=True)
    return _MEMORY if shutil.disk_usage(_MEMORY).free > _MOST_MEMORY_BYTES else None


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL of this test session alone."""
    with tempfile.TemporaryDirectory(prefix=_FOLDERS, dir=_fastest_folder(), ignore_cleanup_errors=True) as directory:
        url = start_embedded_server(Path(directory) / "postgres")
        with psycopg.connect(url, autocommit=True) as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.execute(f"alter system set {setting} = off")
            connection.execute("select pg_reload_conf()")
        yield url


@pytest.fixture(scope="session")
def _template(postgres_url: str) -> str:
    name = "template_plant_pipeline"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    with connect(_database_url(postgres_url, name)) as warehouse:
        migrate(warehouse)
    return name


@pytest.fixture
def warehouse_url(postgres_url: str, _template: str) -> Iterator[str]:
    """URL of an empty, migrated database of this test alone."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"create database {name} template {_template} strategy file_copy")
    yield _database_url(postgres_url, name)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def warehouse(warehouse_url: str) -> Iterator[Warehouse]:
    """An open, empty, migrated warehouse of this test alone."""
    with connect(warehouse_url) as opened:
        yield opened


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, object]]]:
    """Messages that reached the webhook."""
    received: list[dict[str, object]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(orjson.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("ALERT_WEBHOOK_URL", f"http://127.0.0.1:{server.server_port}/hook/secret-part")
        yield received
        server.shutdown()
        thread.join()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An empty bucket called `plants` at moto's server on loopback; gives boto3's client of it."""
    import boto3  # both take a second that few tests need
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = boto3.client("s3")
    client.create_bucket(Bucket="plants")
    yield client
    for page in client.get_paginator("list_objects_v2").paginate(Bucket="plants"):  # they live as long as the process
        for found in page.get("Contents", ()):
            client.delete_object(Bucket="plants", Key=found["Key"])
    client.delete_bucket(Bucket="plants")
    client.close()
    server.stop()


def _database_url(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)
