"""Packs: objects of the archive that hold many bodies, each a gzip member, and the index beside each of them.

What belongs here: layout of an object and of its index, keys. What does not: storing objects (`archive`), when a pack
is sealed (`ledger`).

Members stand one after the other, so `zcat` shows an object whole. The index has the ledger row of each member as a
line of JSON, and in a last line the hashes of the object and of the lines before: an archive can be read, and held
against its hashes, without any warehouse.
"""

import base64
import gzip
import hashlib
import io
import tempfile
import uuid
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import orjson

from plant_pipeline.errors import ArchiveDamaged
from plant_pipeline.http import Received
from plant_pipeline.landing.archive import Archive, BodyPlace

OBJECT: Final = ".json.gz"
INDEX: Final = ".index.jsonl.gz"
_IN_MEMORY_BYTES = 1 << 20  # a pack grows on in a temporary file
_TIME = "%H%M%S.%f"


class Pack:
    """Bodies of one stream and UTC day on their way into one object; nothing of it is in the archive before `seal`."""

    def __init__(self, source: str, entity: str, began_at: datetime) -> None:
        self.began_at = began_at.astimezone(UTC)
        name = f"{self.began_at:{_TIME}}-{uuid.uuid4().hex[:12]}"
        self.object_key = f"{day_prefix(source, entity, self.began_at.date())}{name}{OBJECT}"
        self._members = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 -- closed by `close`
        self._sha256 = hashlib.sha256()
        self.byte_count = 0

    def add(self, body: bytes) -> BodyPlace:
        """Append a body; its place is true once the pack is sealed."""
        member = gzip.compress(body, compresslevel=6, mtime=0)
        self._members.write(member)
        self._sha256.update(member)
        offset = self.byte_count
        self.byte_count += len(member)
        return BodyPlace(self.object_key, offset, len(member), hashlib.sha256(body).hexdigest(), len(body))

    def seal(self, archive: Archive, rows: Sequence[Mapping[str, Any]]) -> None:
        """Store the object, then its index of `rows`, one for each body."""
        self._members.seek(0)
        archive.put(self.object_key, self._members)
        lines = b"".join(orjson.dumps(row) + b"\n" for row in rows)
        hashes = {"object_sha256": self._sha256.hexdigest(), "rows_sha256": hashlib.sha256(lines).hexdigest()}
        archive.put(index_key(self.object_key), io.BytesIO(gzip.compress(lines + orjson.dumps(hashes), mtime=0)))

    def close(self) -> None:
        """Let go of what was taken along."""
        self._members.close()


def day_prefix(source: str, entity: str, day: date) -> str:
    """What the keys of a stream begin with on a UTC day."""
    return f"{source}/{entity}/{day:%Y/%m/%d}/"


def index_key(object_key: str) -> str:
    """The key of the index beside an object."""
    return object_key.removesuffix(OBJECT) + INDEX


@dataclass(frozen=True)
class PackIndex:
    """What the index beside an object says: its hash, and the ledger rows of its bodies, instants as such."""

    object_sha256: str
    rows: list[dict[str, Any]]


def read_index(archive: Archive, key: str) -> PackIndex:
    """The index under a key; raises `ArchiveDamaged` if it cannot be read or was changed."""
    content = archive.read(key)
    try:
        lines, _, last = gzip.decompress(content).rpartition(b"\n")
        hashes = orjson.loads(last)
        is_same = hashlib.sha256(lines + b"\n").hexdigest() == hashes["rows_sha256"]
        rows = [orjson.loads(line) for line in lines.splitlines()]
        read = PackIndex(
            hashes["object_sha256"],
            [{**row, "fetched_at": datetime.fromisoformat(row["fetched_at"])} for row in rows],
        )
    except (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error) as error:
        raise ArchiveDamaged(f"the index {key} cannot be read ({type(error).__name__})") from error
    if not is_same:
        raise ArchiveDamaged(f"the index {key} was changed after it was stored; restore it from a backup")
    return read


def body_place(row: Mapping[Any, Any]) -> BodyPlace:
    """Where the body of a ledger row lies."""
    names = ("object_key", "byte_offset", "byte_length", "sha256", "byte_count")
    return BodyPlace(**{name: row[name] for name in names})


def join_answers(answers: Sequence[Received]) -> bytes:
    """Several answers as one body: a line of JSON each, with what it answers; a body that is no UTF-8 in base 64."""
    return b"".join(orjson.dumps(_line_of(answer)) + b"\n" for answer in answers)


def _line_of(answer: Received) -> dict[str, Any]:
    try:
        body = {"body": answer.body.decode()}
    except UnicodeDecodeError:
        body = {"body_base64": base64.b64encode(answer.body).decode()}
    return {
        "path": answer.path.partition("?")[0],
        "query": answer.query,
        "http_status": answer.http_status,
        "attempts": answer.attempt,
        "fetched_at": answer.received_at.astimezone(UTC),
        "is_usable": 200 <= answer.http_status < 300 and answer.json is not None,
        **body,
    }


def split_answers(joined: bytes) -> list[dict[str, Any]]:
    """What `join_answers` joined, instants and bodies as such."""
    lines = [orjson.loads(line) for line in joined.splitlines()]
    return [
        {
            **line,
            "fetched_at": datetime.fromisoformat(line["fetched_at"]),
            "body": line["body"].encode() if "body" in line else base64.b64decode(line["body_base64"]),
        }
        for line in lines
    ]


def began_at_of(key: str) -> datetime | None:
    """When the object of a key, or the run it is the record of, began; None if the key does not tell."""
    day, time_text = day_of(key), key.rpartition("/")[2].partition("-")[0]
    try:
        return None if day is None else datetime.strptime(f"{day} {time_text} +0000", f"%Y-%m-%d {_TIME} %z")
    except ValueError:
        return None


def day_of(key: str) -> date | None:
    """The UTC day of an object by its key; None if it is not one that belongs to a day."""
    parts = key.split("/")
    try:
        return date(*map(int, parts[-4:-1]))
    except (ValueError, TypeError):
        return None
