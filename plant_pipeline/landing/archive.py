"""The archive: objects under keys that tell what and when, in a folder or in S3, and the bodies inside them.

What belongs here: storing and reading objects, none ever overwritten, and one body of an object, its hash checked. What
does not: what makes an object of many bodies (`packs`), what the bodies mean, the ledger of fetches.
"""

import contextlib
import gzip
import hashlib
import os
import shutil
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

from plant_pipeline.errors import ArchiveDamaged, ArchiveLost, ArchiveRefused, UsageError

if TYPE_CHECKING:
    from plant_pipeline.landing.s3 import S3Archive

_UNFINISHED = ".part"


@dataclass(frozen=True)
class BodyPlace:
    """Where one body lies: `byte_length` bytes from `byte_offset` on are its gzip member.

    None for both: the object holds this body alone, as those of earlier versions do. `sha256` and `byte_count` are of
    the body uncompressed.
    """

    object_key: str
    byte_offset: int | None
    byte_length: int | None
    sha256: str
    byte_count: int


class Archive(Protocol):
    """Objects by key; a key is a relative path with `/` between its parts."""

    def __hash__(self) -> int:
        """The same for two that are at the same place."""

    def put(self, key: str, content: IO[bytes]) -> None:
        """Store an object: durable when this returns, and none at all if it does not.

        Raises `ArchiveRefused` if the key is taken or nothing can be written.
        """

    def read(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """Some bytes of an object, or all from `offset` on; raises `ArchiveLost` if it is gone, or `ArchiveDamaged`."""

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys below a prefix that ends in `/`, in order."""

    def delete(self, key: str) -> None:
        """Delete an object; none there is well too."""

    def remove_unfinished(self, before: datetime) -> int:
        """Delete what was begun before an instant and never became an object; returns how many those were."""


@dataclass(frozen=True)
class FileArchive:
    """An archive in a local folder."""

    root: Path

    def put(self, key: str, content: IO[bytes]) -> None:
        """See `Archive`: written under another name, then named."""
        target = self.root / key
        # Containers share a volume, and all are process 1: only chance makes a name of one's own.
        unfinished = target.with_name(f".{target.name}.{uuid.uuid4().hex}{_UNFINISHED}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                raise ArchiveRefused(f"archive object {key} is there already, and none is ever overwritten")
            with unfinished.open("xb") as file:
                shutil.copyfileobj(content, file, 1 << 20)
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(target)
            _sync_folder(target.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            raise ArchiveRefused(
                f"archive object {key} cannot be written below {self.root} ({error.strerror}); mend the folder, or set "
                "ARCHIVE_URL"
            ) from error

    def read(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """See `Archive`."""
        try:
            with (self.root / key).open("rb") as file:
                file.seek(offset)
                return file.read(-1 if length is None else length)
        except FileNotFoundError as error:
            raise ArchiveLost(f"archive object {key} cannot be read (FileNotFoundError)") from error
        except OSError as error:
            raise ArchiveDamaged(f"archive object {key} cannot be read ({type(error).__name__})") from error

    def keys(self, prefix: str) -> Iterator[str]:
        """See `Archive`; what is not finished is no object."""
        for folder, folders, names in os.walk(self.root / prefix):
            folders.sort()
            for name in sorted(names):
                if not name.endswith(_UNFINISHED):
                    yield (Path(folder) / name).relative_to(self.root).as_posix()

    def delete(self, key: str) -> None:
        """See `Archive`; folders that are empty then go too."""
        file = self.root / key
        file.unlink(missing_ok=True)
        for folder in file.parents:
            if folder == self.root or not folder.exists() or any(folder.iterdir()):
                break
            folder.rmdir()

    def remove_unfinished(self, before: datetime) -> int:
        """See `Archive`: files that a process which was killed had not named yet."""
        count = 0
        for file in self.root.rglob(f".*{_UNFINISHED}"):
            with contextlib.suppress(FileNotFoundError):  # it was named meanwhile
                if datetime.fromtimestamp(file.stat().st_mtime, UTC) < before:
                    file.unlink()
                    count += 1
        return count


def _sync_folder(folder: Path) -> None:
    """The name of a file outlives a power cut only if its folder is written too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_body(archive: Archive, place: BodyPlace) -> bytes:
    """A body as it was stored; raises `ArchiveDamaged` if it is not there or no longer the same."""
    return open_member(archive.read(place.object_key, place.byte_offset or 0, place.byte_length), place)


def open_member(compressed: bytes, place: BodyPlace) -> bytes:
    """The body in a gzip member, which was read from `place`; raises `ArchiveDamaged` if it is not what was stored."""
    where = place.object_key if place.byte_offset is None else f"{place.object_key} at byte {place.byte_offset}"
    try:
        body = gzip.decompress(compressed)
    except (OSError, EOFError, zlib.error) as error:
        raise ArchiveDamaged(f"archive object {where} cannot be read ({type(error).__name__})") from error
    sha256 = hashlib.sha256(body).hexdigest()
    if sha256 != place.sha256:
        raise ArchiveDamaged(
            f"archive object {where} was changed after it was stored: its content has the hash {sha256}, "
            f"not {place.sha256}; restore it from a backup"
        )
    return body


def open_archive(archive_url: str) -> "FileArchive | S3Archive":
    """The archive at `file:///...` or `s3://bucket/prefix`; raises `UsageError` for anything else."""
    parts = urlsplit(archive_url)
    if parts.scheme == "file":
        return FileArchive(Path(unquote(parts.path)))
    if parts.scheme == "s3":
        from plant_pipeline.landing.s3 import open_s3_archive  # half a second that an archive in a folder does not need

        return open_s3_archive(archive_url)
    raise UsageError("ARCHIVE_URL must be file:///... with an absolute path, or s3://bucket/prefix")
