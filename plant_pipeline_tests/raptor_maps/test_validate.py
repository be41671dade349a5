from pathlib import Path

import pytest

from plant_pipeline.raptor_maps.contract import HEADER_LINE, MAX_PART_BYTES
from plant_pipeline.raptor_maps.validate import CheckReport, RowCheck, check_file

HEADER = HEADER_LINE.decode()
FARM = "P-1,Park,UTC,2019-05-01 00:00:00,50.1,-14.25,E1,Inverter 1,Inverter,"
T = "2025-07-01 00:00:00"
ROW = f"{FARM}1,S,ac_power,{T}"


def _check(directory: Path, text: str | bytes, name: str = "any.csv") -> CheckReport:
    path = directory / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return check_file(path)


def _problems(directory: Path, *rows: str) -> list[str]:
    return [str(problem) for problem in _check(directory, HEADER + "".join(f"{row}\n" for row in rows)).problems]


def test_a_good_file_is_counted_and_hashed(tmp_path: Path) -> None:
    rows = [
        f"{FARM}10,,ac_power,2025-07-01 00:00:00,0",
        f"{FARM}10,,ac_power,2025-07-01 00:15:00,-0.5",
        f'{FARM}9,"a ""b"", c",dc_voltage,2025-06-30 23:45:00,12.345',
        "P-2,Park,,,,,E2,Mast,,,,irradiance_ghi,2025-07-01 00:00:00,1",
    ]

    report = _check(tmp_path, HEADER + "".join(f"{row}\n" for row in rows))

    assert (report.is_valid, report.row_count, report.problems) == (True, 4, ())
    assert report.byte_count == report.path.stat().st_size
    assert len(report.sha256) == 64


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("P-1,Park", ": fewer than 3 fields instead of 14"),
        ("", ": fewer than 3 fields instead of 14"),
        (",", ": fewer than 3 fields instead of 14"),
        (",a,b", ": 3 fields instead of 14"),
        (f"{FARM}1,S,ac_power,x,{T},1", ": 15 fields instead of 14"),
        (f"{ROW},", ", measured_value: empty, but required"),
        (f"{ROW},NaN", ", measured_value: not a number like 12.345"),
        (f"{ROW},1e3", ", measured_value: written with an exponent"),
        (f"{ROW},-0.0", ", measured_value: a negative zero"),
        (f"{ROW},1.2345", ", measured_value: more than 3 decimals"),
        (f"{ROW},007", ", measured_value: not a number like 12.345"),
        (f"{ROW},1\r", r", measured_value: the line ends with \r\n instead of \n"),
        (f"{FARM}1,S,ac_power,,1", ", observation_time: empty, but required"),
        (f"{FARM}1,S,ac_power,2025-07-01T00:00:00,1", ", observation_time: not a date and time"),
        (f"{FARM}1,S,ac_power,2025-02-29 00:00:00,1", ", observation_time: not a date and time"),
        (f"{FARM}1,S,ac_power,2025-07-01 00:05:00,1", ", observation_time: not the start of a 15-minute interval"),
        (f"{FARM}1,S,ac_power,2025-07-01 00:00:01,1", ", observation_time: not the start of a 15-minute interval"),
        (f"{FARM}1,S,wind_speed,{T},1", ", sensor_type: 'wind_speed' is none of ac_power,"),
        (f"{FARM}1,S,,{T},1", ", sensor_type: empty, but required"),
        (f"{FARM}1,S,irradiance_poa,{T},1", ", sensor_type: irradiance_poa is not documented"),
        (f'{FARM}1,"S",ac_power,{T},1', ": quotes around a field that needs none"),
        (f'{FARM}1,"S,ac_power,{T},1', ": unbalanced quotes, or a line break inside a field"),
        (f"{FARM}1,S\u2028T,ac_power,{T},1", ", sensor_name: a line break inside the field"),
        (f"P-1, ,,,,,E,E,,,,ac_power,{T},1", ", farm_name: empty, but required"),
        (f"P-1,P,Prague,,,,E,E,,,,ac_power,{T},1", ", timezone: not a zone of the IANA database"),
        (f"P-1,P,,2019-05-01,,,E,E,,,,ac_power,{T},1", ", commissioning date: not a date and time"),
        (f"P-1,P,,,1.5,,E,E,,,,ac_power,{T},1", ", farm_latitude: latitude and longitude must"),
        (f"P-1,P,,,1e1,2,E,E,,,,ac_power,{T},1", ", farm_latitude: not a number with up to 7"),
        (f"P-1,P,,,1.12345678,2,E,E,,,,ac_power,{T},1", ", farm_latitude: not a number with up to 7"),
        (f"P-1,P,,,1,180.1,E,E,,,,ac_power,{T},1", ", farm_longitude: outside -180 to 180"),
        (f"P-1,P,,,-90.1,1,E,E,,,,ac_power,{T},1", ", farm_latitude: outside -90 to 90"),
        (f"P-1,P,,,,,E,E,Turbine,,,ac_power,{T},1", ", equipment_type: 'Turbine' is none of Inverter,"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_by_line_and_column(tmp_path: Path, row: str, problem: str) -> None:
    (found,) = _problems(tmp_path, row)
    assert found.startswith(f"line 2{problem}")


def test_the_poles_and_the_date_line_are_places(tmp_path: Path) -> None:
    assert _problems(tmp_path, f"P-1,P,,,90,-180,E,E,,,,ac_power,{T},1", f"P-2,P,,,-90,180,E,E,,,,ac_power,{T},1") == []


def test_a_bad_column_is_named_where_it_begins(tmp_path: Path) -> None:
    bad = f"{FARM}1,S,wind_speed,2025-07-01 00:"
    (found,) = _problems(tmp_path, f"{FARM}1,S,ac_power,{T},1", f"{bad}15:00,1", f"{bad}30:00,1")
    assert found.startswith("line 3, sensor_type: 'wind_speed' is none of")


def test_a_sensor_that_comes_back_after_another_is_out_of_order(tmp_path: Path) -> None:
    rows = [
        f"{FARM}{sensor},S,ac_power,2025-07-01 00:{minute}:00,1" for sensor, minute in ((1, "00"), (2, 15), (1, 30))
    ]
    assert _problems(tmp_path, *rows) == ["line 4: not in the order of farm_id, equipment_id, sensor_id, sensor_type"]


def test_order_and_repetition_are_found_within_and_between_sensors(tmp_path: Path) -> None:
    def row(sensor: str, time: str, value: str = "1") -> str:
        return f"{FARM}{sensor},S,ac_power,2025-07-01 {time}:00,{value}"

    assert _problems(
        tmp_path,
        row("1", "00:00"),
        row("1", "00:15"),
        row("1", "00:15", "2"),
        row("1", "00:00"),
        row("2", "00:00"),
        row("10", "00:00"),
        row("10", "00:15"),
        row("10", "00:15"),
    ) == [
        "line 4, observation_time: repeats a row",
        "line 5, observation_time: earlier than the line before",
        "line 7: not in the order of farm_id, equipment_id, sensor_id, sensor_type",
        "line 9, observation_time: repeats a row",
    ]


def test_an_unreadable_line_does_not_hide_what_follows(tmp_path: Path) -> None:
    assert _problems(tmp_path, f"{ROW},1", "", "x", f"{FARM}2,S,ac_power,{T},1", f"{FARM}3,S,ac_power,{T},one") == [
        "line 3: fewer than 3 fields instead of 14",
        "line 4: fewer than 3 fields instead of 14",
        "line 6, measured_value: not a number like 12.345",
    ]


def test_rows_of_one_sensor_under_two_names_still_have_to_be_in_order(tmp_path: Path) -> None:
    other = FARM.replace("Park", "Other")
    assert _problems(
        tmp_path,
        f"{FARM}1,S,ac_power,2025-07-01 00:15:00,1",
        f"{other}1,S,ac_power,2025-07-01 00:15:00,1",
    ) == ["line 3, observation_time: repeats a row"]
    assert _problems(
        tmp_path,
        f"{FARM}1,S,ac_power,2025-07-01 00:15:00,1",
        f"{other}1,S,ac_power,2025-07-01 00:00:00,1",
        f"{other}1,S,ac_power,2025-07-01 00:30:00,1",
    ) == ["line 3, observation_time: earlier than the line before"]


def test_the_last_row_of_a_sensor_is_the_one_its_next_row_under_another_name_has_to_follow(tmp_path: Path) -> None:
    other = FARM.replace("Park", "Other")
    assert _problems(
        tmp_path,
        f"{FARM}1,S,ac_power,2025-07-01 00:00:00,1",
        f"{FARM}1,S,ac_power,2025-07-01 00:15:00,1",
        f"{other}1,S,ac_power,2025-07-01 00:15:00,1",
    ) == ["line 4, observation_time: repeats a row"]


def test_the_same_wrong_times_are_told_of_each_sensor(tmp_path: Path) -> None:
    rows = [
        f"{FARM}{sensor},S,ac_power,2025-07-01 00:{minute}:00,1" for sensor in (1, 2) for minute in ("00", "05", "15")
    ]
    assert _problems(tmp_path, *rows) == [
        "line 3, observation_time: not the start of a 15-minute interval",
        "line 6, observation_time: not the start of a 15-minute interval",
    ]


def test_a_file_may_have_just_the_most_bytes_a_receiver_takes() -> None:
    def problems(byte_count: int) -> list[str]:
        check = RowCheck(Path("any.csv"))
        check.take_rows(f"{FARM}1,S,ac_power,".encode(), f"{T},1".encode())
        check.finish(byte_count)
        return [str(problem) for problem in check.problems]

    assert problems(MAX_PART_BYTES) == []
    assert problems(MAX_PART_BYTES + 1) == [
        f"line 2: {MAX_PART_BYTES + 1} bytes; the receiver takes {MAX_PART_BYTES} at most"
    ]


def test_lines_after_a_bad_one_keep_their_numbers_across_blocks(tmp_path: Path) -> None:
    # 20,000 rows of about 100 bytes are more than one block; the bad value stands in the last one.
    rows = [f"{FARM}{100_000 + number},S,ac_power,2025-07-01 00:00:00,1" for number in range(20_000)]
    rows[-1] += "x"
    assert _problems(tmp_path, *rows) == ["line 20001, measured_value: not a number like 12.345"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "line 1: the header is not farm_id,"),
        (HEADER_LINE, "line 1: the file has no rows; a day without rows is not sent"),
        (b"\xef\xbb\xbf" + HEADER_LINE, "line 1: the file begins with a byte order mark"),
        (HEADER_LINE.replace(b"\n", b"\r\n"), r"line 1: the line ends with \r\n instead of \n"),
        (HEADER_LINE.replace(b"commissioning date", b"commissioning_date"), "line 1: the header is not farm_id,"),
    ],
)
def test_a_bad_beginning_is_named(tmp_path: Path, content: bytes, problem: str) -> None:
    found = [str(each) for each in _check(tmp_path, content).problems]
    assert found[0].startswith(problem)


