import gzip
import hashlib
import io
from pathlib import Path
from typing import Any

import pytest

from plant_pipeline.errors import ArchiveDamaged, ArchiveRefused, UsageError
from plant_pipeline.landing.archive import BodyPlace, FileArchive, open_archive, read_body

_KEY = "voke/plant/2026/03/10/name.json.gz"
_BODY = '{"name": "Ø Ångström"}'.encode()
_SHA256 = hashlib.sha256(_BODY).hexdigest()


def _files(folder: Path) -> list[str]:
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


def test_an_object_comes_back_whole_and_in_parts(tmp_path: Path) -> None:
    archive = FileArchive(tmp_path)
    archive.put(_KEY, io.BytesIO(b"0123456789"))
    assert archive.read(_KEY) == b"0123456789"
    assert archive.read(_KEY, 3) == b"3456789"
    assert archive.read(_KEY, 3, 4) == b"3456"
    assert _files(tmp_path) == [_KEY]


def test_no_object_is_overwritten(tmp_path: Path) -> None:
    archive = FileArchive(tmp_path)
    archive.put(_KEY, io.BytesIO(b"first"))
    with pytest.raises(ArchiveRefused, match=f"{_KEY} is there already"):
        archive.put(_KEY, io.BytesIO(b"second"))
    assert archive.read(_KEY) == b"first"
    assert _files(tmp_path) == [_KEY]


class _Cut(io.BytesIO):
    """Content whose reading ends as a kill or a full disk ends it."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(b"12345")
        self.error = error

    def read(self, *arguments: Any) -> bytes:
        block = super().read(*arguments)
        if not block:
            raise self.error
        return block


def test_a_write_that_was_cut_leaves_no_object_and_the_next_one_makes_it(tmp_path: Path) -> None:
    archive = FileArchive(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        archive.put(_KEY, _Cut(KeyboardInterrupt()))
    assert list(archive.keys("")) == []
    with pytest.raises(ArchiveRefused, match=f"{_KEY} cannot be written .*no space.*ARCHIVE_URL"):
        archive.put(_KEY, _Cut(OSError(28, "no space left on device")))
    assert list(archive.keys("")) == []
    archive.put(_KEY, io.BytesIO(b"whole"))
    assert list(archive.keys("")) == [_KEY]


def test_keys_come_in_order_and_below_their_prefix(tmp_path: Path) -> None:
    archive = FileArchive(tmp_path)
    for name in ("b/2", "b/1", "a/9/x", "a/10/x"):
        archive.put(name, io.BytesIO(b""))
    assert list(archive.keys("")) == ["a/10/x", "a/9/x", "b/1", "b/2"]
    assert list(archive.keys("b/")) == ["b/1", "b/2"]
    assert list(archive.keys("nothing/")) == []


def test_what_is_deleted_is_gone_and_its_empty_folders_too(tmp_path: Path) -> None:
    archive = FileArchive(tmp_path)
    other = "voke/plant/2026/03/11/name.json.gz"
    for key in (_KEY, other):
        archive.put(key, io.BytesIO(b""))
    archive.delete(_KEY)
    archive.delete(_KEY)
    assert _files(tmp_path) == [other]
    assert not (tmp_path / "voke/plant/2026/03/10").exists()


def _place(content: bytes, **changes: Any) -> BodyPlace:
    alone = BodyPlace(_KEY, None, None, hashlib.sha256(content).hexdigest(), len(content))
    return BodyPlace(**{**alone.__dict__, **changes})


def test_a_body_of_a_pack_and_one_alone_in_its_object_are_read_alike(tmp_path: Path) -> None:
    archive = FileArchive(tmp_path)
    members = [gzip.compress(body) for body in (b"[1]", _BODY, b"")]
    archive.put(_KEY, io.BytesIO(b"".join(members)))
    offset = len(members[0])
    assert read_body(archive, _place(_BODY, byte_offset=offset, byte_length=len(members[1]))) == _BODY
    empty = _place(b"", byte_offset=offset + len(members[1]), byte_length=len(members[2]))
    assert read_body(archive, empty) == b""
    alone = f"voke/plant/2026/03/10/{_SHA256}.json.gz"  # as earlier versions named it
    archive.put(alone, io.BytesIO(gzip.compress(_BODY)))
    assert read_body(archive, _place(_BODY, object_key=alone)) == _BODY


def test_the_address_of_an_archive_may_be_percent_encoded(tmp_path: Path) -> None:
    folder = tmp_path / "my archive"
    assert open_archive(folder.as_uri()) == FileArchive(folder)
    with pytest.raises(UsageError, match="ARCHIVE_URL"):
        open_archive("ftp://somewhere/archive")


def test_a_body_that_was_changed_or_lost_is_named(tmp_path: Path) -> None:
    archive = FileArchive(tmp_path)
    archive.put(_KEY, io.BytesIO(gzip.compress(_BODY)))
    file = tmp_path / _KEY
    file.write_bytes(gzip.compress(_BODY + b" "))
    with pytest.raises(ArchiveDamaged, match=f"{_KEY} was changed"):
        read_body(archive, _place(_BODY))
    for broken in (gzip.compress(_BODY)[:-9], b"not gzip", b""):
        file.write_bytes(broken)
        with pytest.raises(ArchiveDamaged, match=_KEY):
            read_body(archive, _place(_BODY))
    file.unlink()
    with pytest.raises(ArchiveDamaged, match=f"{_KEY} cannot be read"):
        read_body(archive, _place(_BODY))


def test_a_changed_byte_never_makes_another_body(tmp_path: Path) -> None:
    archive = FileArchive(tmp_path)
    first, member = gzip.compress(b"[1]", mtime=0), gzip.compress(_BODY, mtime=0)
    archive.put(_KEY, io.BytesIO(first + member))
    place = _place(_BODY, byte_offset=len(first), byte_length=len(member))
    whole = (tmp_path / _KEY).read_bytes()
    noticed: list[str] = []
    for i in range(len(member)):
        changed = bytearray(whole)
        changed[len(first) + i] ^= 1
        (tmp_path / _KEY).write_bytes(changed)
        try:
            assert read_body(archive, place) == _BODY  # time and system in the header say nothing of the body
        except ArchiveDamaged as error:
            noticed.append(str(error))
    assert len(noticed) >= len(member) - 8
    assert all(f"{_KEY} at byte {len(first)}" in text for text in noticed)
