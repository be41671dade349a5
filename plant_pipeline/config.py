"""The configuration: environment variables (and `.env`) turned into typed settings, once, when something runs.

What belongs here: names of variables, defaults, what is missing. What does not: any request, any file but `.env`.
Nothing is read at import; `load_settings` is called by whatever starts work.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from plant_pipeline.errors import UsageError

VARIABLES = (
    "RAVENWITS_BASE_URL",
    "RAVENWITS_TOKEN",
    "RAVENWITS_EMAIL",
    "RAVENWITS_PASSWORD",
    "RAVENWITS_CALLS_PER_MINUTE",
    "RAVENWITS_CONCURRENCY",
    "VOKE_BASE_URL",
    "VOKE_TOKEN",
    "VOKE_API_KEY",
    "VOKE_ORG_ID",
    "VOKE_CALLS_PER_MINUTE",
    "VOKE_CONCURRENCY",
    "FLEXMEASURES_BASE_URL",
    "FLEXMEASURES_TOKEN",
    "FLEXMEASURES_EMAIL",
    "FLEXMEASURES_PASSWORD",
    "FLEXMEASURES_ACCOUNT_ID",
    "FLEXMEASURES_CALLS_PER_MINUTE",
    "FLEXMEASURES_CONCURRENCY",
    "RAPTOR_BASE_URL",
    "RM_API_TOKEN",
    "RAPTOR_CLIENT_ID",
    "RAPTOR_CLIENT_SECRET",
    "RAPTOR_INTEGRATION_ID",
    "RAPTOR_MAX_PART_BYTES",
    "WAREHOUSE_URL",
    "PLANT_PIPELINE_HOME",
    "PLANT_PIPELINE_TRAILING_DAYS",
    "DAGSTER_HOME",
    "ARCHIVE_URL",
    "ALERT_WEBHOOK_URL",
    "PLANT_CROSSWALK",
)
DEFAULT_HOME = ".plant_pipeline"
DEFAULT_TRAILING_DAYS = 3
DEFAULT_MAX_PART_BYTES = 5_000_000_000
_MOST_DIGITS = 18  # fits 64 bits


@dataclass(frozen=True)
class SourceSettings:
    """How to reach one API; secrets stay out of the repr.

    `calls_per_minute` takes the place of the documented limit, `concurrency` that of the usual number of calls at once.
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
    """Everything a run needs to know; made by `load_settings`."""

    sources: Mapping[str, SourceSettings]
    raptor_maps: RaptorSettings | None
    home: Path
    dagster_home: Path
    warehouse_url: str | None = field(repr=False)
    archive_url: str
    raptor_max_part_bytes: int = DEFAULT_MAX_PART_BYTES
    alert_webhook_url: str | None = field(default=None, repr=False)
    crosswalk_path: Path | None = None
    trailing_days: int = DEFAULT_TRAILING_DAYS

    def require_any_source(self) -> None:
        """Raise `UsageError` if no source is configured: invented data never reaches a warehouse by accident."""
        if not self.sources:
            raise UsageError(
                "no source is configured: set RAVENWITS_TOKEN (or RAVENWITS_EMAIL and RAVENWITS_PASSWORD), "
                "VOKE_BASE_URL with VOKE_TOKEN (or VOKE_API_KEY), or FLEXMEASURES_BASE_URL with FLEXMEASURES_TOKEN (or "
                "FLEXMEASURES_EMAIL and FLEXMEASURES_PASSWORD) in the environment or .env; to try the product on "
                "invented plants run `plant-pipeline sync --sandbox`, or start `plant-pipeline sandbox` and use the "
                "environment it prints"
            )


