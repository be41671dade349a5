"""A folder that cannot be written is one sentence, not a traceback."""

from pathlib import Path

import pytest

from plant_pipeline.cli.output import output_file, output_folder
from plant_pipeline.errors import UsageError


def test_a_folder_is_made(tmp_path: Path) -> None:
    assert output_folder(tmp_path / "new" / "folder").is_dir()
    assert list((tmp_path / "new" / "folder").iterdir()) == []


def test_a_file_in_the_way_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(UsageError, match=r"cannot write to .*taken/folder \(Not a directory\); choose another --out"):
        output_folder(tmp_path / "taken" / "folder")


def test_a_file_needs_its_folder(tmp_path: Path) -> None:
    assert output_file(tmp_path / "report.html") == tmp_path / "report.html"
    with pytest.raises(UsageError, match=r"the folder .*nowhere does not exist"):
        output_file(tmp_path / "nowhere" / "report.html")


def test_a_folder_that_takes_no_file_is_told() -> None:
    # Nobody, root neither, makes files here.
    with pytest.raises(UsageError, match="cannot write to /proc"):
        output_file(Path("/proc/report.html"))
    with pytest.raises(UsageError, match="cannot write to /proc"):
        output_folder(Path("/proc"))
