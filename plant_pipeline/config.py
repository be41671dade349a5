"""The configuration: environment variables (and `.env`) turned into typed settings, once, when something runs.

What belongs here: names of variables, defaults, what is missing, and how a source declares its own. What does not: any
single source, any request, where a value comes from (`environment`). Nothing is read at import.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from plant_pipeline.environment import Variables, read_variables
from plant_pipeline.errors import UsageError

PIPELINE_VARIABLES = (  # each source declares its own besides
    "RAPTOR_BASE_URL",
    "RM_API_TOKEN",
    "RAPTOR_CLIENT_ID",
    "RAPTOR_CLIENT_SECRET",
    "RAPTOR_INTEGRATION_ID",
    "RAPTOR_MAX_PART_BYTES",
    "WAREHOUSE_URL",
    "PLANT_PIPELINE_HOME",
    "PLANT_PIPELINE_TRAILING_DAYS",
    "PLANT_PIPELINE_ONBOARDING_DAYS",
    "PLANT_PIPELINE_SHARDS",
    "PLANT_PIPELINE_LOG_FORMAT",
    "NIGHTLY_SYNC_TIME",
    "NIGHTLY_SYNC_ZONE",
    "DAGSTER_HOME",
    "DAGSTER_POSTGRES_URL",
    "ARCHIVE_URL",
    "ARCHIVE_RETENTION_DAYS",
    "READING_RETENTION_DAYS",
    "FORECAST_RETENTION_DAYS",
    "SAMPLE_RETENTION_DAYS",
    "ALERT_WEBHOOK_URL",
    "PLANT_PIPELINE_UI_URL",
    "PLANT_PIPELINE_DOCS_URL",
    "PLANT_CROSSWALK",
)
DEFAULT_HOME = ".plant_pipeline"
DEFAULT_TRAILING_DAYS = 3
DEFAULT_ONBOARDING_DAYS = 30
DEFAULT_NIGHTLY_TIME = time(3, 30)
DEFAULT_ARCHIVE_RETENTION_DAYS = 400
DEFAULT_MAX_PART_BYTES = 5_000_000_000


@dataclass(frozen=True)
class Variable:
    """An environment variable of a source and the field of `SourceSettings` it fills; None: `others`, by its own name.

    `is_header`: its value travels in a header, as those of `token` and `api_key` do anyway. `is_number`: it is a whole
    number, such as the id of an account. `choices`: the only values it may have; `needs`: of a value, another variable
    that has to be set then.
    """

    name: str
    field: Literal["base_url", "account", "token", "api_key", "email", "password"] | None = None
    default: str | None = None
    is_header: bool = False
    is_number: bool = False
    choices: tuple[str, ...] = ()
    needs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class SourceVariables:
    """By which environment variables a source is configured; with none of them set it is not.

    `required`: of each entry one alternative has to be set, all the variables of it. A variable with a default need not
    stand there. Each source has `<SOURCE>_CALLS_PER_MINUTE` and `<SOURCE>_CONCURRENCY` besides.
    """

    source: str
    variables: tuple[Variable, ...]
    required: tuple[tuple[tuple[str, ...], ...], ...]

    @property
    def calls_per_minute(self) -> str:
        """The variable that takes the place of the documented limit."""
        return f"{self.source.upper()}_CALLS_PER_MINUTE"

    @property
    def concurrency(self) -> str:
        """The variable for how many calls are made at once."""
        return f"{self.source.upper()}_CONCURRENCY"

    @property
    def names(self) -> tuple[str, ...]:
        """All its variables."""
        return (*(variable.name for variable in self.variables), self.calls_per_minute, self.concurrency)

    def __str__(self) -> str:
        """What has to be set, as `A_BASE_URL with A_TOKEN (or A_EMAIL and A_PASSWORD)`."""
        texts = [[" and ".join(names) for names in alternatives] for alternatives in self.required]
        return " with ".join(first + (f" (or {' or '.join(rest)})" if rest else "") for first, *rest in texts)


@dataclass(frozen=True)
class SourceSettings:
    """How to reach one API; secrets stay out of the repr.

    `calls_per_minute` takes the place of the documented limit, `concurrency` that of the usual number of calls at once.
    `others`: values of the variables that fill no field, by their names.
    """

    name: str
    base_url: str
    account: str | None = None
    token: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    calls_per_minute: int | None = None
    concurrency: int | None = None
    others: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def host(self) -> str:
        """Host without port, as the warehouse remembers it."""
        return urlsplit(self.base_url).hostname or ""


@dataclass(frozen=True)
class RaptorSettings:
    """How to reach the Raptor Maps integration; secrets stay out of the repr."""

    base_url: str
    integration_id: str
    api_token: str | None = field(default=None, repr=False)
    client_id: str | None = field(default=None, repr=False)
    client_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Settings:
    """Everything a run needs to know; made by `read_settings`.

    `reading_retention_days` and its like: None keeps all. `nightly_time` is a time of day in `nightly_zone`.
    `ui_url`, `docs_url`: where Dagster's UI and the built documentation are reached, for links to them.
    `onboarding_days`: so many days before a plant was first seen belong to its history. `shards`: above 1, a night is
    divided between runs, one for each so many-th of the plants. `log_format`: text or json, of what commands log.
    """

    sources: Mapping[str, SourceSettings]
    raptor_maps: RaptorSettings | None
    home: Path
    dagster_home: Path
    warehouse_url: str | None = field(repr=False)
    archive_url: str
    raptor_max_part_bytes: int = DEFAULT_MAX_PART_BYTES
    dagster_postgres_url: str | None = field(default=None, repr=False)
    alert_webhook_url: str | None = field(default=None, repr=False)
    ui_url: str | None = None
    docs_url: str | None = None
    crosswalk_path: Path | None = None
    trailing_days: int = DEFAULT_TRAILING_DAYS
    onboarding_days: int = DEFAULT_ONBOARDING_DAYS
    shards: int = 1
    log_format: str = "text"
    nightly_time: time = DEFAULT_NIGHTLY_TIME
    nightly_zone: str = "UTC"
    archive_retention_days: int = DEFAULT_ARCHIVE_RETENTION_DAYS
    reading_retention_days: int | None = None
    forecast_retention_days: int | None = None
    sample_retention_days: int | None = None
    declared: tuple[SourceVariables, ...] = ()

    def choices_of(self, source: str) -> dict[str, str]:
        """The values of a source's variables that may have only a few: none of them is a secret."""
        names = {own.name for declared in self.declared for own in declared.variables if own.choices}
        return {name: value for name, value in self.sources[source].others.items() if name in names}

    def require_any_source(self) -> None:
        """Raise `UsageError` if no source is configured: invented data never reaches a warehouse by accident."""
        if not self.sources:
            raise UsageError(
                f"no source is configured: set {', or '.join(map(str, self.declared))} in the environment or .env; to "
                "try the product on invented plants run `plant-pipeline sync --sandbox`, or start `plant-pipeline "
                "sandbox` and use the environment it prints"
            )


