"""The Dagster instance behind the command line, and running one of its jobs with progress on the terminal.

What belongs here: instance, run config, progress. What does not: what jobs do.
"""

import fcntl
import hashlib
import logging
import os
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import orjson
import psycopg
from sqlalchemy import make_url

from plant_pipeline.automation.command_line_runs import close_dead_runs, command_line_tags, in_location
from plant_pipeline.automation.outcome import failed_steps
from plant_pipeline.automation.watch import watch_dead_runs
from plant_pipeline.cli.visible import visible
from plant_pipeline.config import Settings
from plant_pipeline.environment import FILE_SUFFIX
from plant_pipeline.errors import UsageError, WarehouseError
from plant_pipeline.orchestration import SYNC_TAG, range_tags
from plant_pipeline.warehouse import bundled

# SHA-256 of every dagster.yaml that a version of this project wrote, this one's last: such a file is nobody's edit.
OWN_SETTINGS = frozenset(
    {
        "edab1e2c079bf19f0779966364308e2e0eabe421fc80992c0c410283dbf76356",
        "24bc56a06d6b9a7818d0de6d69451bf3583eb620664d546372d0879d1eedef3d",
        "20a0c0e1e163a94208990a23baf92a8a67cc6dc58fa552d942cadb85f779a119",
        "dcef4a4e9086c25aac38f401a7798f80e74a11ed900dcdff9cc5dc0996ec156f",
    }
)

_INTERRUPTS = (KeyboardInterrupt.__name__, dg.DagsterExecutionInterruptedError.__name__)


def is_own(file: Path) -> bool:
    """Whether a dagster.yaml is as this project wrote it, or not there: a person's is left as it is."""
    return not file.exists() or hashlib.sha256(file.read_bytes()).hexdigest() in OWN_SETTINGS


@contextmanager
def dagster_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The instance in DAGSTER_HOME (default: `dagster/` in the data directory), set up at first use.

    Its dagster.yaml is written anew if an earlier version wrote it and nobody changed it since.

    Raises `UsageError` if the folder cannot be written or its dagster.yaml asks for what is not configured,
    `WarehouseError` if the database of DAGSTER_POSTGRES_URL does not answer.

    Runs of the command line whose process died are closed, and told of, before anything else is done.
    """
    home = settings.dagster_home
    try:
        home.mkdir(parents=True, exist_ok=True)
        _write_settings(home / "dagster.yaml")
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as error:
        raise UsageError(
            f"Dagster's folder {home} cannot be written ({error.strerror}); set DAGSTER_HOME to a folder of yours"
        ) from error
    os.environ["DAGSTER_HOME"] = str(home)
    if settings.dagster_postgres_url is not None:
        # It may come from a file; Dagster reads it here, and in every process that is started from this one.
        os.environ["DAGSTER_POSTGRES_URL"] = settings.dagster_postgres_url
        os.environ.pop(f"DAGSTER_POSTGRES_URL{FILE_SUFFIX}", None)
        _require_answer(settings.dagster_postgres_url)
    with _open_instance(home) as instance:
        watch_dead_runs(settings, close_dead_runs(instance))
        yield instance


def _require_answer(url: str) -> None:
    """Dagster would ask six times and end with a traceback."""
    address = make_url(url)
    try:
        psycopg.connect(
            address.set(drivername="postgresql").render_as_string(hide_password=False), connect_timeout=10
        ).close()
    except psycopg.OperationalError as error:
        where = address.render_as_string(hide_password=True)
        raise WarehouseError(
            f"Dagster's database at {where} cannot be reached: {error}; check DAGSTER_POSTGRES_URL"
        ) from error


def _open_instance(home: Path) -> dg.DagsterInstance:
    """One process at a time: two that set up Dagster's databases at once would spoil them for good."""
    try:
        with (home / ".opening").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            instance = dg.DagsterInstance.get()
            _ = instance.run_storage, instance.event_log_storage, instance.schedule_storage  # made when first asked for
            return instance
    except dg.DagsterInvalidConfigError as error:
        raise UsageError(
            f"{home / 'dagster.yaml'} is malformed, or asks for a variable that is not set: that of deploy/ needs "
            "DAGSTER_POSTGRES_URL"
        ) from error


