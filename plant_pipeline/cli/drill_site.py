"""Where a drill takes place: a folder, a PostgreSQL, a sandbox, a webhook and pipelines of its own, all gone with it.

What belongs here: running the real command line there, what reached the webhook, what a warehouse holds. What does not:
what is broken (`drill_faults`).
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import orjson
import psycopg
from psycopg import sql
from sqlalchemy import make_url

from plant_pipeline.cli.invocation import sandbox_environment
from plant_pipeline.embedded_postgres import start_embedded_server, stop_embedded_server
from plant_pipeline.errors import PlantPipelineError
from plant_pipeline.sandbox.server import Sandbox, serve
from plant_pipeline.sandbox.world import World
from plant_pipeline.warehouse import connect, execute

_PLANTS: Final = 6
_LONGEST_S: Final = 900.0  # so long a command may take before it is ended as one that hangs
_LAST_LINES: Final = 15
MAIN: Final = "from plant_pipeline.cli import main; main()"
LOOK: Final = "from plant_pipeline.cli.drill_daemon import look; look()"
NIGHT: Final = "from plant_pipeline.cli.drill_daemon import night; night()"


def days_slow(days: int) -> str:
    """The command line with a clock that is some days slow."""
    return (
        "from datetime import timedelta\n"
        "from plant_pipeline import orchestration\n"
        "now = orchestration.utc_now\n"
        f"orchestration.utc_now = lambda: now() - timedelta(days={days})\n"
        f"{MAIN}"
    )


def small_files(most_bytes: int) -> str:
    """The command line where no file can grow beyond so many bytes, as on a disk that is full."""
    return f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({most_bytes}, {most_bytes}))\n{MAIN}"


def small_archive(most_bytes: int) -> str:
    """The command line where the archive's disk is full, and no other: no object beyond so many bytes is stored."""
    return (
        "import resource\n"
        "from plant_pipeline.landing.archive import FileArchive\n"
        "put, usual = FileArchive.put, resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "def put_on_full_disk(*given):\n"
        f"    resource.setrlimit(resource.RLIMIT_FSIZE, ({most_bytes}, usual[1]))\n"
        "    try:\n"
        "        put(*given)\n"
        "    finally:\n"
        "        resource.setrlimit(resource.RLIMIT_FSIZE, usual)\n"
        "FileArchive.put = put_on_full_disk\n"
        f"{MAIN}"
    )


Contents = Mapping[str, tuple[int, str]]
"""Of each table rows and checksum."""


class DrillFailed(PlantPipelineError):
    """The pipeline did not do under a fault what it has to."""


# -- the webhook --
@dataclass(frozen=True, slots=True)
class ToldChange:
    """A change of a problem that a person was told of, `at_s` on the clock `time.monotonic`."""

    at_s: float
    event: str
    kind: str
    subject: str
    message: str


@dataclass
class Webhook:
    """Takes what a person would be shown; while `is_gone` it answers 500."""

    url: str = ""
    is_gone: bool = False
    refused: int = 0
    told: list[ToldChange] = field(default_factory=list)

    def take(self, payload: Mapping[str, Any]) -> int:
        """The status of the answer."""
        if self.is_gone:
            self.refused += 1
            return 500
        now_s = time.monotonic()
        self.told += [
            ToldChange(now_s, own["event"], own["kind"], own["subject"], own["message"]) for own in payload["problems"]
        ]
        return 204


