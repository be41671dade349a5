from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from plant_pipeline.errors import UsageError
from plant_pipeline.raptor_maps.contract import HEADER_LINE
from plant_pipeline.raptor_maps.csv_file import BuiltDay, FileOptions, build_day
from plant_pipeline.raptor_maps.parts import PartsWriter, SensorRows
from plant_pipeline.raptor_maps.validate import check_file
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.raptor_maps.fleet import LATER, Fleet, equipment_id, plant_id, utc

DAY = date(2025, 10, 26)
QUARTER = timedelta(minutes=15)


def _build(warehouse: Warehouse, directory: Path, day: date = DAY, **options: Any) -> BuiltDay:
    built = build_day(warehouse, day, directory, **{"now_utc": LATER, **options})
    for part in built.parts:
        report = check_file(part.path)
        assert (part.problems, report.problems) == ((), ())
        assert (part.sha256, part.byte_count, part.row_count) == (report.sha256, report.byte_count, report.row_count)
    return built


def _rows(built: BuiltDay) -> list[list[str]]:
    """Rows of all parts, for files whose fields need no quotes."""
    lines = [line for part in built.parts for line in part.path.read_text(encoding="utf-8").splitlines()[1:]]
    return [line.split(",") for line in lines]


def _values(built: BuiltDay) -> dict[str, str]:
    return {row[-2]: row[-1] for row in _rows(built)}


def test_a_day_of_two_plants_byte_for_byte(fleet: Fleet, warehouse: Warehouse, tmp_path: Path) -> None:
    # Prague's 26 October 2025 has 25 hours: 25 Oct 22:00 to 26 Oct 23:00 UTC.
    fleet.plant(
        1,
        "P-AAAAAAAA",
        name='Park "Říp",\r\nsever',
        timezone="Europe/Prague",
        latitude=50.38611114,
        longitude=-0.00000004,
        commissioned_at=date(2019, 5, 1),
    )
    fleet.equipment(1, 1, "inverter", "Měnič 1, hala")
    fleet.sensor(10, 1, 1, "ac_power", name='výkon "AC"')
    fleet.readings(10, {
        "2025-10-25 21:55": 99,  # the day before
        "2025-10-25 22:00": 10, "2025-10-25 22:05": 20, "2025-10-25 22:10": 40,  # 70 / 3 = 23.333
        "2025-10-25 22:15": 7,  # on the end of the first interval: belongs to the next
        "2025-10-26 00:45": 1, "2025-10-26 01:45": 2,  # 02:45 local, twice
        "2025-10-26 22:55": 5.5,  # alone in its interval
        "2025-10-26 23:00": 99,  # the day after
    })  # fmt: skip
    fleet.sensor(9, 1, 1, "dc_voltage", resolution=QUARTER)
    fleet.readings(9, {"2025-10-26 12:00": 700.25})
    # Kolkata is 5:30 ahead: 25 Oct 18:30 to 26 Oct 18:30 UTC. `farm,7` sorts after `P-` bytewise, before it in words.
    fleet.plant(2, "P-0BBBBBBB", name="Jaisalmer", timezone="Asia/Kolkata", latitude=26.9)
    fleet.decide_farm_id(2, "farm,7")
    fleet.equipment(2, 2, "meter", "Main meter")
    fleet.sensor(3, 2, 2, "production_meter_energy", resolution=timedelta(0))
    fleet.readings(3, {
        "2025-10-25 18:29": 1_000_000,
        "2025-10-25 18:30": 1_000_100, "2025-10-25 18:44": 1_000_250.1239,  # the maximum, not the average
        "2025-10-25 18:45": 1_000_300,
        "2025-10-26 18:30": 2_000_000,
    })  # fmt: skip
    fleet.sensor(4, 2, 2, "production_meter_power", sign=-1)  # positive is consumption, so production is -value
    fleet.readings(4, {"2025-10-26 06:00": -1500, "2025-10-26 06:05": -1501, "2025-10-26 18:25": 12})

    built = _build(warehouse, tmp_path)

    park = 'P-AAAAAAAA,"Park ""Říp"", sever",UTC,2019-05-01 00:00:00,50.3861111,0'
    inverter = f'{park},{equipment_id(1)},"Měnič 1, hala",Inverter,'
    meter = f'"farm,7",Jaisalmer,UTC,,,,{equipment_id(2)},Main meter,Meter,'
    expected = [
        f'{inverter}10,"výkon ""AC""",ac_power,2025-10-25 22:00:00,23.333',
        f'{inverter}10,"výkon ""AC""",ac_power,2025-10-25 22:15:00,7',
        f'{inverter}10,"výkon ""AC""",ac_power,2025-10-26 00:45:00,1',
        f'{inverter}10,"výkon ""AC""",ac_power,2025-10-26 01:45:00,2',
        f'{inverter}10,"výkon ""AC""",ac_power,2025-10-26 22:45:00,5.5',
        f"{inverter}9,Sensor 9,dc_voltage,2025-10-26 12:00:00,700.25",  # "10" sorts before "9"
        f"{meter}3,Sensor 3,production_meter_energy,2025-10-25 18:30:00,1000250.124",
        f"{meter}3,Sensor 3,production_meter_energy,2025-10-25 18:45:00,1000300",
        f"{meter}4,Sensor 4,production_meter_power,2025-10-26 06:00:00,1500.5",
        f"{meter}4,Sensor 4,production_meter_power,2025-10-26 18:15:00,-12",
    ]
    (part,) = built.parts
    assert part.path == tmp_path / "raptor_maps_2025-10-26_part001.csv"
    assert part.path.read_bytes() == HEADER_LINE + "".join(f"{line}\n" for line in expected).encode()
    assert (part.row_count, part.byte_count) == (10, part.path.stat().st_size)
    assert (built.rows_skipped, built.plants_left_out, built.sensors_left_out) == ({}, {}, {})


