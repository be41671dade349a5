"""Where a command writes what a person asked for with `--out`."""

import tempfile
from pathlib import Path

from plant_pipeline.errors import UsageError


def output_folder(folder: Path) -> Path:
    """The folder, made if it is not there. Raises `UsageError` if nothing can be written to it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    return _probed(folder)


def output_file(file: Path) -> Path:
    """The file. Raises `UsageError` if its folder is not there, or nothing can be written to it."""
    if not file.parent.is_dir():
        raise UsageError(f"cannot write {file}: the folder {file.parent} does not exist")
    _probed(file.parent)
    return file


def _probed(folder: Path) -> Path:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> UsageError:
    return UsageError(f"cannot write to {folder} ({error.strerror}); choose another --out")