def read_settings(
    declared: Sequence[SourceVariables], environment: Mapping[str, str] | None = None, directory: Path | None = None
) -> Settings:
    """Read the settings from `environment` (default: the process's) over `.env` in `directory` (default: current).

    `declared`: the variables of every known source.

    A variable that is set to nothing counts as absent, and hides its value in `.env`; the value of each may stand in a
    file that `NAME_FILE` names. Raises `UsageError` naming every missing alternative if a source is configured by half,
    or a value is malformed.
    """
    variables = read_variables(environment, directory)
    sources = {own.source: source for own in declared if (source := _source(variables, own)) is not None}
    home = _home(variables)
    settings = Settings(
        sources=sources,
        raptor_maps=_raptor_maps(variables),
        home=home,
        dagster_home=(variables.path("DAGSTER_HOME") or home / "dagster").absolute(),
        warehouse_url=_warehouse_url(variables),
        archive_url=_archive_url(variables, home),
        raptor_max_part_bytes=variables.positive_int("RAPTOR_MAX_PART_BYTES", DEFAULT_MAX_PART_BYTES),
        dagster_postgres_url=_dagster_postgres_url(variables),
        alert_webhook_url=variables.web_address("ALERT_WEBHOOK_URL"),
        ui_url=variables.base_url("PLANT_PIPELINE_UI_URL"),
        docs_url=variables.base_url("PLANT_PIPELINE_DOCS_URL"),
        crosswalk_path=variables.path("PLANT_CROSSWALK"),
        trailing_days=variables.days("PLANT_PIPELINE_TRAILING_DAYS", DEFAULT_TRAILING_DAYS),
        onboarding_days=variables.days("PLANT_PIPELINE_ONBOARDING_DAYS", DEFAULT_ONBOARDING_DAYS),
        log_format=variables.choice("PLANT_PIPELINE_LOG_FORMAT", ("text", "json"), {}) or "text",
        shards=variables.positive_int("PLANT_PIPELINE_SHARDS", 1),
        nightly_time=variables.time_of_day("NIGHTLY_SYNC_TIME", DEFAULT_NIGHTLY_TIME),
        nightly_zone=variables.zone("NIGHTLY_SYNC_ZONE", "UTC"),
        archive_retention_days=variables.positive_int("ARCHIVE_RETENTION_DAYS", DEFAULT_ARCHIVE_RETENTION_DAYS),
        reading_retention_days=variables.retention_days("READING_RETENTION_DAYS"),
        forecast_retention_days=variables.retention_days("FORECAST_RETENTION_DAYS"),
        sample_retention_days=variables.retention_days("SAMPLE_RETENTION_DAYS"),
        declared=tuple(declared),
    )
    if variables.problems:
        raise UsageError("; ".join(variables.problems))
    return settings