@pytest.mark.parametrize("resolution", [QUARTER, timedelta(minutes=5), timedelta(0)])
def test_numbers_have_at_most_three_decimals_and_neither_exponent_nor_negative_zero(
    fleet: Fleet, warehouse: Warehouse, tmp_path: Path, resolution: timedelta
) -> None:
    written = [
        (0.0, "0"),
        (-0.0, "0"),
        (-0.0004, "0"),
        (0.0006, "0.001"),
        (1e-7, "0"),
        (0.1 + 0.2, "0.3"),
        (-12.3456, "-12.346"),
        (123456.789, "123456.789"),
        (8_999_999_999_999.125, "8999999999999.125"),
        (1e15, "1000000000000000"),
        (-2.5e22, "-25000000000000000000000"),
    ]
    fleet.plant(1, "P-AAAAAAAA")
    fleet.equipment(1, 1, "weather_station")
    fleet.sensor(1, 1, 1, "irradiance_poa", resolution=resolution)
    fleet.quarter_hours(1, "2025-10-26 00:00", [value for value, _ in written])

    built = _build(warehouse, tmp_path)

    assert list(_values(built).values()) == [text for _, text in written]
    assert {row[8] for row in _rows(built)} == {"Weather Station/Pyranometer"}


@pytest.mark.parametrize(
    ("stated", "learned", "written"), [(None, -1, "1500"), (1, -1, "-1500"), (-1, 1, "1500"), (None, None, "-1500")]
)
@pytest.mark.parametrize("resolution", [QUARTER, timedelta(0)])
def test_power_counts_in_the_direction_that_energy_learned_where_none_is_stated(
    fleet: Fleet,
    warehouse: Warehouse,
    tmp_path: Path,
    stated: int | None,
    learned: int | None,
    written: str,
    resolution: timedelta,
) -> None:
    """Production as negative power, which FlexMeasures recommends, without the attribute that says so."""
    fleet.plant(1, "P-AAAAAAAA")
    fleet.equipment(1, 1, "inverter")
    fleet.sensor(1, 1, 1, "ac_power", resolution=resolution, sign=stated, learned_sign=learned)
    fleet.readings(1, {"2025-10-26 12:00": -1500})

    assert _values(_build(warehouse, tmp_path)) == {"2025-10-26 12:00:00": written}


