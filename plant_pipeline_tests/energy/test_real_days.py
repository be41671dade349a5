"""What a day may be called, and which way and zone its energy goes: status, disagreement, sign, real hours."""

from datetime import date, datetime, timedelta
from itertools import accumulate

import pytest

from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.site import EPOCH, Site, utc
from plant_pipeline_tests.energy.truth import (
    AFTER,
    BEFORE,
    DAY,
    EQUATOR,
    assert_exact,
    assert_honest,
    bell,
    hour,
    intervals,
    power,
    register,
    replaced,
    shifted,
    steady,
    without,
)


# -- final, provisional, restated --
def _windy(warehouse: Warehouse, from_h: float, until_h: float, *, total_kwh: float = 2400, **plant: float) -> Site:
    """Steady power in 5 minutes, nothing read from one hour until another."""
    site = Site(warehouse, **plant)  # type: ignore[arg-type]  # passed on
    site.readings(site.sensor("ac_power", 5, sign=1), without(power(steady(total_kwh)), from_h, until_h))
    return site


def test_a_day_that_lacks_nothing_is_final(warehouse: Warehouse) -> None:
    row = _windy(warehouse, 12, 12).day(DAY)
    assert_exact(row, 2400)
    assert (row.flags, row.coverage, row.data_completeness) == ([], 1.0, 1.0)


def test_a_gap_of_ten_minutes_is_within_one_percent(warehouse: Warehouse) -> None:
    """0.7 % of the day, between neighbours that are alike."""
    row = _windy(warehouse, 12, 12 + 1 / 6).day(DAY)
    assert_honest(row, 2400)
    assert row.produced_kwh == pytest.approx(2400 - steady(2400).between(12, 12 + 1 / 6))
    assert row.gap_kwh == pytest.approx(2400 / 144, rel=0.1)
    if row.status == "final":
        assert row.gap_kwh + row.uncertainty_kwh <= 0.01 * (row.produced_kwh + row.gap_kwh)


def test_a_gap_of_an_hour_is_provisional_though_the_day_is_complete(warehouse: Warehouse) -> None:
    """4.2 % of the day: complete (C 0.958 is at least 0.90), but more than 1 % of it is an estimate."""
    row = _windy(warehouse, 12, 13).day(DAY)
    assert_honest(row, 2400)
    assert (row.status, row.null_reason) == ("provisional", None)
    assert row.data_completeness == pytest.approx(23 / 24)
    assert "gap_estimated" in row.flags


def test_an_hour_of_a_calm_day_is_negligible(warehouse: Warehouse) -> None:
    """24 kWh at 1 MW: what an hour lacks, 1 kWh, is less than 0.0002 x 1000 kW x 24 h = 4.8 kWh. At 10 kW it is not."""
    row = _windy(warehouse, 12, 13, total_kwh=24).day(DAY)
    assert_honest(row, 24)
    assert row.status == "final"
    small = Site(warehouse, code="P-SMALL", capacity_kw=10.0)
    small.readings(small.sensor("ac_power", 5, sign=1), without(power(steady(24)), 12, 13))
    row = small.day(DAY)
    assert_honest(row, 24, capacity_kw=10.0)
    assert row.status == "provisional"


@pytest.mark.parametrize(("until_h", "is_known"), [(15.5, True), (16.5, False)])
def test_a_third_of_the_day_gives_a_number(warehouse: Warehouse, until_h: float, is_known: bool) -> None:
    """Nothing from 0 h on: 8.5 of 24 h are more than a third, 7.5 h are less."""
    row = _windy(warehouse, 0, until_h).day(DAY)
    assert row.status == "provisional"
    if is_known:
        assert_honest(row, 2400)
    else:
        assert (row.produced_kwh, row.null_reason) == (None, "low_completeness")


def test_the_sun_decides_what_is_complete(warehouse: Warehouse) -> None:
    """No power is read from 19 to 5 h: 14 of 24 h, but all of the daylight."""
    site = Site(warehouse, technology="solar", place=EQUATOR)
    readings = [(at, value) for at, value in power(bell(2400)) if 5 <= at.hour < 19]
    site.readings(site.sensor("ac_power", 5, sign=1), readings)
    row = site.day(DAY)
    assert_exact(row, 2400, abs_kwh=0.01)
    assert row.daylight_completeness == pytest.approx(1.0)
    assert row.data_completeness == pytest.approx(14 / 24)


