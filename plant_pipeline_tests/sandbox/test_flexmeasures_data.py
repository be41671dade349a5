import json
import math
from datetime import date, datetime, timedelta

import httpx
import numpy as np
import pytest

from plant_pipeline.sandbox.production import daily_energy_kwh
from plant_pipeline.sandbox.readings import FORECASTER, MEASUREMENTS
from plant_pipeline.sandbox.world import Signal, World
from plant_pipeline_tests.sandbox.conftest import NOW

V3 = "/api/v3_0"


def sensor_of(world: World, key: str, equipment: str, name: str) -> Signal:
    plant = world.by_key[key]
    return next(
        signal
        for signal in world.signals.values()
        if signal.asset.plant is plant and (signal.asset.name, signal.name) == (equipment, name)
    )


def ask(client: httpx.Client, sensor: Signal, start: str, duration: str, **query: str) -> dict[str, object]:
    answer = client.get(
        f"{V3}/sensors/{sensor.id}/data",
        params={"start": start, "duration": duration, "unit": sensor.unit, **query},
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def numbers(answer: dict[str, object]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    listed = answer["values"]
    assert isinstance(listed, list)
    return np.array([math.nan if value is None else value for value in listed])


def test_a_day_of_power_is_288_values_without_times(flexmeasures_api: httpx.Client, world: World) -> None:
    power = sensor_of(world, "velvary", "MTR-1", "production_power")
    answer = ask(flexmeasures_api, power, "2026-11-16T00:00:00+01:00", "P1D")
    assert {name: answer[name] for name in answer if name != "values"} == {
        "duration": "PT24H",
        "message": "Request has been processed.",
        "resolution": "PT5M",
        "start": "2026-11-16T00:00:00+01:00",
        "status": "PROCESSED",
        "unit": "kW",
    }
    found = numbers(answer)
    assert len(found) == 288
    assert found[: 5 * 12].max() == 0  # no sun in Prague before 5 in the morning of a November day
    assert 0 < found.max() <= 4000


@pytest.mark.parametrize(("day", "offset", "hours"), [("2026-03-29", "+01:00", 23), ("2026-10-25", "+02:00", 25)])
def test_clock_change_days(flexmeasures_api: httpx.Client, world: World, day: str, offset: str, hours: int) -> None:
    # The register is read every 5 minutes and the power is its slope: both over 23 or 25 hours from local midnight.
    power = sensor_of(world, "velvary", "MTR-1", "production_power")
    register = sensor_of(world, "velvary", "MTR-1", "production_energy")
    start = f"{day}T00:00:00{offset}"
    kilowatts = numbers(ask(flexmeasures_api, power, start, f"PT{hours}H"))
    counts = numbers(ask(flexmeasures_api, register, start, f"PT{hours}H5M", resolution="PT5M"))
    assert (len(kilowatts), len(counts)) == (hours * 12, hours * 12 + 1)
    energy = float(counts[-1] - counts[0])
    assert energy == pytest.approx(kilowatts.sum() / 12, rel=1e-6)
    plant = world.by_key["velvary"]
    assert energy == pytest.approx(daily_energy_kwh(plant, date.fromisoformat(day)), rel=1e-6)
    # Neighbouring days end where the next begins: the same instant in the plant's zone.
    assert daily_energy_kwh(plant, date.fromisoformat(day)) > 0


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"duration": "PT1H", "unit": "kW"}, "start"),
        ({"start": "2026-11-16T00:00:00Z", "unit": "kW"}, "duration"),
        ({"start": "2026-11-16T00:00:00Z", "duration": "PT1H"}, "unit"),
        ({"start": "2026-11-16T00:00:00", "duration": "PT1H", "unit": "kW"}, "start"),
        ({"start": "2026-11-16T00:00:00Z", "duration": "1 hour", "unit": "kW"}, "duration"),
        ({"start": "2026-11-16T00:00:00Z", "duration": "PT1H", "unit": "kW", "bogus": "1"}, "bogus"),
        ({"start": "2026-11-16T00:00:00Z", "duration": "PT1H", "unit": "kW", "resolution": "PT0M"}, "resolution"),
        ({"start": "2026-11-16T00:00:00Z", "duration": "PT1H", "unit": "V"}, "_schema"),
        (
            {"start": "2026-11-16T00:00:00Z", "duration": "PT1H", "unit": "kW", "source-type": "forecaster"},
            "source-type",
        ),
    ],
)
def test_what_does_not_validate_is_named(
    flexmeasures_api: httpx.Client, world: World, query: dict[str, str], field: str
) -> None:
    power = sensor_of(world, "velvary", "MTR-1", "production_power")
    answer = flexmeasures_api.get(f"{V3}/sensors/{power.id}/data", params=query)
    assert answer.status_code == 422
    assert field in answer.json()["message"]["combined_sensor_data_description"]