def test_a_day_before_the_zone_was_corrected_stays_the_day_it_was(
    fleet: Fleet, warehouse: Warehouse, tmp_path: Path
) -> None:
    """As its energy does: a day that is built anew in the nights after has the rows it had."""
    fleet.plant(1, "P-AAAAAAAA", timezone="America/Bogota")  # 5 hours behind UTC
    history = (
        "insert into registry.plant_history (plant_id, valid_from, valid_to, plant_code, name, technology, timezone, "
        "status, first_seen_at, updated_at, recorded_at) values (%(plant)s, %(from)s, %(to)s, 'P-AAAAAAAA', 'Plant 1', "
        "'solar', %(zone)s, 'active', %(from)s, %(from)s, %(from)s)"
    )
    began, corrected = utc("1970-01-01 00:00"), utc("2025-10-27 05:00")
    fleet.execute(history, **{"plant": plant_id(1), "from": began, "to": corrected, "zone": "UTC"})
    fleet.execute(history, **{"plant": plant_id(1), "from": corrected, "to": None, "zone": "America/Bogota"})
    fleet.equipment(1, 1, "inverter")
    fleet.sensor(1, 1, 1, "ac_power")
    fleet.readings(1, {"2025-10-26 00:00": 1, "2025-10-26 23:45": 2, "2025-10-27 04:45": 3, "2025-10-27 05:00": 4})

    assert list(_values(_build(warehouse, tmp_path))) == ["2025-10-26 00:00:00", "2025-10-26 23:45:00"]
    assert list(_values(_build(warehouse, tmp_path, date(2025, 10, 27)))) == ["2025-10-27 05:00:00"]


def test_a_quarter_hourly_sensor_whose_readings_are_off_the_quarter_is_averaged_too(
    fleet: Fleet, warehouse: Warehouse, tmp_path: Path
) -> None:
    fleet.plant(1, "P-AAAAAAAA")
    fleet.equipment(1, 1, "inverter")
    fleet.sensor(1, 1, 1, "ac_power", resolution=QUARTER, sign=-1)
    fleet.readings(1, {"2025-10-26 08:00": 1, "2025-10-26 08:14": 4, "2025-10-26 08:29": 7, "2025-10-26 08:45": 9})

    assert _values(_build(warehouse, tmp_path)) == {
        "2025-10-26 08:00:00": "-2.5",
        "2025-10-26 08:15:00": "-7",
        "2025-10-26 08:45:00": "-9",
    }


def test_what_is_no_number_is_left_out_of_the_average_and_a_row_without_any_is_counted(
    fleet: Fleet, warehouse: Warehouse, tmp_path: Path
) -> None:
    fleet.plant(1, "P-AAAAAAAA")
    fleet.equipment(1, 1, "inverter")
    fleet.sensor(1, 1, 1, "dc_power")
    nan, infinity = float("nan"), float("inf")
    fleet.readings(1, {
        "2025-10-26 08:00": 4, "2025-10-26 08:05": nan, "2025-10-26 08:10": 8,
        "2025-10-26 08:15": nan, "2025-10-26 08:20": infinity, "2025-10-26 08:25": -infinity,
    })  # fmt: skip
    fleet.equipment(2, 1, "inverter", " \n ")
    fleet.sensor(2, 1, 2, "dc_power")
    fleet.readings(2, {"2025-10-26 08:00": 1, "2025-10-26 08:05": 1, "2025-10-26 08:15": 1})  # two rows

    built = _build(warehouse, tmp_path)

    assert _values(built) == {"2025-10-26 08:00:00": "6"}
    assert built.rows_skipped == {"measured_value": 1, "equipment_name": 2}