def load_settings(environment: Mapping[str, str] | None = None, directory: Path | None = None) -> Settings:
    """Read the settings from `environment` (default: the process's) over `.env` in `directory` (default: current).

    A variable that is set to nothing counts as absent, and hides its value in the file. Raises `UsageError` naming
    every missing alternative if a source is configured by half, or a value is malformed.
    """
    variables = _Variables(_merged(environment, directory))
    sources = {
        source.name: source
        for source in (_ravenwits(variables), _voke(variables), _flexmeasures(variables))
        if source is not None
    }
    home = _home(variables)
    crosswalk = variables.get("PLANT_CROSSWALK")
    settings = Settings(
        sources=sources,
        raptor_maps=_raptor_maps(variables),
        home=home,
        dagster_home=Path(variables.get("DAGSTER_HOME") or home / "dagster").expanduser().absolute(),
        warehouse_url=_warehouse_url(variables),
        archive_url=_archive_url(variables, home),
        raptor_max_part_bytes=variables.positive_int("RAPTOR_MAX_PART_BYTES", DEFAULT_MAX_PART_BYTES),
        alert_webhook_url=variables.web_address("ALERT_WEBHOOK_URL"),
        crosswalk_path=Path(crosswalk).expanduser() if crosswalk else None,
        trailing_days=variables.non_negative_int("PLANT_PIPELINE_TRAILING_DAYS", DEFAULT_TRAILING_DAYS),
    )
    if variables.problems:
        raise UsageError("; ".join(variables.problems))
    return settings


def load_home() -> Path:
    """The data directory alone, whatever else is configured."""
    return _home(_Variables(_merged(None, None)))


def _home(variables: "_Variables") -> Path:
    return Path(variables.get("PLANT_PIPELINE_HOME") or DEFAULT_HOME).expanduser().absolute()


def _merged(environment: Mapping[str, str] | None, directory: Path | None) -> dict[str, str]:
    file = (directory or Path.cwd()) / ".env"
    try:
        from_file = dotenv_values(file, encoding="utf-8-sig")  # editors on Windows begin a file with a BOM
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read ({type(error).__name__}): it has to be a text file in UTF-8") from None
    given = os.environ if environment is None else environment
    return {**{name: value for name, value in from_file.items() if value}, **given}