def test_restated_is_not_for_ever(warehouse: Warehouse) -> None:
    """Final 2,400; corrected to 2,160; then cut to half a day; then whole again."""
    site = Site(warehouse)
    sensor_id = site.sensor("ac_power", 5, sign=1)
    site.readings(sensor_id, power(steady(2400)))
    day = {"sensor_id": sensor_id, "from_utc": utc(f"{DAY} 00:00"), "until_utc": utc(f"{DAY} 12:00")}
    within = "sensor_id = %(sensor_id)s and period_start >= %(from_utc)s and period_start < %(until_utc)s"
    assert site.day(DAY, run_id="first").status == "final"
    site.execute("update energy.reading set value = 0.9 * value where sensor_id = %(sensor_id)s", **day)
    row = site.day(DAY, run_id="second", now_utc=utc("2026-06-20 00:00"))
    assert (row.produced_kwh, row.status) == (pytest.approx(2160), "restated")
    site.execute(f"delete from energy.reading where {within}", **day)
    row = site.day(DAY, run_id="third", now_utc=utc("2026-06-21 00:00"))
    assert row.status == "provisional"
    assert_honest(row, 2160)
    restatements = site.execute("select run_id, old_value_kwh from energy.restatement order by recorded_at")
    assert [tuple(row) for row in restatements] == [("second", pytest.approx(2400)), ("third", pytest.approx(2160))]
    whole = power(steady(2160), first_h=0, last_h=12)
    site.readings(sensor_id, whole)
    row = site.day(DAY, run_id="fourth", now_utc=utc("2026-06-22 00:00"))
    assert (row.produced_kwh, row.status) == (pytest.approx(2160), "restated")