def test_units_are_converted_but_not_every_spelling(flexmeasures_api: httpx.Client, world: World) -> None:
    power = sensor_of(world, "velvary", "MTR-1", "production_power")
    start = "2026-11-16T11:00:00Z"
    kilowatts = numbers(ask(flexmeasures_api, power, start, "PT1H"))
    assert numbers(ask(flexmeasures_api, power, start, "PT1H", unit="W")) == pytest.approx(kilowatts * 1000)
    assert numbers(ask(flexmeasures_api, power, start, "PT1H", unit="kWh")) == pytest.approx(kilowatts / 12)
    poa = sensor_of(world, "velvary", "WS-1", "irradiance_poa")
    assert ask(flexmeasures_api, poa, start, "PT1H", unit="W/m^2")["unit"] == "W/m^2"
    query = {"start": start, "duration": "PT1H", "unit": "W/m2"}
    assert flexmeasures_api.get(f"{V3}/sensors/{poa.id}/data", params=query).status_code == 422


def test_an_unescaped_plus_is_understood(flexmeasures_api: httpx.Client, world: World) -> None:
    power = sensor_of(world, "velvary", "MTR-1", "production_power")
    query = "start=2026-11-16T12:00:00+01:00&duration=PT1H&unit=kW"
    answer = flexmeasures_api.get(f"{V3}/sensors/{power.id}/data?{query}")
    assert answer.json()["start"] == "2026-11-16T12:00:00+01:00"


def test_a_start_off_the_grid_finds_nothing(flexmeasures_api: httpx.Client, world: World) -> None:
    power = sensor_of(world, "velvary", "MTR-1", "production_power")
    assert np.isnan(numbers(ask(flexmeasures_api, power, "2026-11-16T11:02:00Z", "PT1H"))).all()


def test_the_server_resamples_from_the_first_row(flexmeasures_api: httpx.Client, world: World) -> None:
    # INV-02 has no rows from 10:00 to 13:00 local time (UTC+1): from 12:50 the first row is at 13:00.
    inverter = sensor_of(world, "velvary", "INV-02", "ac_power")
    native = numbers(ask(flexmeasures_api, inverter, "2026-11-16T13:00:00+01:00", "PT1H"))
    quarters = numbers(ask(flexmeasures_api, inverter, "2026-11-16T13:00:00+01:00", "PT1H", resolution="PT15M"))
    assert quarters == pytest.approx(native.reshape(4, 3).mean(axis=1))
    shifted = numbers(ask(flexmeasures_api, inverter, "2026-11-16T12:50:00+01:00", "PT1H", resolution="PT15M"))
    assert np.isnan(shifted).all()


@pytest.mark.parametrize(
    ("duration", "count"), [("PT8H", 8 * 12), ("P1D", 24 * 4), ("P8D", 8 * 24), ("P20D", 20), ("P28D", 28)]
)
def test_instants_without_resolution_are_spaced_by_the_length_of_the_window(
    flexmeasures_api: httpx.Client, world: World, duration: str, count: int
) -> None:
    register = sensor_of(world, "velvary", "MTR-1", "production_energy")
    answer = ask(flexmeasures_api, register, "2026-10-01T00:00:00Z", duration)
    assert answer["resolution"] == "PT0H"
    assert len(numbers(answer)) == count


