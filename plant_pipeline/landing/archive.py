"""The archive: every response body as received, compressed, under a key that tells what and when.

What belongs here: writing and reading bodies by key. What does not: what the bodies mean, or the ledger of fetches.
"""

import gzip
import hashlib
import uuid
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from plant_pipeline.errors import ArchiveDamaged, UsageError


@dataclass(frozen=True)
class Archived:
    """Where one body lies."""

    object_key: str
    sha256: str
    byte_count: int


@dataclass(frozen=True)
class FileArchive:
    """An archive in a local folder."""

    root: Path

    def put(self, source: str, entity: str, body: bytes, received_at: datetime) -> Archived:
        """Store a body; the same body of the same day is stored once. A kill leaves no half object."""
        sha256 = hashlib.sha256(body).hexdigest()
        key = f"{source}/{entity}/{received_at.astimezone(UTC):%Y/%m/%d}/{sha256}.json.gz"
        target = self.root / key
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            unfinished = target.with_suffix(f".{uuid.uuid4().hex}.part")  # containers share a volume, and all are pid 1
            unfinished.write_bytes(gzip.compress(body, compresslevel=6, mtime=0))
            unfinished.replace(target)
        return Archived(key, sha256, len(body))

    def get(self, object_key: str) -> bytes:
        """The body as it was stored; raises `ArchiveDamaged` if it is not there or no longer the same."""
        try:
            body = gzip.decompress((self.root / object_key).read_bytes())
        except (OSError, EOFError, zlib.error) as error:
            raise ArchiveDamaged(f"archive object {object_key} cannot be read ({type(error).__name__})") from error
        sha256 = hashlib.sha256(body).hexdigest()
        if sha256 != Path(object_key).name.partition(".")[0]:
            raise ArchiveDamaged(
                f"archive object {object_key} was changed after it was stored: its content has the hash {sha256}; "
                "restore it from a backup"
            )
        return body


def open_archive(archive_url: str) -> FileArchive:
    """The archive at `file:///...`; raises `UsageError` for any other scheme."""
    parts = urlsplit(archive_url)
    if parts.scheme != "file":
        raise UsageError("ARCHIVE_URL must be file:///... with an absolute path")
    return FileArchive(Path(unquote(parts.path)))