def test_the_end_of_the_file_and_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    good = f"{FARM}1,S,ac_power,2025-07-01 00:00:00,1"
    assert str(_check(tmp_path, HEADER + good).problems[0]) == r"line 2: the last line does not end with \n"
    broken = HEADER_LINE + good.replace("Park", "P\xe9rk").encode("latin-1") + b"\n"
    assert str(_check(tmp_path, broken).problems[0]) == "line 2: not UTF-8"


def test_times_must_belong_to_the_day_in_the_name(tmp_path: Path) -> None:
    # 1 July begins on 30 June 10:00 UTC (UTC+14) and ends on 2 July 12:00 UTC (UTC-12) somewhere.
    times = {
        "2025-06-30 09:45:00": False,
        "2025-06-30 10:00:00": True,
        "2025-07-02 11:45:00": True,
        "2025-07-02 12:00:00": False,
    }
    for time, is_valid in times.items():
        text = f"{HEADER}{FARM}1,S,ac_power,{time},1\n"
        assert _check(tmp_path, text, "raptor_maps_2025-07-01_part001.csv").is_valid is is_valid
        assert _check(tmp_path, text).is_valid


def test_all_problems_are_counted_but_only_the_first_are_kept(tmp_path: Path) -> None:
    rows = "".join(f"{FARM}{1000 + number},S,ac_power,2025-07-01 00:00:00,x\n" for number in range(200))
    report = _check(tmp_path, HEADER + rows)
    assert (report.problem_count, len(report.problems), report.is_valid) == (200, 50, False)


