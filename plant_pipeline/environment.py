"""Reading variables: of the process, of `.env`, and of files that variables name, each value checked.

What belongs here: where a value comes from, and the kinds of values there are. What does not: which variables there are
(`config`). No value is repeated in a message: it may be a secret.
"""

import io
import os
import re
from collections.abc import Mapping, Sequence
from datetime import time
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from plant_pipeline.days import is_zone
from plant_pipeline.errors import UsageError

FILE_SUFFIX = "_FILE"
"""`NAME_FILE` names a file that holds what `NAME` would: how containers and systemd hand over secrets."""
FEWEST_RETENTION_DAYS = 400
"""Of what days are computed from no setting keeps less: a night looks back a year for the last sign of a sensor."""
_MOST_DIGITS = 18  # fits 64 bits
_MOST_DAYS = 36_500  # a hundred years: more is a slip of the hand, and no calendar has days that far back
_TEXT = "utf-8-sig"  # editors on Windows begin a file with a BOM
_TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def read_variables(environment: Mapping[str, str] | None = None, directory: Path | None = None) -> "Variables":
    """The variables of `environment` (default: the process's) over `.env` in `directory` (default: current).

    A variable of the environment hides both it and its file in `.env`. Raises `UsageError` if `.env` cannot be read.
    """
    given = os.environ if environment is None else environment
    from_file = _read_env_file((directory or Path.cwd()) / ".env")
    below = {name: value for name, value in from_file.items() if value and not _is_hidden(name, given)}
    return Variables({**below, **given})


def _read_env_file(file: Path) -> dict[str, str | None]:
    if not (file.is_file() or file.is_fifo()):
        return {}
    try:
        text = file.read_text(encoding=_TEXT)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read ({type(error).__name__}): it has to be a text file in UTF-8") from None
    # Left to itself the parser leaves out such a line, and a source would silently count as not configured.
    wrong = [found.original for found in parse_stream(io.StringIO(text)) if found.error]
    if wrong:
        lines = ", ".join(str(own.line + own.string[: -len(own.string.lstrip())].count("\n")) for own in wrong)
        raise UsageError(f"{file} is malformed in line {lines}: write NAME=value, and close each quote")
    return dotenv_values(stream=io.StringIO(text))


def _is_hidden(name: str, environment: Mapping[str, str]) -> bool:
    plain = name.removesuffix(FILE_SUFFIX)
    return plain in environment or f"{plain}{FILE_SUFFIX}" in environment


class Variables:
    """Reads variables and collects every problem, so that a person sees all of them at once."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self._read: dict[str, str | None] = {}
        self.problems: list[str] = []

    def get(self, name: str) -> str | None:
        """The value, without blanks around it; that of the file `NAME_FILE` without its last line end."""
        if name not in self._read:
            plain = self._values.get(name, "").strip() or None
            file = self._values.get(f"{name}{FILE_SUFFIX}", "").strip()
            if plain is not None and file:
                self.problems.append(f"{name} and {name}{FILE_SUFFIX} are both set: keep one of them")
            self._read[name] = self._from_file(name, file) if plain is None and file else plain
        return self._read[name]

    def _from_file(self, name: str, file: str) -> str | None:
        try:
            text = Path(file).expanduser().read_text(encoding=_TEXT).rstrip("\r\n")
        except (OSError, ValueError, RuntimeError) as error:  # the name may be the secret itself: it is not repeated
            reason = getattr(error, "strerror", None) or "it has to be a text file in UTF-8"
            self.problems.append(f"{name}{FILE_SUFFIX} names a file that cannot be read ({reason})")
            return None
        if not text.strip():
            self.problems.append(f"{name}{FILE_SUFFIX} names an empty file")
            return None
        return text

    def path(self, name: str) -> Path | None:
        """A file or folder; `~` is the home of whoever runs this."""
        text = self.get(name)
        try:
            return None if text is None else Path(text).expanduser()
        except RuntimeError:
            self.problems.append(f"{name} begins with a home folder that is not known: write the whole path")
            return None

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
        """A number above 0."""
        value = self.non_negative_int(name, default)
        if value == 0:
            self.problems.append(f"{name} must be above 0")
        return value

    def optional_int(self, name: str) -> int | None:
        """A number above 0, None if it is not set."""
        return None if self.get(name) is None else self.positive_int(name, 1)

    def days(self, name: str, default: int) -> int:
        """How many days, 0 included."""
        value = self.non_negative_int(name, default)
        if value > _MOST_DAYS:
            self.problems.append(f"{name} must be at most {_MOST_DAYS}")
        return value

    def retention_days(self, name: str) -> int | None:
        """For how many days something is kept that days are computed from; None: for ever."""
        days = None if self.get(name) is None else self.days(name, FEWEST_RETENTION_DAYS)
        if days is not None and days < FEWEST_RETENTION_DAYS:
            self.problems.append(f"{name} must be at least {FEWEST_RETENTION_DAYS}, or not set: then all is kept")
        return days

    def choice(self, name: str, choices: Sequence[str], needs: Mapping[str, str]) -> str | None:
        """One of a few values; `needs`: of a value, another variable that has to be set then."""
        value = self.get(name)
        if value is not None and value not in choices:
            self.problems.append(f"{name} must be one of {', '.join(choices)}")
        needed = needs.get(value or "")
        if needed is not None and self.get(needed) is None:
            self.problems.append(f"{name}={value} needs {needed}: set it too")
        return value

    def non_negative_int(self, name: str, default: int) -> int:
        """A number of at most 18 digits, 0 included."""
        text = self.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
            self.problems.append(f"{name} must be a whole number")
            return default
        return int(text)

    def time_of_day(self, name: str, default: time) -> time:
        """Hours and minutes."""
        text = self.get(name)
        if text is None:
            return default
        if not _TIME_OF_DAY.fullmatch(text):
            self.problems.append(f"{name} must be a time of day from 00:00 to 23:59, such as 03:30")
            return default
        return time.fromisoformat(text)

    def zone(self, name: str, default: str) -> str:
        """A time zone by its name: an offset alone has no clock changes."""
        value = self.get(name)
        if value is not None and not is_zone(value):
            self.problems.append(f"{name} must be a time zone such as Europe/Madrid or UTC")
        return value or default

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