class _Variables:
    """Reads variables and collects every problem, so that a person sees all of them at once."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.problems: list[str] = []

    def get(self, name: str) -> str | None:
        return self._values.get(name, "").strip() or None

    def header(self, name: str) -> str | None:
        """A value that travels in a header, such as a token; what no header carries is a slip in copying."""
        value = self.get(name)
        if value is not None and not (value.isascii() and value.isprintable()):
            self.problems.append(f"{name} holds a character that cannot be sent: copy it again")
        return value

    def base_url(self, name: str, default: str | None = None) -> str | None:
        """An address that paths are appended to: without user, query and fragment."""
        url = self.get(name) or default
        if url is None:
            return None
        if not _is_web_address(url) or "@" in url or "?" in url or "#" in url:
            self.problems.append(f"{name} is not a plain http(s) address; write it like https://api.example.com")
        return url.rstrip("/")

    def web_address(self, name: str) -> str | None:
        """Any http(s) address, as it is."""
        url = self.get(name)
        if url is not None and not _is_web_address(url):
            self.problems.append(f"{name} is not an http(s) address; write it like https://alerts.example.com/hook")
        return url

    def positive_int(self, name: str, default: int) -> int:
        value = self.non_negative_int(name, default)
        if value == 0:
            self.problems.append(f"{name} must be above 0")
        return value

    def optional_int(self, name: str) -> int | None:
        """A number above 0, None if it is not set."""
        return None if self.get(name) is None else self.positive_int(name, 1)

    def non_negative_int(self, name: str, default: int) -> int:
        text = self.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
            self.problems.append(f"{name} must be a whole number")
            return default
        return int(text)

    def require(self, owner: str, *alternatives: tuple[str, ...]) -> None:
        """Note a problem unless all variables of one of the alternatives are set."""
        if any(all(self.get(name) for name in names) for names in alternatives):
            return
        started = [names for names in alternatives if any(self.get(name) for name in names)]
        wanted = " or ".join(
            " and ".join(name for name in names if not self.get(name)) for names in (started or alternatives)
        )
        whole = " or ".join(" + ".join(names) for names in alternatives)
        hint = "" if wanted == whole else f" ({whole})"
        self.problems.append(f"{owner} is configured by half: {wanted} is missing{hint}")


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return has_host and parts.scheme in ("http", "https") and url.isprintable() and " " not in url


def _ravenwits(variables: _Variables) -> SourceSettings | None:
    names = ("RAVENWITS_TOKEN", "RAVENWITS_EMAIL", "RAVENWITS_PASSWORD", "RAVENWITS_BASE_URL")
    if not any(variables.get(name) for name in names):
        return None
    variables.require("ravenwits", ("RAVENWITS_TOKEN",), ("RAVENWITS_EMAIL", "RAVENWITS_PASSWORD"))
    return SourceSettings(
        name="ravenwits",
        base_url=variables.base_url("RAVENWITS_BASE_URL", "https://api.ravenwits.com") or "",
        account=variables.get("RAVENWITS_EMAIL"),
        token=variables.header("RAVENWITS_TOKEN"),
        email=variables.get("RAVENWITS_EMAIL"),
        password=variables.get("RAVENWITS_PASSWORD"),
        calls_per_minute=variables.optional_int("RAVENWITS_CALLS_PER_MINUTE"),
        concurrency=variables.optional_int("RAVENWITS_CONCURRENCY"),
    )


def _voke(variables: _Variables) -> SourceSettings | None:
    if not any(variables.get(name) for name in ("VOKE_BASE_URL", "VOKE_TOKEN", "VOKE_API_KEY", "VOKE_ORG_ID")):
        return None
    variables.require("voke", ("VOKE_BASE_URL",))
    variables.require("voke", ("VOKE_TOKEN",), ("VOKE_API_KEY",))
    return SourceSettings(
        name="voke",
        base_url=variables.base_url("VOKE_BASE_URL") or "",
        account=variables.header("VOKE_ORG_ID"),
        token=variables.header("VOKE_TOKEN"),
        api_key=variables.header("VOKE_API_KEY"),
        calls_per_minute=variables.optional_int("VOKE_CALLS_PER_MINUTE"),
        concurrency=variables.optional_int("VOKE_CONCURRENCY"),
    )


def _flexmeasures(variables: _Variables) -> SourceSettings | None:
    names = ("BASE_URL", "TOKEN", "EMAIL", "PASSWORD", "ACCOUNT_ID")
    if not any(variables.get(f"FLEXMEASURES_{name}") for name in names):
        return None
    variables.require("flexmeasures", ("FLEXMEASURES_BASE_URL",))
    variables.require("flexmeasures", ("FLEXMEASURES_TOKEN",), ("FLEXMEASURES_EMAIL", "FLEXMEASURES_PASSWORD"))
    account_id = variables.get("FLEXMEASURES_ACCOUNT_ID")
    if account_id is not None and not (account_id.isascii() and account_id.isdecimal()):
        variables.problems.append("FLEXMEASURES_ACCOUNT_ID must be the account's number")
    return SourceSettings(
        name="flexmeasures",
        base_url=variables.base_url("FLEXMEASURES_BASE_URL") or "",
        account=account_id or variables.get("FLEXMEASURES_EMAIL"),
        token=variables.header("FLEXMEASURES_TOKEN"),
        email=variables.get("FLEXMEASURES_EMAIL"),
        password=variables.get("FLEXMEASURES_PASSWORD"),
        calls_per_minute=variables.optional_int("FLEXMEASURES_CALLS_PER_MINUTE"),
        concurrency=variables.optional_int("FLEXMEASURES_CONCURRENCY"),
    )


def _raptor_maps(variables: _Variables) -> RaptorSettings | None:
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


def _warehouse_url(variables: _Variables) -> str | None:
    url = variables.get("WAREHOUSE_URL")
    if url is not None and not url.startswith(("postgresql://", "postgres://")):
        variables.problems.append("WAREHOUSE_URL must start with postgresql://")
    return url


def _archive_url(variables: _Variables, home: Path) -> str:
    url = variables.get("ARCHIVE_URL")
    if url is None:
        return (home / "archive").as_uri()
    if not url.startswith("file:///"):
        variables.problems.append("ARCHIVE_URL must be file:///... with an absolute path")
    return url