def test_readings_off_the_asked_grid_are_not_seen(flexmeasures_api: httpx.Client, world: World) -> None:
    # This register is read every 15 minutes: at 5 minutes two of three values are null.
    register = sensor_of(world, "bhadla", "Contador", "Energy Delivered")
    assert json.loads(flexmeasures_api.get(f"{V3}/sensors/{register.id}").json()["attributes"]) == {}
    found = numbers(ask(flexmeasures_api, register, "2026-11-16T00:00:00Z", "PT1H", resolution="PT5M"))
    assert np.isnan(found).tolist() == [False, True, True] * 4


def test_nothing_is_recorded_after_the_clock(flexmeasures_api: httpx.Client, world: World) -> None:
    # The clock stands at 12:00 UTC: the interval from 11:55 is over, the one from 12:00 is not; an instant at 12:00 is.
    power = sensor_of(world, "velvary", "MTR-1", "production_power")
    register = sensor_of(world, "velvary", "MTR-1", "production_energy")
    of_power = numbers(ask(flexmeasures_api, power, "2026-11-18T11:50:00Z", "PT20M"))
    of_register = numbers(ask(flexmeasures_api, register, "2026-11-18T11:50:00Z", "PT20M", resolution="PT5M"))
    assert np.isnan(of_power).tolist() == [False, False, True, True]
    assert np.isnan(of_register).tolist() == [False, False, False, True]


def test_the_daily_gap_of_one_inverter(flexmeasures_api: httpx.Client, world: World) -> None:
    inverter = sensor_of(world, "velvary", "INV-02", "ac_power")
    found = numbers(ask(flexmeasures_api, inverter, "2026-11-16T00:00:00+01:00", "P1D"))
    missing = np.flatnonzero(np.isnan(found))
    assert (missing[0], missing[-1], len(missing)) == (10 * 12, 13 * 12 - 1, 36)
    other = sensor_of(world, "velvary", "INV-01", "ac_power")
    assert not np.isnan(numbers(ask(flexmeasures_api, other, "2026-11-16T00:00:00+01:00", "P1D"))).any()


def test_the_plant_that_is_silent_on_tuesdays(flexmeasures_api: httpx.Client, world: World) -> None:
    # 17 November 2026 is a Tuesday; Monday and Wednesday have all rows.
    power = sensor_of(world, "pavagada", "MTR-1", "production_power")
    found = numbers(ask(flexmeasures_api, power, "2026-11-16T00:00:00+05:30", "P2DT12H"))
    assert np.isnan(found).tolist() == [False] * 288 + [True] * 288 + [False] * 144


def test_the_register_that_falls_to_zero_on_every_15th(flexmeasures_api: httpx.Client, world: World) -> None:
    # Noon in Madrid is 11:00 UTC in November: the reading of 11:00 is 0, the ones before are a month's energy.
    register = sensor_of(world, "olmedilla", "Contador", "Energy Delivered")
    found = numbers(ask(flexmeasures_api, register, "2026-11-15T10:30:00Z", "PT1H", resolution="PT15M"))
    assert found[2] == 0
    assert found[0] > 1_000_000
    assert 0 < found[3] < 20_000
    plant = world.by_key["olmedilla"]
    month = sum(daily_energy_kwh(plant, date(2026, 10, 16) + timedelta(days=day)) for day in range(30))
    assert found[1] == pytest.approx(month, rel=0.05)


def test_the_register_that_loses_one_percent_once(flexmeasures_api: httpx.Client, world: World) -> None:
    register = sensor_of(world, "los_llanos_1", "Contador", "Energy Delivered")
    start = "2026-03-10T09:45:00Z"
    found = numbers(ask(flexmeasures_api, register, start, "PT45M", resolution="PT15M"))
    assert found[1] == pytest.approx(0.99 * found[0], rel=1e-3)
    assert found[2] > found[1]


def test_a_forecaster_writes_beside_the_measurements(flexmeasures_api: httpx.Client, world: World) -> None:
    power = sensor_of(world, "pecos_flats", "MTR-1", "production_power")
    start = "2026-11-16T18:00:00Z"
    plain = numbers(ask(flexmeasures_api, power, start, "PT1H"))
    assert (plain == numbers(ask(flexmeasures_api, power, start, "PT1H", source=str(MEASUREMENTS)))).all()
    forecast = numbers(ask(flexmeasures_api, power, start, "PT1H", source=str(FORECASTER)))
    assert (forecast == numbers(ask(flexmeasures_api, power, start, "PT1H", **{"source-type": "forecaster"}))).all()
    assert forecast == pytest.approx(plain, rel=0.11)
    assert (forecast != plain).all()