def test_rows_checked_while_they_are_written_keep_the_first_problems_too() -> None:
    check = RowCheck(Path("any.csv"))
    check.take_rows(f"{FARM}1,S,ac_power,".encode(), b"\n".join([b"x,1"] * 60))
    assert (check.problem_count, len(check.problems)) == (60, 50)


@pytest.mark.parametrize(
    ("time", "value"),
    [
        (T, "-1.5"),
        (T, "-0.0"),
        (T, "1.2345"),
        (T, "1e5"),
        (T, ""),
        (T, ","),
        ("2025-07-01 00:05:00", "1"),
        ("2025-13-01 00:00:00", "1"),
        ("2025-06-01 00:00:00", "1"),
        ("", "1"),
    ],
)
def test_times_and_values_known_apart_are_judged_as_in_a_line(time: str, value: str) -> None:
    prefix, whole, apart = f"{FARM}1,S,ac_power,".encode(), RowCheck(Path("any.csv")), RowCheck(Path("any.csv"))
    for check in (whole, apart):
        check.take_rows(prefix, b"2025-06-30 00:00:00,1")
    times, values = (time.encode(), b"2025-07-02 00:00:00"), f"{value}\n2".encode()
    whole.take_rows(prefix, f"{time},{value}\n2025-07-02 00:00:00,2".encode())
    apart.take_sensor(prefix, times, values)
    assert apart.problems == whole.problems
    assert (not apart.problems) is (time == T and value == "-1.5")
    assert apart.row_count == whole.row_count == 3


