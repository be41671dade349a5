"""Files that keep what could not be handed on: alerts while the webhook is down, issues while the warehouse is.

What belongs here: keeping entries and handing each on once, oldest first. What does not: who takes them (`alerts`).

An entry is a file before anybody tries to hand it on, so a kill loses nothing; one process at a time hands on.
"""

import fcntl
import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from plant_pipeline.errors import ContractViolation, SourceRejected, SourceUnavailable, WarehouseError

_log = logging.getLogger(__name__)

MOST_ENTRIES = 500
MESSAGES_WAIT = "messages_wait"
"""The file in the folder of alerts that is there while messages wait in the warehouse."""
LONGEST_KEPT = timedelta(days=30)
_MOST_REFUSED = 3
_STAMP = "%Y%m%dT%H%M%S%fZ"


@dataclass(frozen=True)
class Spool:
    """A folder with one JSON file an entry; its name begins with the entry's instant."""

    directory: Path

    def put(self, entry: Mapping[str, Any], now_utc: datetime) -> None:
        """Keep an entry; the same one that still waits is kept once. Raises `OSError` if nothing can be written."""
        body = json.dumps(entry, sort_keys=True)
        digest = hashlib.sha256(body.encode()).hexdigest()[:16]
        with self.alone():
            if any(self.directory.glob(f"*-{digest}.json")):
                return
            file = self.directory / f"{now_utc.strftime(_STAMP)}-{digest}.json"
            partial = file.with_suffix(".partial")
            partial.write_text(body, encoding="utf-8")
            partial.replace(file)

    def hand_on(self, take: Callable[[dict[str, Any]], None], now_utc: datetime) -> int:
        """Give each entry to `take`, oldest first, and forget those it took; returns how many still wait.

        Ends at the first entry whose taker is away (`SourceUnavailable`, `WarehouseError`); one that is refused waits
        on its own and keeps the others back only after some refusals; one that says nothing any more
        (`ContractViolation`), as of another version, is set aside.
        """
        if not self.waiting():
            return 0
        with self.alone():
            self._drop(now_utc)
            refused = 0
            for file in self.waiting():
                entry = _read(file)
                if entry is None:
                    continue
                try:
                    take(entry)
                except (SourceUnavailable, WarehouseError) as error:
                    _log.warning("%s: not taken, and kept: %s", file.name, error)
                    break
                except ContractViolation as error:
                    _set_aside(file, str(error))
                except SourceRejected as error:
                    _log.warning("%s: refused, and kept: %s", file.name, error)
                    refused += 1
                    if refused == _MOST_REFUSED:
                        break
                else:
                    file.unlink()
            return len(self.waiting())

    def waiting(self) -> list[Path]:
        """The entries' files, oldest first."""
        return sorted(self.directory.glob("*.json"))

    def _drop(self, now_utc: datetime) -> None:
        waiting = self.waiting()
        too_old = (now_utc - LONGEST_KEPT).strftime(_STAMP)
        for number, file in enumerate(waiting):
            if file.name < too_old or number < len(waiting) - MOST_ENTRIES:
                text = file.read_text(encoding="utf-8", errors="replace")
                _log.error("dropped, as it waited too long or too many wait: %s: %s", file.name, text)
                file.unlink()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder against other processes, and other holders in this one; a process that dies lets go of it."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _read(file: Path) -> dict[str, Any] | None:
    """The entry of a file; None of one that a power cut or a person left unreadable: it must not hold up the others."""
    try:
        entry = json.loads(file.read_bytes())
    except ValueError:
        entry = None
    if isinstance(entry, dict):
        return entry
    _set_aside(file, "no JSON object")
    return None


def _set_aside(file: Path, why: str) -> None:
    _log.error("%s is no entry any more (%s); it is set aside as .unreadable", file, why)
    file.replace(file.with_suffix(".unreadable"))