def test_where_nothing_is_measured_a_forecast_stands_in(flexmeasures_api: httpx.Client, world: World) -> None:
    """As on a real server: the hours to come are those of the forecast, unless the measurements are asked for."""
    power = sensor_of(world, "pecos_flats", "MTR-1", "production_power")
    now = NOW.isoformat()
    tomorrow = numbers(ask(flexmeasures_api, power, now, "PT6H"))
    assert (tomorrow == numbers(ask(flexmeasures_api, power, now, "PT6H", source=str(FORECASTER)))).all()
    assert np.isnan(numbers(ask(flexmeasures_api, power, now, "PT6H", source=str(MEASUREMENTS)))).all()


def test_daily_values_are_found_at_local_midnights_only(flexmeasures_api: httpx.Client, world: World) -> None:
    energy = sensor_of(world, "velvary", "Velvary Solar Park", "daily energy")
    found = numbers(ask(flexmeasures_api, energy, "2026-10-24T00:00:00+02:00", "P4D"))
    # The 25th has 25 hours: after it the grid of 24 hours misses the midnights.
    assert np.isnan(found).tolist() == [False, False, True, True]
    assert found[0] == pytest.approx(daily_energy_kwh(world.by_key["velvary"], date(2026, 10, 24)), abs=1e-3)
    assert np.isnan(numbers(ask(flexmeasures_api, energy, "2026-10-24T00:00:00Z", "P2D"))).all()


def test_kpis_sum_the_days_and_give_zero_for_nothing(flexmeasures_api: httpx.Client, world: World) -> None:
    plant = world.by_key["velvary"]
    path = f"{V3}/assets/{plant.source_ids['flexmeasures']}/kpis"
    query = {"start": "2026-10-24T00:00:00+02:00", "end": "2026-10-26T00:00:00+01:00"}
    rows = {row["title"]: row for row in flexmeasures_api.get(path, params=query).json()["data"]}
    two_days = sum(daily_energy_kwh(plant, date(2026, 10, day)) for day in (24, 25))
    assert rows["Daily energy"]["downsample_value"] == pytest.approx(two_days, abs=0.02)
    assert rows["Daily energy"]["downsample_function"] == "sum"
    assert rows["Performance ratio"]["downsample_function"] == "mean"
    assert 60 < rows["Performance ratio"]["downsample_value"] < 100
    assert rows["Peak power"]["downsample_function"] == "max"
    empty = {"start": "2020-01-01T00:00:00Z", "end": "2020-01-02T00:00:00Z"}
    assert {row["downsample_value"] for row in flexmeasures_api.get(path, params=empty).json()["data"]} == {0.0}
    naive = flexmeasures_api.get(path, params={"start": "2026-10-24T00:00:00"})
    assert set(naive.json()["message"]["query"]) == {"start", "end"}


def test_statistics_per_source(flexmeasures_api: httpx.Client, world: World) -> None:
    power = sensor_of(world, "pecos_flats", "MTR-1", "production_power")
    query = {"event_start_time": "2026-11-16T00:00:00Z", "event_end_time": "2026-11-17T00:00:00Z"}
    stats = flexmeasures_api.get(f"{V3}/sensors/{power.id}/stats", params=query).json()
    assert stats.pop("status") == 200
    assert len(stats) == 2
    measured = next(iter(stats.values()))
    found = numbers(ask(flexmeasures_api, power, "2026-11-16T00:00:00Z", "P1D"))
    assert measured["Number of values"] == 288
    assert measured["Sum over values"] == pytest.approx(float(found.sum()))
    assert datetime.fromisoformat(measured["Last event end"]).tzinfo is not None
    ahead = [
        datetime.fromisoformat(own["Last event end"]) - datetime.fromisoformat(own["Last recorded"])
        for own in stats.values()
    ]
    assert ahead == [timedelta(), timedelta(days=1)]  # the second is a forecast