_OWN_WAY = (
    (f"{ROW},1\r", r"remark: line 2, measured_value: the line ends with \r\n instead of \n"),
    (f"{ROW},1.2345", "remark: line 2, measured_value: more than 3 decimals"),
    (f"{ROW},1e3", "remark: line 2, measured_value: written with an exponent"),
    (f"{ROW},-0.0", "remark: line 2, measured_value: a negative zero"),
    (f'"P-1"{ROW[3:]},1', "remark: line 2: quotes around a field that needs none"),
    (ROW.replace("50.1,", "50.12345678,") + ",1", "remark: line 2, farm_latitude: not a number with up to 7 decimals"),
)


@pytest.mark.parametrize(("row", "finding"), _OWN_WAY)
def test_what_the_document_does_not_ask_for_is_a_remark(tmp_path: Path, row: str, finding: str) -> None:
    report = _check(tmp_path, f"{HEADER}{row}\n")
    (found,) = report.findings
    assert str(found).startswith(finding)
    assert (report.error_count, report.remark_count, report.is_valid) == (0, 1, False)


def test_order_is_ours_and_a_repeated_row_is_wrong_for_anybody(tmp_path: Path) -> None:
    times = ("2025-07-01 00:15:00", "2025-07-01 00:00:00", "2025-07-01 00:00:00")
    rows = [f"{FARM}2,S,ac_power,{time},1\n" for time in times]
    report = _check(tmp_path, HEADER + "".join(rows) + f"{FARM}1,S,ac_power,{T},1\n")
    assert [str(found) for found in report.findings] == [
        "remark: line 3, observation_time: earlier than the line before",
        "line 4, observation_time: repeats a row",
        "remark: line 5: not in the order of farm_id, equipment_id, sensor_id, sensor_type",
    ]
    assert (report.error_count, report.remark_count) == (1, 2)


def test_a_file_of_another_program_is_judged_and_what_is_found_often_is_counted(tmp_path: Path) -> None:
    """Lines as Windows ends them: what else is wrong with them is found all the same."""
    rows = [f"{FARM}{sensor:04},S,ac_power,{T},1.23456" for sensor in range(1500)]
    rows[700] = rows[700].replace("1.23456", "n/a")
    report = _check(tmp_path, "".join(f"{line}\r\n" for line in (HEADER.strip(), *rows)))
    assert [str(found) for found in report.findings] == [
        r"remark: line 1: the line ends with \r\n instead of \n",
        r"remark: line 2, measured_value: the line ends with \r\n instead of \n (and 1,499 more)",
        "remark: line 2, measured_value: more than 3 decimals (and 1,498 more)",
        "line 702, measured_value: not a number like 12.345",
    ]
    assert (report.error_count, report.remark_count) == (1, 1 + 1500 + 1499)
