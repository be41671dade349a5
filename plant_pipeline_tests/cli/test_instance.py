"""Where the command line's Dagster instance is."""

from pathlib import Path

import pytest

from plant_pipeline.cli.instance import dagster_instance
from plant_pipeline.config import load_settings
from plant_pipeline.errors import UsageError


def test_dagster_home_may_stand_in_the_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")  # `dagster_instance` sets it: noted here, so that it is put back
    monkeypatch.delenv("DAGSTER_HOME")
    (tmp_path / ".env").write_text("DAGSTER_HOME=elsewhere\n")
    with dagster_instance(load_settings()):
        assert (tmp_path / "elsewhere" / "dagster.yaml").exists()
    assert not (tmp_path / ".plant_pipeline").exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "file" / "dagster"))
    with pytest.raises(UsageError, match="cannot be written"), dagster_instance(load_settings()):
        pass
