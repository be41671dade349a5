"""The archive in S3, or in whatever speaks its language (`AWS_ENDPOINT_URL`).

What belongs here: objects of a bucket. What does not: what they hold (`packs`). Credentials, region and endpoint come
from where boto3 looks for them: the environment, its files, the machine's role. Imported only where it is configured.
"""

import functools
import io
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from plant_pipeline.errors import ArchiveDamaged, ArchiveLost, ArchiveRefused, UsageError

_TAKEN = frozenset({"PreconditionFailed", "412"})
_ABSENT = frozenset({"NoSuchKey", "404", "NotFound"})
_WITHOUT_CONDITIONS = frozenset({"NotImplemented", "501"})


@dataclass(frozen=True)
class S3Archive:
    """An archive in a bucket, below a prefix that is empty or ends in `/`."""

    bucket: str
    prefix: str = ""

    @functools.cached_property
    def _client(self) -> Any:  # boto3 makes its types when it runs
        return boto3.client("s3")

    def put(self, key: str, content: IO[bytes]) -> None:
        """See `Archive`: stored only where nothing is; a server that knows no conditions is asked first."""
        common: dict[str, Any] = {"Bucket": self.bucket, "Key": self.prefix + key}
        start = content.tell()
        try:
            self._client.put_object(**common, Body=content, IfNoneMatch="*")
        except (BotoCoreError, ClientError) as error:
            code = _code(error)
            if code in _WITHOUT_CONDITIONS:
                content.seek(start)
                self._put_after_asking(key, content)
            elif code in _TAKEN and not self._was_stored_by_an_earlier_try(key, content, error):
                raise _taken(key) from error
            elif code in _TAKEN:
                return
            else:
                raise self._refused(key, error) from error

    def _was_stored_by_an_earlier_try(self, key: str, content: IO[bytes], error: BotoCoreError | ClientError) -> bool:
        """Whether boto3 tried again after an answer was lost, and what is there is as long; keys hold a random part."""
        response: Any = error.response if isinstance(error, ClientError) else {}
        if not response.get("ResponseMetadata", {}).get("RetryAttempts"):
            return False
        try:
            head = self._client.head_object(Bucket=self.bucket, Key=self.prefix + key)
        except (BotoCoreError, ClientError):
            return False
        return bool(head["ContentLength"] == content.seek(0, io.SEEK_END))

    def _put_after_asking(self, key: str, content: IO[bytes]) -> None:
        client, full_key = self._client, self.prefix + key
        try:
            client.head_object(Bucket=self.bucket, Key=full_key)
        except (BotoCoreError, ClientError) as error:
            if _code(error) not in _ABSENT:
                raise self._refused(key, error) from error
        else:
            raise _taken(key)
        try:
            client.put_object(Bucket=self.bucket, Key=full_key, Body=content)
        except (BotoCoreError, ClientError) as error:
            raise self._refused(key, error) from error

    def read(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """See `Archive`; also raises `ArchiveRefused` if the bucket cannot be asked."""
        if length == 0:
            return b""
        end = "" if length is None else str(offset + length - 1)
        common: dict[str, Any] = {"Bucket": self.bucket, "Key": self.prefix + key}
        asked = {} if (offset, length) == (0, None) else {"Range": f"bytes={offset}-{end}"}
        try:
            content: bytes = self._client.get_object(**common, **asked)["Body"].read()
        except (BotoCoreError, ClientError) as error:
            code = _code(error)
            if code in _ABSENT:
                raise ArchiveLost(f"archive object {key} cannot be read ({code})") from error
            if code == "InvalidRange":
                raise ArchiveDamaged(f"archive object {key} cannot be read ({code})") from error
            raise self._refused(key, error) from error
        return content

    def keys(self, prefix: str) -> Iterator[str]:
        """See `Archive`."""
        try:
            listing = self._client.get_paginator("list_objects_v2")
            for page in listing.paginate(Bucket=self.bucket, Prefix=self.prefix + prefix):
                for found in page.get("Contents", ()):
                    yield found["Key"].removeprefix(self.prefix)
        except (BotoCoreError, ClientError) as error:
            raise self._refused(prefix, error) from error

    def delete(self, key: str) -> None:
        """See `Archive`."""
        try:
            self._client.delete_object(Bucket=self.bucket, Key=self.prefix + key)
        except (BotoCoreError, ClientError) as error:
            raise self._refused(key, error) from error

    def remove_unfinished(self, before: datetime) -> int:  # noqa: ARG002 -- as the archive in a folder
        """See `Archive`; a bucket shows an object whole or not at all."""
        return 0

    def check_writable(self) -> str:
        """Store, read and delete a small object; returns where, in words. Raises `ArchiveRefused`."""
        key, content = f"doctor/{uuid.uuid4().hex}", b"plant-pipeline"
        self.put(key, io.BytesIO(content))
        try:
            if self.read(key) != content:
                raise ArchiveRefused(f"{self} gives back other bytes than were stored; choose another ARCHIVE_URL")
        finally:
            self.delete(key)
        return f"{self} is writable"

    def close(self) -> None:
        """Let go of the connections; the end of the process does too."""
        self._client.close()

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    def _refused(self, key: str, error: BotoCoreError | ClientError) -> ArchiveRefused:
        what = _code(error) or type(error).__name__
        return ArchiveRefused(
            f"{self} cannot be used for {key} ({what}); check the bucket, the credentials that boto3 finds, "
            "AWS_ENDPOINT_URL, or set another ARCHIVE_URL"
        )


def _taken(key: str) -> ArchiveRefused:
    return ArchiveRefused(f"archive object {key} is there already, and none is ever overwritten")


def _code(error: BotoCoreError | ClientError) -> str | None:
    """What the server called it; None if it said nothing."""
    return str(error.response.get("Error", {}).get("Code", "")) or None if isinstance(error, ClientError) else None


def open_s3_archive(url: str) -> S3Archive:
    """The archive at `s3://bucket/prefix`; raises `UsageError` if that names no bucket."""
    parts = urlsplit(url)
    if not parts.netloc or parts.query or parts.fragment or "@" in parts.netloc:
        raise UsageError("ARCHIVE_URL must be s3://bucket/prefix; credentials come from where boto3 finds them")
    prefix = parts.path.strip("/")
    return S3Archive(parts.netloc, f"{prefix}/" if prefix else "")
