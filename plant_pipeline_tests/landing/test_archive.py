import gzip
import hashlib
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from plant_pipeline.errors import ArchiveDamaged, UsageError
from plant_pipeline.landing.archive import FileArchive, open_archive

_AT = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)
_BODY = '{"name": "Ø Ångström"}'.encode()
_SHA256 = hashlib.sha256(_BODY).hexdigest()


def test_the_key_tells_source_entity_utc_day_and_content(tmp_path: Path) -> None:
    stored = FileArchive(tmp_path).put("voke", "plant_detail", _BODY, _AT)
    assert stored.object_key == f"voke/plant_detail/2026/03/10/{_SHA256}.json.gz"
    assert (stored.sha256, stored.byte_count) == (_SHA256, len(_BODY))
    # 23:30 UTC is the next day in Sydney; the key goes by UTC.
    in_sydney = _AT.astimezone(timezone(timedelta(hours=11)))
    assert FileArchive(tmp_path).put("voke", "plant_detail", _BODY, in_sydney) == stored


def test_a_body_comes_back_as_it_was_and_lies_there_compressed(tmp_path: Path) -> None:
    archive = FileArchive(tmp_path)
    stored = archive.put("voke", "plant", _BODY, _AT)
    assert archive.get(stored.object_key) == _BODY
    assert gzip.decompress((tmp_path / stored.object_key).read_bytes()) == _BODY


def test_the_same_body_gives_the_same_object_bytes_and_is_stored_once(tmp_path: Path) -> None:
    first = FileArchive(tmp_path / "a").put("voke", "plant", _BODY, _AT)
    second = FileArchive(tmp_path / "b").put("voke", "plant", _BODY, _AT)
    one, other = (tmp_path / "a" / first.object_key, tmp_path / "b" / second.object_key)
    assert one.read_bytes() == other.read_bytes()
    before = one.stat().st_mtime_ns
    FileArchive(tmp_path / "a").put("voke", "plant", _BODY, _AT + timedelta(minutes=20))
    assert one.stat().st_mtime_ns == before
    assert len(list((tmp_path / "a").rglob("*.gz"))) == 1


def test_a_write_that_was_cut_leaves_no_object_and_the_next_one_makes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(self: Path, data: bytes) -> int:
        with self.open("wb") as stream:
            stream.write(data[:5])
        raise KeyboardInterrupt

    archive = FileArchive(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", cut)
        with pytest.raises(KeyboardInterrupt):
            archive.put("voke", "plant", _BODY, _AT)
    assert list(tmp_path.rglob("*.gz")) == []
    assert archive.get(archive.put("voke", "plant", _BODY, _AT).object_key) == _BODY


def test_an_object_is_never_written_under_its_own_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    write = Path.write_bytes

    def noted(self: Path, data: bytes) -> int:
        written.append(self.name)
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", noted)
    FileArchive(tmp_path).put("voke", "plant", _BODY, _AT)
    assert [name.endswith(".part") for name in written] == [True]


def test_an_empty_body_is_a_body(tmp_path: Path) -> None:
    archive = FileArchive(tmp_path)
    assert archive.get(archive.put("voke", "plant", b"", _AT).object_key) == b""


def test_the_address_of_an_archive_may_be_percent_encoded(tmp_path: Path) -> None:
    folder = tmp_path / "my archive"
    assert open_archive(folder.as_uri()).root == folder
    with pytest.raises(UsageError, match="ARCHIVE_URL"):
        open_archive("ftp://somewhere/archive")


def test_an_object_that_was_changed_or_lost_is_named(tmp_path: Path) -> None:
    archive = FileArchive(tmp_path)
    key = archive.put("voke", "plant", _BODY, _AT).object_key
    file = tmp_path / key
    file.write_bytes(gzip.compress(_BODY + b" "))
    with pytest.raises(ArchiveDamaged, match=f"{key} was changed"):
        archive.get(key)
    for broken in (gzip.compress(_BODY)[:-9], b"not gzip", b""):
        file.write_bytes(broken)
        with pytest.raises(ArchiveDamaged, match=key):
            archive.get(key)
    file.unlink()
    with pytest.raises(ArchiveDamaged, match=f"{key} cannot be read"):
        archive.get(key)