def test_only_documented_sensors_of_solar_plants_are_exported_and_the_others_are_counted(
    fleet: Fleet, warehouse: Warehouse, tmp_path: Path
) -> None:
    reading = {"2025-10-26 08:00": 1.0}
    fleet.plant(1, "P-AAAAAAAA", technology="hybrid")
    for number, equipment_type in enumerate(("inverter", "turbine", "battery", "other", "meter"), 1):
        fleet.equipment(number, 1, equipment_type)
    fleet.sensor(1, 1, 1, "ac_power", resolution=timedelta(0))
    fleet.sensor(2, 1, 1, "ac_power", resolution=timedelta(minutes=30))
    fleet.sensor(3, 1, 1, None)
    fleet.sensor(4, 1, 2, "ac_power")
    fleet.sensor(5, 1, 3, "dc_power")
    fleet.sensor(6, 1, 4, "irradiance_ghi")
    fleet.sensor(7, 1, 1, "irradiance_ghi")
    fleet.sensor(8, 1, 5, "production_meter_energy", is_cumulative=False)
    fleet.sensor(9, 1, 5, "production_meter_power", unit="kW")
    fleet.plant(2, "P-BBBBBBBB", technology="wind")
    fleet.equipment(6, 2, "inverter")
    fleet.sensor(10, 2, 6, "ac_power")
    fleet.plant(3, "P-CCCCCCCC", status="merged", merged_into=plant_id(1))
    fleet.equipment(7, 3, "inverter")
    fleet.sensor(11, 3, 7, "ac_power")
    fleet.plant(4, "P-DDDDDDDD", status="retired", retired_at=utc("2025-10-27 00:00"))
    fleet.equipment(8, 4, "combiner")
    fleet.sensor(12, 4, 8, "dc_power", is_present=False)
    for sensor in range(1, 13):
        fleet.readings(sensor, reading)

    built = _build(warehouse, tmp_path)

    assert [row[0] for row in _rows(built)] == ["P-AAAAAAAA", "P-DDDDDDDD"]
    assert built.sensors_left_out == {
        "coarser than 15 minutes": 1,
        "irradiance_ghi on equipment of type inverter": 1,
        "of no Raptor Maps type": 1,
        "on equipment of type battery": 1,
        "on equipment of type other": 1,
        "on equipment of type turbine": 1,
        "production_meter_energy that is no cumulative register": 1,
        "production_meter_power in kW instead of W": 1,
    }
    everything = _build(warehouse, tmp_path, options=FileOptions(technologies=("solar", "hybrid", "wind")))
    assert [row[0] for row in _rows(everything)] == ["P-AAAAAAAA", "P-BBBBBBBB", "P-DDDDDDDD"]


@pytest.mark.parametrize(("since", "is_sent"), [("2025-10-27 00:00", True), ("2025-10-26 23:59", False)])
def test_what_is_measured_of_a_plant_that_is_not_certain_is_not_sent(
    warehouse: Warehouse, fleet: Fleet, tmp_path: Path, since: str, is_sent: bool
) -> None:
    fleet.plant(1, "P-AAAAAAAA")
    for number in (1, 2):
        fleet.equipment(number, 1, "inverter")
        fleet.sensor(number, 1, number, "ac_power")
        fleet.readings(number, {"2025-10-26 08:00": 1.0})
    fleet.execute(
        "update registry.equipment set doubted_since = %(since)s where name = 'Equipment 2'", since=utc(since)
    )
    built = _build(warehouse, tmp_path)
    assert len(_rows(built)) == (2 if is_sent else 1)
    assert built.sensors_left_out == ({} if is_sent else {"of a plant that is not certain": 1})


def test_plants_without_a_finished_day_or_a_zone_are_left_out_and_named(
    fleet: Fleet, warehouse: Warehouse, tmp_path: Path
) -> None:
    zones = {1: "Asia/Kathmandu", 2: "America/Los_Angeles", 3: None, 4: "+02:00"}
    for number, zone in zones.items():
        fleet.plant(number, f"P-{number}", name=f"Park {number}", timezone=zone)
        fleet.equipment(number, number, "inverter")
        fleet.sensor(number, number, number, "ac_power")
        # Kathmandu is 5:45 ahead: its day begins at 18:15 UTC.
        fleet.readings(number, {"2025-10-25 18:14": 1, "2025-10-25 18:15": 2})

    built = _build(warehouse, tmp_path, now_utc=utc("2025-10-27 06:59"))

    assert _values(built) == {"2025-10-25 18:15:00": "2"}
    assert built.plants_left_out == {
        "P-2 Park 2": "its day is not over before 2025-10-27 07:00 UTC",
        "P-3 Park 3": "its time zone is unknown",
        "P-4 Park 4": "its time zone is no zone: +02:00",
    }