@contextmanager
def serve_webhook() -> Iterator[Webhook]:
    """A webhook on loopback until the context ends."""
    webhook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status = webhook.take(orjson.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 -- the base class's name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        webhook.url = f"http://127.0.0.1:{server.server_port}/drill"
        try:
            yield webhook
        finally:
            server.shutdown()
            thread.join()


# -- pipelines --
@dataclass
class Installation:
    """A pipeline of its own, empty at first: data directory, database, webhook; `environment` is all it is told."""

    folder: Path
    warehouse_url: str
    webhook: Webhook
    environment: Mapping[str, str]
    sandbox: Sandbox
    uploads_before: int

    @contextmanager
    def started(self, *words: str, code: str = MAIN) -> Iterator["subprocess.Popen[str]"]:
        """The command line with these words, by Python `code`, as a process that is gone when the context ends."""
        with subprocess.Popen(  # noqa: S603 -- this very program
            [sys.executable, "-W", "ignore", "-c", code, *words],
            env=dict(self.environment), cwd=self.folder, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as process:  # fmt: skip
            watchdog = threading.Timer(_LONGEST_S, process.kill)
            watchdog.start()
            try:
                yield process
            finally:
                watchdog.cancel()
                process.kill()

    def run(self, *words: str, code: str = MAIN, fails: bool = False) -> None:
        """Run a command to its end. Raises `DrillFailed` unless it ends as it has to."""
        with self.started(*words, code=code) as process:
            output, _ = process.communicate()
            require_end(process, output, fails=fails)

    def sync(self, *words: str, fails: bool = False) -> None:
        """A sync, which has to end well, or to fail."""
        self.run("sync", *words, fails=fails)

    def span(self) -> tuple[str, str]:
        """The first and the last date that it has energy of."""
        with connect(self.warehouse_url) as warehouse, warehouse.transaction() as connection:
            row = execute(connection, "report/span_of_energy").one()
        return row.first_date.isoformat(), row.last_date.isoformat()

    def contents(self) -> Contents:
        """What its warehouse holds, and the files that the sandbox's Raptor Maps has from it."""
        with connect(self.warehouse_url) as warehouse, warehouse.transaction() as connection:
            rows = execute(connection, "report/contents").all()
        files = sorted({upload.sha256 for upload in self.sandbox.uploads[self.uploads_before :]})
        return {
            **{row.table_name: (row.row_count, row.checksum) for row in rows},
            "files delivered": (len(files), " ".join(files)),
        }


def require_end(process: "subprocess.Popen[str]", output: str, *, fails: bool) -> None:
    """Raise `DrillFailed` unless a command that has ended failed, or did not, as it has to."""
    if (process.returncode != 0) != fails:
        expected = "failed" if fails else "ended well"
        last = "\n".join(output.splitlines()[-_LAST_LINES:])
        raise DrillFailed(f"a command was to have {expected}; it ended with exit code {process.returncode}:\n{last}")


def await_line(process: "subprocess.Popen[str]", text: str) -> None:
    """Read what a process prints until a line has `text`. Raises `DrillFailed` if none ever does."""
    seen: list[str] = []
    assert process.stdout is not None  # noqa: S101 -- narrows
    for line in process.stdout:
        seen.append(line)
        if text in line:
            return
    raise DrillFailed(f"the sync never said {text!r}:\n{''.join(seen[-_LAST_LINES:])}")


# -- the site --
@dataclass
class Site:
    """What the faults of a drill share."""

    folder: Path
    sandbox: Sandbox
    server: str = ""
    today_utc: date = field(default_factory=lambda: datetime.now(UTC).date())  # the same to the end, past midnight too
    known: dict[tuple[tuple[str, ...], ...], Contents] = field(default_factory=dict)

    @property
    def postgres(self) -> Path:
        """The folder of the server's data."""
        return self.folder / "postgres"

    def start_postgres(self) -> None:
        """Start the server, or find that it runs."""
        self.server = start_embedded_server(self.postgres)

    def stop_postgres(self) -> None:
        """Stop it; who works on it loses the connection."""
        stop_embedded_server(self.postgres)

    @contextmanager
    def installation(self, name: str, **more: str) -> Iterator[Installation]:
        """A pipeline with nothing in it yet; `more`: further variables of its configuration."""
        folder = self.folder / name
        folder.mkdir()
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        url = make_url(self.server).set(database=name).render_as_string(hide_password=False)
        with serve_webhook() as webhook:
            environment = {
                **os.environ,
                **sandbox_environment(),
                **self.sandbox.environment,
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                "PLANT_PIPELINE_HOME": str(folder / "home"),
                "WAREHOUSE_URL": url,
                "ALERT_WEBHOOK_URL": webhook.url,
                **more,
            }
            yield Installation(folder, url, webhook, environment, self.sandbox, len(self.sandbox.uploads))

    def undisturbed(self, *syncs: tuple[str, ...]) -> Contents:
        """What syncs with these words leave in an empty warehouse where nothing is broken; run once a drill."""
        if syncs not in self.known:
            with self.installation(f"undisturbed_{len(self.known)}") as installation:
                for words in syncs:
                    installation.sync(*words)
                self.known[syncs] = installation.contents()
        return self.known[syncs]


@contextmanager
def open_site() -> Iterator[Site]:
    """A place below the temporary folder of the machine; nothing of it is left when the context ends."""
    temporary = tempfile.TemporaryDirectory(prefix="plant-pipeline-drill-", ignore_cleanup_errors=True)
    with temporary as folder, serve(world=World.of(_PLANTS)) as sandbox:
        site = Site(Path(folder), sandbox)
        site.start_postgres()
        try:
            yield site
        finally:
            site.stop_postgres()


def differing(disturbed: Contents, undisturbed: Contents) -> Sequence[str]:
    """The tables that do not hold the same, with their rows."""
    return [
        f"{table} ({disturbed.get(table, (0,))[0]} rows, {undisturbed.get(table, (0,))[0]} undisturbed)"
        for table in sorted({*disturbed, *undisturbed})
        if disturbed.get(table) != undisturbed.get(table)
    ]
