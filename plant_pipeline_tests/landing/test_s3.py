"""The archive in a bucket, against moto's server on loopback."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner

from plant_pipeline.cli import cli
from plant_pipeline.errors import ArchiveDamaged, ArchiveRefused, UsageError
from plant_pipeline.http import Received
from plant_pipeline.landing.archive import open_archive
from plant_pipeline.landing.inspection import read_fetch, read_ledger, remove_expired, verify_archive
from plant_pipeline.landing.ledger import FetchLedger
from plant_pipeline.landing.s3 import S3Archive, open_s3_archive
from plant_pipeline.warehouse import Warehouse

_KEY = "voke/plant/2026/03/10/name.json.gz"


@pytest.fixture
def archive(bucket: Any) -> Iterator[S3Archive]:
    archive = open_archive("s3://plants/of/us/")
    assert isinstance(archive, S3Archive)
    yield archive
    archive.close()


def test_an_object_comes_back_whole_and_in_parts(archive: S3Archive, bucket: Any) -> None:
    archive.put(_KEY, io.BytesIO(b"0123456789"))
    assert archive.read(_KEY) == b"0123456789"
    assert archive.read(_KEY, 3) == b"3456789"
    assert archive.read(_KEY, 3, 4) == b"3456"
    assert bucket.get_object(Bucket="plants", Key=f"of/us/{_KEY}")["Body"].read() == b"0123456789"
    assert list(archive.keys("")) == [_KEY]
    assert list(archive.keys("voke/plant/")) == [_KEY]
    assert list(archive.keys("ravenwits/")) == []
    archive.delete(_KEY)
    archive.delete(_KEY)
    assert list(archive.keys("")) == []
    with pytest.raises(ArchiveDamaged, match=f"{_KEY} cannot be read"):
        archive.read(_KEY)


def test_no_object_is_overwritten(archive: S3Archive) -> None:
    archive.put(_KEY, io.BytesIO(b"first"))
    with pytest.raises(ArchiveRefused, match=f"{_KEY} is there already"):
        archive.put(_KEY, io.BytesIO(b"second"))
    assert archive.read(_KEY) == b"first"


def test_where_a_server_knows_no_conditions_it_is_asked_first(archive: S3Archive) -> None:
    client = archive._client
    put = client.put_object

    def without_conditions(**given: Any) -> Any:
        if "IfNoneMatch" in given:
            given["Body"].read()
            raise ClientError({"Error": {"Code": "NotImplemented"}}, "PutObject")
        return put(**given)

    client.put_object = without_conditions
    archive.put(_KEY, io.BytesIO(b"first"))
    assert archive.read(_KEY) == b"first"
    with pytest.raises(ArchiveRefused, match=f"{_KEY} is there already"):
        archive.put(_KEY, io.BytesIO(b"second"))
    assert archive.read(_KEY) == b"first"


def test_what_cannot_be_used_says_what_to_check(archive: S3Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    assert archive.check_writable() == "s3://plants/of/us is writable"
    assert list(archive.keys("")) == []
    nowhere = S3Archive("nobody-s")
    with pytest.raises(ArchiveRefused, match=r"s3://nobody-s cannot be used for doctor/.* \(NoSuchBucket\); check"):
        nowhere.check_writable()
    nowhere.close()
    with pytest.raises(UsageError, match="s3://bucket/prefix"):
        open_archive("s3:///prefix")


@pytest.mark.usefixtures("bucket")
def test_the_doctor_tries_the_bucket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLANT_PIPELINE_HOME", str(tmp_path))
    for name, state in (("plants", "ok"), ("nobody-s", "problem")):
        monkeypatch.setenv("ARCHIVE_URL", f"s3://{name}/of/us")
        told = CliRunner().invoke(cli, ["doctor", "--json"], catch_exceptions=False)
        (finding,) = (finding for finding in json.loads(told.stdout) if finding["name"] == "archive")
        assert finding["state"] == state, finding


def test_packs_lie_in_the_bucket_and_every_body_is_found(archive: S3Archive, bucket: Any, warehouse: Warehouse) -> None:
    ledger = FetchLedger(warehouse, archive, "voke", "run-1")
    at = datetime(2026, 3, 10, 4, tzinfo=UTC)
    bodies = [f"[{i}]".encode() for i in range(30)]
    for body in bodies:
        ledger.record(Received("plant", "/plants", None, 200, body, [], 1, at))
    ledger.flush()
    rows = read_ledger(warehouse)
    assert [read_fetch(warehouse, archive, row["fetch_id"])[1] for row in rows] == bodies
    assert len(list(archive.keys(""))) == 2  # an object and its index
    assert [verdict.problems for verdict in verify_archive(archive, rows)] == [()]
    assert archive.remove_unfinished(at) == 0

    object_key = rows[0]["object_key"]
    content = bytearray(archive.read(object_key))
    content[rows[7]["byte_offset"] + 12] ^= 1
    bucket.put_object(Bucket="plants", Key=f"of/us/{object_key}", Body=bytes(content))
    (verdict,) = verify_archive(archive, rows)
    assert object_key in " ".join(verdict.problems)
    with pytest.raises(ArchiveDamaged, match=object_key):
        read_fetch(warehouse, archive, rows[7]["fetch_id"])

    assert remove_expired(archive, warehouse, date(2027, 6, 1), 400) == 2
    assert list(archive.keys("")) == []


def test_a_try_whose_answer_was_lost_is_not_taken_for_another_object(
    archive: S3Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.put(_KEY, io.BytesIO(b"stored"))
    refused = ClientError(
        {"Error": {"Code": "PreconditionFailed"}, "ResponseMetadata": {"RetryAttempts": 1}},  # type: ignore[typeddict-item] # the rest is not looked at
        "PutObject",
    )

    def lost(**_given: object) -> None:
        raise refused

    monkeypatch.setattr(archive._client, "put_object", lost)
    archive.put(_KEY, io.BytesIO(b"stored"))
    with pytest.raises(ArchiveRefused, match="is there already"):
        archive.put(_KEY, io.BytesIO(b"another"))


def test_credentials_in_the_address_are_refused_unquoted() -> None:
    with pytest.raises(UsageError, match="boto3") as caught:
        open_s3_archive("s3://KEY:SECRET@bucket/prefix")
    assert "SECRET" not in str(caught.value)