def load_home() -> Path:
    """The data directory alone, whatever else is configured."""
    return _home(read_variables())


def _home(variables: Variables) -> Path:
    return (variables.path("PLANT_PIPELINE_HOME") or Path(DEFAULT_HOME)).absolute()


def _source(variables: Variables, declared: SourceVariables) -> SourceSettings | None:
    if not any(variables.get(variable.name) for variable in declared.variables):
        return None
    for alternatives in declared.required:
        variables.require(declared.source, *alternatives)
    found = {variable: _value(variables, variable) for variable in declared.variables}
    fields = {variable.field: value for variable, value in found.items() if variable.field is not None}
    return SourceSettings(
        name=declared.source,
        base_url=fields.get("base_url") or "",
        account=fields.get("account") or fields.get("email"),
        token=fields.get("token"),
        api_key=fields.get("api_key"),
        email=fields.get("email"),
        password=fields.get("password"),
        calls_per_minute=variables.optional_int(declared.calls_per_minute),
        concurrency=variables.optional_int(declared.concurrency),
        others={variable.name: value for variable, value in found.items() if variable.field is None and value},
    )


def _value(variables: Variables, variable: Variable) -> str | None:
    if variable.field == "base_url":
        return variables.base_url(variable.name, variable.default)
    if variable.is_number:
        variables.non_negative_int(variable.name, 0)
    if variable.choices:
        return variables.choice(variable.name, variable.choices, dict(variable.needs)) or variable.default
    if variable.is_header or variable.field in ("token", "api_key"):
        return variables.header(variable.name) or variable.default
    return variables.get(variable.name) or variable.default


def _raptor_maps(variables: Variables) -> RaptorSettings | None:
    names = ("RM_API_TOKEN", "RAPTOR_CLIENT_ID", "RAPTOR_CLIENT_SECRET", "RAPTOR_INTEGRATION_ID", "RAPTOR_BASE_URL")
    if not any(variables.get(name) for name in names):
        return None
    variables.require("raptor_maps", ("RM_API_TOKEN",), ("RAPTOR_CLIENT_ID", "RAPTOR_CLIENT_SECRET"))
    variables.require("raptor_maps", ("RAPTOR_INTEGRATION_ID",))
    return RaptorSettings(
        base_url=variables.base_url("RAPTOR_BASE_URL", "https://api.raptormaps.com") or "",
        integration_id=variables.get("RAPTOR_INTEGRATION_ID") or "",
        api_token=variables.header("RM_API_TOKEN"),
        client_id=variables.get("RAPTOR_CLIENT_ID"),
        client_secret=variables.get("RAPTOR_CLIENT_SECRET"),
    )


def _warehouse_url(variables: Variables) -> str | None:
    url = variables.get("WAREHOUSE_URL")
    if url is not None and not url.startswith(("postgresql://", "postgres://")):
        variables.problems.append("WAREHOUSE_URL must start with postgresql://")
    elif url is not None and not _is_readable(url):  # else a part of the password would be taken for the host
        variables.problems.append(
            "WAREHOUSE_URL must be postgresql://user:password@host:port/database; write @ : / # ? in a password as "
            "%40 %3A %2F %23 %3F"
        )
    _require_password_in_place(variables, "WAREHOUSE_URL", url)
    return url


def _dagster_postgres_url(variables: Variables) -> str | None:
    url = variables.get("DAGSTER_POSTGRES_URL")
    if url is not None and not (url.startswith("postgresql+psycopg2://") and _is_readable(url)):
        # Dagster waits for notifications in a way that no other driver knows
        variables.problems.append("DAGSTER_POSTGRES_URL must be postgresql+psycopg2://user:password@host:port/database")
    _require_password_in_place(variables, "DAGSTER_POSTGRES_URL", url)
    return url


def _require_password_in_place(variables: Variables, name: str, url: str | None) -> None:
    """Nothing that shows an address hides what stands in its query."""
    if url is not None and re.search(r"[?&](ssl)?password=", url, re.IGNORECASE):
        variables.problems.append(
            f"{name} has a password behind its `?`, where messages would show it: write user:password@host, and put "
            "the password of a certificate's key into libpq's own files"
        )


def _is_readable(url: str) -> bool:
    """Whether user, password, host and port can be told apart."""
    parts = urlsplit(url)
    try:
        _ = parts.port
    except ValueError:
        return False
    return parts.netloc.count("@") <= 1


def _archive_url(variables: Variables, home: Path) -> str:
    url = variables.get("ARCHIVE_URL")
    if url is None:
        return (home / "archive").as_uri()
    if not url.startswith(("file:///", "s3://")):
        variables.problems.append("ARCHIVE_URL must be file:///... with an absolute path, or s3://bucket/prefix")
    elif "?" in url or "#" in url:  # else the rest would be cut off, and another folder taken
        variables.problems.append("ARCHIVE_URL has a ? or # in it: write %3F and %23")
    return url
