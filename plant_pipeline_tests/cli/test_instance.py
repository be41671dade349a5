"""Where the command line's Dagster instance is."""

import hashlib
from pathlib import Path

import pytest

from plant_pipeline.cli import instance as instance_module
from plant_pipeline.cli.instance import OWN_SETTINGS, dagster_instance
from plant_pipeline.errors import UsageError
from plant_pipeline.sources.settings import load_settings
from plant_pipeline.warehouse import bundled


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


def _opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str | None) -> str:
    """dagster.yaml after a command, if it had `written` in it before."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    if written is not None:
        (tmp_path / "dagster.yaml").write_text(written)
    with dagster_instance(load_settings()):
        return (tmp_path / "dagster.yaml").read_text()


def test_the_settings_of_this_version_are_known_as_its_own() -> None:
    assert hashlib.sha256(bundled("dagster.yaml").read_bytes()).hexdigest() in OWN_SETTINGS, "add it to OWN_SETTINGS"


def test_settings_that_an_earlier_version_wrote_are_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = "telemetry:\n  enabled: false\n"
    monkeypatch.setattr(instance_module, "OWN_SETTINGS", {hashlib.sha256(earlier.encode()).hexdigest()})
    assert _opened(tmp_path, monkeypatch, earlier) == bundled("dagster.yaml").read_text()
    assert [path.name for path in tmp_path.glob("*.yaml*")] == ["dagster.yaml"]


def test_settings_that_a_person_changed_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = bundled("dagster.yaml").read_text().replace("max_concurrent_runs: 2", "max_concurrent_runs: 9")
    assert _opened(tmp_path, monkeypatch, changed) == changed


def test_dagster_itself_repeats_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with dagster_instance(load_settings()) as instance:
        assert not instance.run_retries_enabled