def _write_settings(file: Path) -> None:
    content = bundled("dagster.yaml").read_bytes()
    if is_own(file) and not (file.exists() and file.read_bytes() == content):
        partial = file.with_name(f".dagster.yaml.{os.getpid()}")
        partial.write_bytes(content)
        partial.replace(file)


class _Visible(logging.Formatter):
    """Lines for a terminal: names in them are of others."""

    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record))


class _AsJson(logging.Formatter):
    """A JSON object a line, for whatever collects logs."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **({"error": self.formatException(record.exc_info)} if record.exc_info else {}),
        }
        return orjson.dumps(fields).decode()


@contextmanager
def progress(settings: Settings) -> Iterator[None]:
    """Show what the rooms log while they work, in the format that the settings state."""
    logger = logging.getLogger("plant_pipeline")
    handler = logging.StreamHandler()
    as_text = _Visible("%(asctime)s  %(message)s", datefmt="%H:%M:%S")
    handler.setFormatter(_AsJson() if settings.log_format == "json" else as_text)
    previous = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(previous)


def run_in_parts(
    instance: dg.DagsterInstance,
    parts: Iterable[tuple[str, Sequence[dg.AssetKey], Mapping[str, str]]],
    dates: Sequence[date],
    *,
    upload: bool,
) -> Mapping[str, str]:
    """Run the parts of `nightly_sync` one after the other; returns what went wrong in the last, which tells of all."""
    failed: Mapping[str, str] = {}
    for run_id, keys, tags in parts:
        failed = run_job(instance, "nightly_sync", run_id, dates, upload=upload, asset_keys=keys, tags=tags)
    return failed


def run_job(
    instance: dg.DagsterInstance,
    job_name: str,
    sync_id: str,
    dates: Sequence[date],
    *,
    plant_code: str | None = None,
    upload: bool = True,
    asset_keys: Sequence[dg.AssetKey] | None = None,
    tags: Mapping[str, str] | None = None,
    is_before: bool = False,
    replayed: str | None = None,
    source: str | None = None,
) -> Mapping[str, str]:
    """Run a job in this process; returns what went wrong by step (empty: success).

    The run's id is `sync_id`, under which its rows stand; a run `is_before` that one has its own and bears the other.
    `replayed`: the key in the archive of the run whose answers are taken, those of `source` only.

    Raises `KeyboardInterrupt` if it was stopped (Ctrl-C, SIGTERM): for Dagster a step failed then, and whoever goes on
    with what comes next does what nobody wants any more.
    """
    from plant_pipeline.definitions import definitions_for  # half a second that most commands do not need

    job = definitions_for(dates).resolve_job_def(job_name)
    run_id = str(uuid.uuid4()) if is_before else sync_id
    own_tags = {**command_line_tags(run_id), **({SYNC_TAG: sync_id} if is_before else {})}
    pipeline = {"plant": plant_code, "upload": upload, "replayed": replayed, "source": source}
    with in_location(instance, job_name):
        result = job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_id=run_id,
            asset_selection=list(asset_keys) if asset_keys is not None else None,
            tags={**own_tags, **(range_tags(dates) if dates else {}), **(tags or {})},
            run_config={
                "resources": {"pipeline": {"config": pipeline}},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
        )
    if result.success:
        return {}
    if any(map(_is_interrupt, result.all_events)):
        raise KeyboardInterrupt
    return failed_steps(instance, run_id) or {job_name: "the run failed before its first step; see the Dagster UI"}


def _is_interrupt(event: dg.DagsterEvent) -> bool:
    failed = (
        event.step_failure_data if event.is_step_failure else event.job_failure_data if event.is_job_failure else None
    )
    return failed is not None and failed.error is not None and failed.error.cls_name in _INTERRUPTS