# -- methods that contradict each other --
def test_methods_within_two_percent_agree(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    site.readings(site.register(sign=1), register(steady(2400), start_kwh=10_000))
    site.readings(site.sensor("ac_power", 5, sign=1), power(steady(2370)))  # 1.25 % less
    row = site.day(DAY)
    assert_exact(row, 2400)
    assert (row.method, row.flags) == ("register_difference", [])


def test_methods_that_disagree_are_never_final(warehouse: Warehouse) -> None:
    """Neither is suspicious by itself: the ladder decides, and a person has to look. 2,400 and 2,000 kWh."""
    site = Site(warehouse)
    site.readings(site.register(sign=1), register(steady(2400), start_kwh=10_000))
    site.readings(site.sensor("ac_power", 5, sign=1), power(steady(2000)))
    result = site.compute(DAY)
    row = site.day(DAY)
    assert (row.method, row.status) == ("register_difference", "provisional")
    assert row.produced_kwh == pytest.approx(2400)
    assert "methods_disagree" in row.flags
    assert any("2400" in text.replace(",", "") and "2000" in text.replace(",", "") for text in result.findings)


def test_methods_are_compared_over_their_common_time(warehouse: Warehouse) -> None:
    """Power lacks 6 h of 24: 1,800 kWh, as the register says of the same 18 h."""
    site = Site(warehouse)
    site.readings(site.register(sign=1), register(steady(2400), start_kwh=10_000))
    site.readings(site.sensor("ac_power", 5, sign=1), without(power(steady(2400)), 6, 12))
    row = site.day(DAY)
    assert_exact(row, 2400)
    assert "methods_disagree" not in row.flags


def test_interval_energy_and_power_that_disagree(warehouse: Warehouse) -> None:
    """Power of 1.2 times the energy: no register is involved."""
    site = Site(warehouse)
    site.readings(site.sensor("production_energy", 5, sign=1), intervals(steady(2400)))
    site.readings(site.sensor("ac_power", 5, sign=1), power(steady(2880)))
    row = site.day(DAY)
    assert (row.method, row.status) == ("interval_energy", "provisional")
    assert "methods_disagree" in row.flags


def test_contradicting_methods_that_are_both_incomplete_are_settled_by_the_ladder(warehouse: Warehouse) -> None:
    """Intervals lack 6 h and say 2,400 kWh, power lacks 3 h and says 2,000: it is not the one that lacks less."""
    site = Site(warehouse)
    site.readings(site.sensor("production_energy", 5, sign=1), without(intervals(steady(2400)), 6, 12))
    site.readings(site.sensor("ac_power", 5, sign=1), without(power(steady(2000)), 6, 9))
    row = site.day(DAY)
    assert (row.method, row.status) == ("interval_energy", "provisional")
    assert row.produced_kwh + row.gap_kwh == pytest.approx(2400, rel=0.01)


def test_a_meter_with_a_short_gap_is_better_than_the_sum_at_the_inverters_terminals(warehouse: Warehouse) -> None:
    """The meter lacks 20 min of a steady day, 1.4 %; the inverters lack nothing and lie 1 % above it."""
    site = Site(warehouse)
    site.readings(site.sensor("ac_power", 5, sign=1), without(power(steady(2400)), 12, 12.33))
    for name in ("A", "B"):
        inverter_id = site.sensor("ac_power", 5, sign=1, device=name, kind="inverter")
        site.readings(inverter_id, power(steady(1212)))
    row = site.day(DAY)
    assert_honest(row, 2400)
    assert (row.method, row.status) == ("power_integral", "provisional")


def test_the_inverters_are_better_than_a_meter_that_lacks_hours(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    site.readings(site.sensor("ac_power", 5, sign=1), without(power(steady(2400)), 10, 12.25))
    for name in ("A", "B"):
        inverter_id = site.sensor("ac_power", 5, sign=1, device=name, kind="inverter")
        site.readings(inverter_id, power(steady(1212)))
    row = site.day(DAY)
    assert (row.method, row.produced_kwh) == ("inverter_sum", pytest.approx(2424))


def test_an_unexplained_register_alone_is_null_or_bounded(warehouse: Warehouse) -> None:
    """It falls by 300 kWh of 2,400 at noon and goes on: nobody can say what that was."""
    site = Site(warehouse)
    site.readings(site.register(sign=1), shifted(register(steady(2400), start_kwh=10_000), 12, -300_000))
    row = site.day(DAY)
    if row.produced_kwh is None:
        assert row.null_reason == "meter_unexplained"
    else:
        assert_honest(row, 2400)
    assert set(row.flags) & {"meter_unexplained", "meter_change"}
    assert row.status == "provisional" or "meter_unexplained" not in row.flags


# -- sign --
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("calm_day", [1, 7], ids=["first of all", "in the midst"])
def test_a_calm_days_draw_is_no_production(warehouse: Warehouse, sign: int, calm_day: int) -> None:
    """A wind farm of a sign stated nowhere: 100 kW on twelve days, and one calm day on which it draws 10 kW, 240 kWh.

    Judged by itself the calm day of sign -1 looks like 240 kWh of production (which was the result); the other days
    say which way is which, also to one before them once they are known.
    """
    site = Site(warehouse)
    first = date(2026, 6, 3)
    calm = first + timedelta(days=calm_day)
    sensor_id = site.sensor("ac_power", 15, sign=None)
    for number in range(14):
        kw = -10.0 if number == calm_day else 100.0 if number else 20.0
        values_w = [sign * kw * 950, sign * kw * 1050] * 48
        site.series(sensor_id, f"{first + timedelta(days=number)} 00:00", 15, values_w)
    site.days(first.isoformat(), (first + timedelta(days=12)).isoformat())
    row = site.day(calm.isoformat())
    assert (row.produced_kwh, row.imported_kwh) == (pytest.approx(0, abs=1e-9), pytest.approx(240))
    assert (row.gap_kwh, row.status) == (pytest.approx(0, abs=1e-9), "final")
    assert "sign_learned" in row.flags
    following = site.day((calm + timedelta(days=1)).isoformat())
    assert following.produced_kwh == pytest.approx(2400)


def test_a_sign_of_a_solar_plant_is_learned_by_daylight(warehouse: Warehouse) -> None:
    """Negative by day, and a draw of 5 kW at night that is positive; on the day itself there is only the draw."""
    site = Site(warehouse, technology="solar", place=EQUATOR)
    sensor_id = site.sensor("ac_power", 15, sign=None)
    course = bell(2400)
    for number in range(1, 14):
        kw = [-course.power_kw(index / 4 + 1 / 8) if 24 <= index < 72 else 4.5 + index % 2 for index in range(96)]
        site.series(sensor_id, f"2026-06-{number:02} 00:00", 15, [1000 * value for value in kw])
    site.series(sensor_id, "2026-06-14 00:00", 15, [4500.0, 5500.0] * 48)
    rows = site.days("2026-06-10", "2026-06-14")
    assert rows["2026-06-13"].produced_kwh == pytest.approx(2400, rel=1e-3)
    assert rows["2026-06-14"].produced_kwh == pytest.approx(0, abs=1e-9)
    assert rows["2026-06-14"].imported_kwh == pytest.approx(120)


def test_a_sign_that_nothing_decides_is_not_guessed(warehouse: Warehouse) -> None:
    """A solar plant that does as much one way by day as the other, day after day."""
    site = Site(warehouse, technology="solar", place=EQUATOR)
    sensor_id = site.sensor("ac_power", 15, sign=None)
    for number in range(10, 17):
        site.series(sensor_id, f"2026-06-{number:02} 00:00", 15, [0.0] * 24 + [1e5, -1e5] * 24 + [0.0] * 24)
    row = site.day(DAY)
    assert (row.produced_kwh, row.null_reason, row.status) == (None, "inconsistent_inputs", "provisional")


# -- zones --
def _version(site: Site, valid_from: datetime, valid_to: datetime | None, zone: str) -> None:
    site.execute(
        "insert into registry.plant_history (plant_id, valid_from, valid_to, recorded_at, plant_code, name, "
        "technology, timezone, capacity_ac_kw, status, first_seen_at, updated_at) values (%(plant_id)s, "
        "%(valid_from)s, %(valid_to)s, %(at)s, 'P-SITE', 'P-SITE', 'wind', %(zone)s, 1000, 'active', %(at)s, %(at)s)",
        valid_from=valid_from,
        valid_to=valid_to,
        zone=zone,
        at=EPOCH,
    )


@pytest.mark.parametrize(
    ("old", "new", "since"),
    [
        ("Europe/Berlin", "America/New_York", "2026-06-15 04:00"),  # 22 to 4 h UTC belong to no day
        ("America/New_York", "Europe/Berlin", "2026-06-14 22:00"),  # 22 to 4 h UTC belong to two
    ],
)
def test_a_zone_that_changed_leaves_its_mark(warehouse: Warehouse, old: str, new: str, since: str) -> None:
    """100 kW all the time: each day has its own 24 hours; one of the two at the change says that they do not meet."""
    site = Site(warehouse, zone=new)
    _version(site, EPOCH, utc(since), old)
    _version(site, utc(since), None, new)
    site.readings(site.sensor("ac_power", 5, sign=1), power(steady(2400)))
    rows = site.days("2026-06-13", AFTER)
    for row in rows.values():
        assert row.produced_kwh == pytest.approx(2400)
    marked = [day for day, row in rows.items() if "zone_changed" in row.flags]
    assert marked
    assert set(marked) <= {BEFORE, DAY}


@pytest.mark.parametrize(
    ("day", "start", "hours"),
    [
        ("2026-03-29", "2026-03-28 23:00", 23),
        ("2026-06-15", "2026-06-14 22:00", 24),
        ("2026-10-25", "2026-10-24 22:00", 25),
    ],
)
@pytest.mark.parametrize("method", ["register", "intervals", "power", "instants"])
def test_days_of_23_24_and_25_hours(warehouse: Warehouse, day: str, start: str, hours: int, method: str) -> None:
    """95 and 105 kW by turns in Berlin, in quarters of an hour from a day before until a day after: 100 kWh an hour.

    Of instants nobody knows what lay between them.
    """
    site = Site(warehouse, zone="Europe/Berlin")
    first = (utc(start) - timedelta(hours=24)).isoformat()[:16]
    quarters_w = [95_000.0, 105_000.0] * ((hours + 48) * 2)
    if method == "register":
        site.series(site.register(sign=1), first, 15, [1e7 + wh for wh in accumulate(w / 4 for w in quarters_w)])
    elif method == "intervals":
        site.series(site.sensor("production_energy", 15, sign=1), first, 15, [w / 4 for w in quarters_w])
    else:
        site.series(site.sensor("ac_power", 15 if method == "power" else 0, sign=1), first, 15, quarters_w)
    row = site.day(day)
    if method == "instants":
        assert_honest(row, 100 * hours)
        assert row.produced_kwh == pytest.approx(100 * hours)
    else:
        assert_exact(row, 100 * hours)
    assert (row.hours_in_day, row.coverage, row.flags) == (hours, 1.0, [])


def test_a_capacity_a_thousand_times_too_high_hides_nothing(warehouse: Warehouse) -> None:
    """At 1 GW stated for 1 MW a calm day's share is 4,800 kWh, twice the day: 2,400 kWh of power against a still
    register remain a contradiction, and the 400 kWh of an hour at noon remain missing."""
    still = Site(warehouse, code="P-STILL", technology="solar", capacity_kw=1e6, place=EQUATOR)
    still.readings(still.register(sign=1), replaced(register(bell(2400)), -72, 60, 5e6))
    still.readings(still.sensor("ac_power", 5, sign=1), power(bell(2400)))
    for day, row in still.days(BEFORE, DAY).items():
        assert row.status == "provisional", day
        assert "methods_disagree" in row.flags
        assert row.produced_kwh == pytest.approx(2400)
    gap = Site(warehouse, code="P-GAP", technology="solar", capacity_kw=1e6, place=EQUATOR)
    gap.readings(gap.sensor("ac_power", 5, sign=1), without(power(bell(2400)), 11.5, 12.5))
    # No day of a thousandth of what the capacity gives is final: it may be the unit that is wrong.
    assert {row.status for row in gap.days(BEFORE, DAY).values()} == {"provisional"}
    assert_honest(gap.day(DAY), 2400, capacity_kw=1000)


def test_a_capacity_a_thousand_times_too_low_bounds_nothing(warehouse: Warehouse) -> None:
    """1 kW stated for 1 MW: the hour that lacks at noon holds 398 kWh, not the 1 kWh that the capacity allows."""
    site = Site(warehouse, technology="solar", capacity_kw=1, place=EQUATOR)
    site.readings(site.sensor("ac_power", 5, sign=1), without(power(bell(2400)), 11.5, 12.5))
    row = site.day(DAY)
    assert row.status == "provisional"
    assert_honest(row, 2400, capacity_kw=1)
    assert row.gap_kwh == pytest.approx(398, rel=0.05)


def test_an_hour_above_a_capacity_that_nothing_confirms_is_not_final(warehouse: Warehouse) -> None:
    """The first gusts of a new wind farm, 500 kW for an hour, whose capacity was taken for 1 kW: left out as 5 % of
    the readings may be, yet no day of 0 kWh."""
    site = Site(warehouse, capacity_kw=1)
    site.readings(site.sensor("ac_power", 5, sign=1), replaced([(at, 0.0) for at, _ in power(bell(1))], 8, 9, 500e3))
    row = site.day(DAY)
    assert row.status == "provisional"
    assert "outlier" in row.flags


def test_the_battery_of_a_hybrid_gives_power_in_the_dark(warehouse: Warehouse) -> None:
    """400 kW from 18 to 22 h, none of it read from 19 to 20 h: 400 kWh are missing, though the sun was down."""
    site = Site(warehouse, technology="hybrid", place=EQUATOR)
    course = [(at, value + (4e5 - 100 * at.minute if 18 <= at.hour < 22 else 0)) for at, value in power(bell(24_000))]
    truth_kwh = sum(value for at, value in course if hour(0) <= at < hour(24)) / 12_000
    site.readings(site.sensor("ac_power", 5, sign=1), without(course, 19, 20))
    row = site.day(DAY)
    assert_honest(row, truth_kwh)
    assert row.gap_kwh == pytest.approx(397, rel=0.1)


@pytest.mark.parametrize("direction", [1, -1])
def test_a_steady_draw_of_a_plant_of_unknown_size_is_no_production(warehouse: Warehouse, direction: int) -> None:
    """A new wind farm without a known capacity draws 2.9 to 3.1 kW for days: nothing says that this is production."""
    site = Site(warehouse, capacity_kw=None)
    sensor_id = site.sensor("ac_power", 5)
    site.readings(sensor_id, [(at, direction * value) for at, value in power(steady(72))])
    assert site.day(DAY).null_reason == "inconsistent_inputs"