def test_the_newest_valid_decision_names_the_farm(fleet: Fleet, warehouse: Warehouse, tmp_path: Path) -> None:
    fleet.plant(1, "P-AAAAAAAA")
    fleet.equipment(1, 1, "inverter")
    fleet.sensor(1, 1, 1, "ac_power")
    fleet.readings(1, {"2025-10-26 08:00": 1})

    def farm_id() -> str:
        return _rows(_build(warehouse, tmp_path))[0][0]

    assert farm_id() == "P-AAAAAAAA"
    fleet.decide_farm_id(1, "old", decided_at=utc("2025-01-01 00:00"))
    fleet.decide_farm_id(1, "new", decided_at=utc("2025-03-01 00:00"))
    fleet.decide_farm_id(1, "between", decided_at=utc("2025-02-01 00:00"))
    fleet.decide_farm_id(1, "from next year", decided_at=utc("2025-05-01 00:00"), valid_from=date(2026, 1, 1))
    fleet.decide_farm_id(2, "another record's", decided_at=utc("2025-06-01 00:00"))
    fleet.decide_farm_id(1, "other field", decided_at=utc("2025-06-01 00:00"), field="name")
    assert farm_id() == "new"
    fleet.execute("update registry.decision set undone_at = now() where value = 'new'")
    assert farm_id() == "between"
    fleet.decide_farm_id(1, " ", decided_at=utc("2025-07-01 00:00"))
    assert farm_id() == "P-AAAAAAAA"


def test_a_day_without_rows_has_no_part(fleet: Fleet, warehouse: Warehouse, tmp_path: Path) -> None:
    fleet.plant(1, "P-AAAAAAAA")
    fleet.equipment(1, 1, "inverter")
    fleet.sensor(1, 1, 1, "ac_power")
    fleet.readings(1, {"2025-10-27 00:00": 1})

    built = _build(warehouse, tmp_path)

    assert (built.parts, built.content_sha256) == ((), None)
    assert list(tmp_path.iterdir()) == []


def test_a_day_in_two_months_is_whole(fleet: Fleet, warehouse: Warehouse, tmp_path: Path) -> None:
    fleet.plant(1, "P-AAAAAAAA", timezone="Asia/Kolkata")
    fleet.equipment(1, 1, "inverter")
    fleet.sensor(1, 1, 1, "ac_power", resolution=QUARTER)
    fleet.quarter_hours(1, "2025-10-31 18:30", [float(number) for number in range(96)])

    built = _build(warehouse, tmp_path, date(2025, 11, 1))

    assert list(_values(built).values()) == [str(number) for number in range(96)]


def _three_sensors(fleet: Fleet) -> None:
    fleet.plant(1, "P-AAAAAAAA")
    fleet.equipment(1, 1, "inverter")
    for sensor, sensor_type in ((1, "ac_power"), (2, "dc_power"), (3, "dc_voltage")):
        fleet.sensor(sensor, 1, 1, sensor_type, resolution=QUARTER)
        fleet.quarter_hours(sensor, "2025-10-26 00:00", [sensor * 100.0 + number for number in range(8)])


def test_parts_stay_below_the_limit_and_end_between_sensors_where_they_can(
    fleet: Fleet, warehouse: Warehouse, tmp_path: Path
) -> None:
    _three_sensors(fleet)
    (whole,) = _build(warehouse, tmp_path).parts
    lines = whole.path.read_bytes().splitlines(keepends=True)
    sensor_bytes = [sum(map(len, lines[1 + 8 * i : 9 + 8 * i])) for i in range(3)]
    two_sensors = len(HEADER_LINE) + sensor_bytes[0] + sensor_bytes[1]

    def parts(limit: int) -> list[int]:
        built = _build(warehouse, tmp_path, max_part_bytes=limit)
        paths = [part.path for part in built.parts]
        assert [path.name for path in paths] == [
            f"raptor_maps_2025-10-26_part{number:03d}.csv" for number in range(1, len(paths) + 1)
        ]
        assert sorted(tmp_path.iterdir()) == paths
        content = [path.read_bytes() for path in paths]
        assert all(data.startswith(HEADER_LINE) and len(data) < limit for data in content)
        assert b"".join(data.removeprefix(HEADER_LINE) for data in content) == b"".join(lines[1:])
        return [part.row_count for part in built.parts]

    assert parts(two_sensors + 1) == [16, 8]
    assert parts(two_sensors) == [8, 8, 8]
    # Room for three rows: every sensor is cut, and the next one fills what is left of its last part.
    assert parts(len(HEADER_LINE) + 3 * max(map(len, lines[1:])) + 1) == [3] * 8
    assert parts(1_000_000) == [24]
    with pytest.raises(UsageError, match="RAPTOR_MAX_PART_BYTES is 300"):
        _build(warehouse, tmp_path, max_part_bytes=300)
    assert len(list(tmp_path.iterdir())) == 1


