"""`plant-pipeline raptor check`: what is an error, what a remark, and what `--strict` makes of it."""

from pathlib import Path

import pytest

from plant_pipeline.raptor_maps.contract import HEADER_LINE
from plant_pipeline_tests.cli.conftest import Run

_FARM = "P-1,Park,UTC,2019-05-01 00:00:00,50.1,-14.25,E1,Inverter 1,Inverter,1,S,ac_power"
_GOOD = f"{_FARM},2025-07-01 00:00:00,1\n"
_LONG = f"{_FARM},2025-07-01 00:15:00,1.2345\n"  # more decimals than we write, which no document forbids
_WRONG = f"{_FARM},2025-07-01 00:30:00,much\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "from_elsewhere.csv"


def _write(file: Path, *rows: str) -> None:
    file.write_bytes(HEADER_LINE + "".join(rows).encode())


def test_a_file_like_ours_is_valid_strictly_too(run: Run, file: Path) -> None:
    _write(file, _GOOD)
    for options in ((), ("--strict",)):
        done = run("raptor", "check", *options, str(file))
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"{file}: 1 rows, {file.stat().st_size} bytes, valid; sha256 ")


def test_a_remark_is_told_and_fails_the_file_only_strictly(run: Run, file: Path) -> None:
    _write(file, _GOOD, _LONG, _LONG.replace("00:15", "00:45"))
    remark = f"{file}: remark: line 3, measured_value: more than 3 decimals (and 1 more)\n"
    done = run("raptor", "check", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{remark}{file}: 3 rows, {file.stat().st_size} bytes, valid, 2 remark(s); sha256 ")

    done = run("raptor", "check", "--strict", str(file))
    assert (done.returncode, done.stdout) == (1, remark)
    assert done.stderr == f"{file}: 0 problem(s), 2 remark(s), which --strict does not permit, in 3 rows\n"


def test_an_error_fails_the_file_either_way(run: Run, file: Path) -> None:
    _write(file, _GOOD, _WRONG)
    for options in ((), ("--strict",)):
        done = run("raptor", "check", *options, str(file))
        assert (done.returncode, done.stderr) == (1, f"{file}: 1 problem(s) in 2 rows\n")
        assert done.stdout == f"{file}: line 3, measured_value: not a number like 12.345\n"