def test_the_same_data_give_the_same_bytes_however_they_lie_on_disk(
    fleet: Fleet, warehouse: Warehouse, tmp_path: Path
) -> None:
    _three_sensors(fleet)
    # 0.1 + 0.2 + 0.3 depends on the order of summing in the last place.
    fleet.readings(1, {"2025-10-26 10:00": 0.1, "2025-10-26 10:05": 0.2, "2025-10-26 10:10": 0.3})
    first = _build(warehouse, tmp_path / "first")
    fleet.execute("create table moved as select * from energy.reading")
    fleet.execute("delete from energy.reading")
    fleet.execute("insert into energy.reading select * from moved order by period_start desc, sensor_id desc")

    second = _build(warehouse, tmp_path / "second")

    assert first.parts[0].path.read_bytes() == second.parts[0].path.read_bytes()
    assert first.parts[0].sha256 == second.parts[0].sha256
    assert first.content_sha256 == second.content_sha256


def test_the_content_hash_follows_the_data_but_not_names_and_places(
    fleet: Fleet, warehouse: Warehouse, tmp_path: Path
) -> None:
    _three_sensors(fleet)

    def build() -> BuiltDay:
        return _build(warehouse, tmp_path)

    first = build()
    fleet.execute(
        "update registry.plant set name = 'Renamed', latitude = 1, longitude = 2, commissioned_at = '2020-01-01'"
    )
    fleet.execute("update registry.equipment set name = 'Renamed'")
    fleet.execute("update registry.sensor set name = 'Renamed'")
    renamed = build()
    assert renamed.content_sha256 == first.content_sha256
    assert renamed.parts[0].sha256 != first.parts[0].sha256
    fleet.readings(3, {"2025-10-26 01:00": 1})
    assert build().content_sha256 != first.content_sha256


def test_an_interrupted_build_leaves_what_was_there(
    fleet: Fleet, warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _three_sensors(fleet)
    before = _build(warehouse, tmp_path).parts[0].path.read_bytes()
    fleet.readings(1, {"2025-10-26 01:00": 1})
    write_sensor = PartsWriter.write_sensor

    def interrupted(self: PartsWriter, prefix: bytes, rows: SensorRows) -> None:
        if b"dc_voltage" in prefix:
            raise KeyboardInterrupt
        write_sensor(self, prefix, rows)

    monkeypatch.setattr(PartsWriter, "write_sensor", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _build(warehouse, tmp_path, max_part_bytes=2500)

    (path,) = tmp_path.iterdir()
    assert path.read_bytes() == before


def test_farm_local_time_joins_the_hour_that_autumn_repeats(fleet: Fleet, warehouse: Warehouse, tmp_path: Path) -> None:
    fleet.plant(1, "P-AAAAAAAA", timezone="Europe/Prague")
    fleet.equipment(1, 1, "inverter")
    fleet.sensor(1, 1, 1, "ac_power", resolution=QUARTER)
    fleet.readings(1, {"2025-10-25 22:00": 1, "2025-10-26 00:45": 2, "2025-10-26 01:45": 4, "2025-10-26 22:45": 5})

    built = _build(warehouse, tmp_path, options=FileOptions(farm_local_time=True))

    assert {row[2] for row in _rows(built)} == {"Europe/Prague"}
    assert _values(built) == {"2025-10-26 00:00:00": "1", "2025-10-26 02:45:00": "3", "2025-10-26 23:45:00": "5"}
