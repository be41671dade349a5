"""Energy by samples of what a platform says of its running UTC day, from samples put there by hand."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from plant_pipeline.cli.explain import energy_lines
from plant_pipeline.energy.explain import explain_energy
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.site import Site, utc

DAY = "2026-06-15"
_PRAGUE = "Europe/Prague"  # the day is 2026-06-14 22:00 to 2026-06-15 22:00 UTC
_KW = 100.0


def _quarters(first: str, last: str, after_min: int = 0) -> Iterator[datetime]:
    at_utc = utc(first) + timedelta(minutes=after_min)
    while at_utc <= utc(last):
        yield at_utc
        at_utc += timedelta(minutes=15)


def _beside_midnight(*days: str) -> list[datetime]:
    return [utc(f"{day} 00:00") + timedelta(minutes=minutes) for day in days for minutes in (-1, 1)]


def _counts(instants: list[datetime], kw: float = _KW) -> dict[datetime, float | None]:
    """What a counter of the UTC day shows of a constant power."""
    return {at_utc: kw * (at_utc.hour + at_utc.minute / 60) for at_utc in sorted(set(instants))}


def test_a_day_with_samples_beside_the_utc_midnight_is_final(warehouse: Warehouse) -> None:
    """100 kW for 24 h; of the minute to midnight only its neighbours tell: 1.667 kWh, and 1000 kW would be 16.667."""
    site = Site(warehouse, zone=_PRAGUE)
    instants = [at for at in _quarters("2026-06-14 20:00", "2026-06-16 02:00") if at.time().isoformat() != "00:00:00"]
    site.samples(_counts([*instants, *_beside_midnight("2026-06-15", "2026-06-16")]))
    row = site.day(DAY)
    assert (row.method, row.status, row.flags) == ("voke_sampled", "final", ["gap_estimated"])
    assert row.produced_kwh == pytest.approx(2400 - 100 / 60, abs=1e-6)
    assert row.gap_kwh == pytest.approx(100 / 60, abs=1e-6)
    assert row.uncertainty_kwh == pytest.approx(900 / 60, abs=1e-6)
    assert row.coverage == pytest.approx(1 - 1 / 1440)
    assert (row.data_completeness, row.daylight_completeness) == (pytest.approx(1 - 1 / 1440), None)
    assert row.imported_kwh is None


def test_the_last_quarter_before_the_utc_midnight_may_hide_much(warehouse: Warehouse) -> None:
    """Nothing between 23:45 and 00:15: 25 kWh are estimated, and 250 are possible."""
    site = Site(warehouse, zone=_PRAGUE)
    quarters = _quarters("2026-06-14 20:00", "2026-06-16 02:00")
    site.samples(_counts([at for at in quarters if at.hour or at.minute]))
    row = site.day(DAY)
    assert (row.status, row.gap_kwh, row.uncertainty_kwh) == ("provisional", 25, 225)
    assert row.produced_kwh == pytest.approx(2375)


def test_local_midnights_between_samples(warehouse: Warehouse) -> None:
    """Samples seven minutes past the quarter: 8/15 of the first 25 kWh lie in the day, 7/15 of the last."""
    site = Site(warehouse, zone=_PRAGUE)
    instants = _quarters("2026-06-14 20:00", "2026-06-16 02:00", after_min=7)
    site.samples(_counts([*instants, *_beside_midnight("2026-06-15", "2026-06-16")]))
    row = site.day(DAY)
    assert row.produced_kwh + row.gap_kwh == pytest.approx(2400)
    assert row.uncertainty_kwh == pytest.approx(15 + 25 * 8 / 15 + 25 * 8 / 15, abs=1e-5)
    assert row.status == "provisional"


def test_a_sample_that_still_counts_the_day_before_shows_all_of_it(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    late = utc("2026-06-16 00:03")
    counts = _counts(list(_quarters("2026-06-15 00:15", "2026-06-15 23:45")))
    site.samples({**counts, late: 2400.0}, dates={late: date(2026, 6, 15)})
    row = site.day(DAY)
    assert (row.produced_kwh, row.gap_kwh, row.uncertainty_kwh, row.status) == (2400.0, 0.0, 0.0, "final")
    assert (row.coverage, row.flags) == (1.0, [])


def test_what_rose_while_nobody_asked_is_known(warehouse: Warehouse) -> None:
    """Nobody asked from 6:00 to 16:00: the counter went on."""
    site = Site(warehouse)
    instants = [at for at in _quarters("2026-06-15 00:15", "2026-06-15 23:45") if not 6 < at.hour < 16]
    site.samples(_counts([*instants, *_beside_midnight("2026-06-15", "2026-06-16")]))
    row = site.day(DAY)
    assert (row.produced_kwh + row.gap_kwh, row.status) == (pytest.approx(2400), "final")
    assert row.data_completeness == pytest.approx(1 - (9 * 60 + 15 - 15 + 1) / 1440, abs=0.001)


def test_a_day_that_ends_unasked(warehouse: Warehouse) -> None:
    """Nothing after noon, as the sampling was down: half a day is told, and nothing about the rest."""
    site = Site(warehouse)
    site.samples(_counts(list(_quarters("2026-06-15 00:15", "2026-06-15 12:00"))))
    row = site.day(DAY)
    assert (row.produced_kwh, row.gap_kwh, row.uncertainty_kwh) == (1200.0, None, None)
    assert (row.coverage, row.status) == (0.5, "provisional")


def test_too_little_of_a_day(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    site.samples(_counts(list(_quarters("2026-06-15 00:15", "2026-06-15 07:00"))))
    row = site.day(DAY)
    assert (row.produced_kwh, row.null_reason, row.method) == (None, "low_completeness", "voke_sampled")


def test_a_day_the_source_cannot_give_any_more(warehouse: Warehouse) -> None:
    """It was asked two days later for the first time."""
    site = Site(warehouse)
    site.samples(_counts(list(_quarters("2026-06-17 06:00", "2026-06-17 12:00"))))
    row = site.day(DAY)
    assert (row.produced_kwh, row.null_reason, row.coverage) == (None, "source_day_not_local", 0.0)
    assert site.kpis(DAY)["energy_kwh"].null_reason == "source_day_not_local"


def test_a_plant_that_nobody_ever_asked_for_has_no_day(warehouse: Warehouse) -> None:
    assert Site(warehouse).day(DAY) is None


@pytest.mark.parametrize(("to_kwh", "reason"), [(599.9995, None), (599.9, "meter_unexplained")])
def test_a_fall_within_a_day(warehouse: Warehouse, to_kwh: float, reason: str | None) -> None:
    """At 6:15 it shows less than the 600 kWh of 6:00; half a watt-hour is rounding."""
    site = Site(warehouse)
    counts = _counts([*_quarters("2026-06-15 00:15", "2026-06-15 23:45"), *_beside_midnight("2026-06-16")])
    site.samples({**counts, utc("2026-06-15 06:15"): to_kwh})
    row = site.day(DAY)
    assert (row.null_reason, row.flags == ["meter_unexplained"]) == (reason, reason is not None)


def test_a_meter_of_the_plant_comes_first(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    site.series(site.register(), "2026-06-14 22:00", 30, [5e6 + 50_000 * step for step in range(56)])
    site.samples(_counts([*_quarters("2026-06-15 00:15", "2026-06-15 23:45"), *_beside_midnight("2026-06-16")]))
    row = site.day(DAY)
    assert (row.method, row.produced_kwh, row.status) == ("register_difference", 2400.0, "final")
    assert set(site.candidates(DAY)) == {"register_difference", "voke_sampled"}


def test_a_meter_that_says_nothing_leaves_it_to_the_samples(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    site.register()
    site.samples(_counts([*_quarters("2026-06-15 00:15", "2026-06-15 23:45"), *_beside_midnight("2026-06-16")]))
    assert site.day(DAY).method == "voke_sampled"


def test_parts_of_a_plant_add_up_and_one_without_samples_leaves_it_unknown(warehouse: Warehouse) -> None:
    site = Site(warehouse)
    instants = [*_quarters("2026-06-15 00:15", "2026-06-15 23:45"), *_beside_midnight("2026-06-16")]
    site.samples(_counts(instants))
    site.samples(_counts(instants, 50.0), record="second")
    row = site.day(DAY)
    assert row.produced_kwh + row.gap_kwh == pytest.approx(3600)
    site.execute("delete from voke.energy_sample where plant_id = 'second'")
    assert site.day(DAY).null_reason == "source_day_not_local"


def test_import_export_and_a_share_that_is_not_theirs(warehouse: Warehouse) -> None:
    """60 of 100 kW go out: 40 % stay; 55 % is said."""
    site = Site(warehouse)
    instants = [*_quarters("2026-06-15 00:15", "2026-06-15 23:45"), *_beside_midnight("2026-06-16")]
    counts = {at_utc: float(count or 0) for at_utc, count in _counts(instants).items()}
    exported = {at_utc: 0.6 * count for at_utc, count in counts.items()}
    imported = dict.fromkeys(counts, 0.0)
    site.samples(counts, imported_kwh=imported, exported_kwh=exported, self_consumption_pct=55.0)
    result = site.compute(DAY)
    row = site.day(DAY)
    assert (row.imported_kwh, row.exported_kwh) == (0.0, pytest.approx(1439))
    assert [text for text in result.findings if "self-consumption" in text] == [
        (
            "P-SITE 2026-06-15: voke:gate states 55.0 % self-consumption for 2026-06-15 UTC, its own production "
            "(2398.3 kWh) and export (1439.0 kWh) come to 40.0 %: ask which of them is wrong"
        )
    ]


def test_a_solar_plant_is_idle_in_the_dark(warehouse: Warehouse) -> None:
    """100 kW from 3 to 19 UTC; nobody asked from 20:15 to 3 around midnight, the sun is down from 19:14 to 2:52."""
    site = Site(warehouse, zone=_PRAGUE, technology="solar", place=(50.1, 14.4))
    instants = [at for at in _quarters("2026-06-14 12:00", "2026-06-16 12:00") if "03:00" <= f"{at:%H:%M}" <= "20:15"]
    site.samples({at: 100.0 * min(at.hour + at.minute / 60 - 3, 16.0) for at in instants})
    row = site.day(DAY)
    assert (row.produced_kwh, row.gap_kwh, row.uncertainty_kwh) == (1600.0, 0.0, 0.0)
    assert (row.coverage, row.status, row.daylight_completeness) == (1.0, "final", pytest.approx(1.0, abs=0.02))


def test_wrong_coordinates_make_no_night(warehouse: Warehouse) -> None:
    """The same plant said to be in Fiji: it produces in that place's night, so the hours nobody asked in are open."""
    site = Site(warehouse, zone=_PRAGUE, technology="solar", place=(-18.1, 178.4))
    instants = [at for at in _quarters("2026-06-14 12:00", "2026-06-16 12:00") if "03:00" <= f"{at:%H:%M}" <= "20:15"]
    site.samples({at: 100.0 * min(at.hour + at.minute / 60 - 3, 16.0) for at in instants})
    row = site.day(DAY)
    assert (row.gap_kwh, row.uncertainty_kwh, row.status) == (None, None, "provisional")
    assert row.coverage == pytest.approx(1 - (1.75 + 2.0) / 24)


def test_what_was_announced_for_a_day_explains_it(warehouse: Warehouse) -> None:
    """Two hours in the day, and one that ends as it begins: half of the plant is out."""
    site = Site(warehouse, zone=_PRAGUE)
    site.execute(
        "insert into ravenwits.plant (id, name, lat, lon, installed_capacity_mw, nominal_capacity_mw, area, "
        "technology_type, fetched_at, is_present) values ('r1', 'NORTH', 0, 0, 1, 1, 'CZE', 'solar', %(at)s, true)",
        at=utc("2026-06-14"),
    )
    site.execute(
        "insert into registry.plant_alias (source, source_plant_id, plant_id, source_name, method, is_present, "
        "first_seen_at, last_seen_at) values ('ravenwits', 'r1', %(plant_id)s, 'North', 'new', true, %(at)s, %(at)s)",
        at=utc("2026-06-14"),
    )
    for number, (begin, end) in enumerate((("06-15 08:00", "06-15 10:00"), ("06-14 20:00", "06-14 22:00"))):
        site.execute(
            "insert into ravenwits.unavailability (id, plant_id, start_time_utc, end_time_utc, available_power_mw, "
            "availability_type, observations, fetched_at, is_present) values (%(id)s, 'NORTH', %(begin)s, %(end)s, "
            "0.5, 'UNAVAILABILITY', 'transformer', %(begin)s, true)",
            id=str(number),
            begin=utc(f"2026-{begin}"),
            end=utc(f"2026-{end}"),
        )
    site.samples(_counts(list(_quarters("2026-06-14 20:15", "2026-06-16 02:00"))))
    with warehouse.transaction() as connection:
        explained = explain_energy(connection, "P-SITE", date.fromisoformat(DAY))
    assert [line.strip() for line in energy_lines(explained) if "announced" in line] == [
        "announced   2026-06-15 08:00Z to 2026-06-15 10:00Z, 500 kW remain, unavailability: transformer"
    ]


def test_explained(warehouse: Warehouse) -> None:
    site = Site(warehouse, zone=_PRAGUE)
    instants = _quarters("2026-06-14 20:15", "2026-06-16 02:00")
    site.samples(_counts([at for at in instants if at.hour or at.minute]))
    site.compute(DAY)
    with warehouse.transaction() as connection:
        explained = explain_energy(connection, "P-SITE", date.fromisoformat(DAY))
    [candidate] = explained.candidates
    assert candidate.method == "voke_sampled"
    assert candidate.produced_kwh == pytest.approx(2375)
    [samples] = explained.samples
    assert (samples.record, samples.samples) == ("voke:gate", 95)  # all quarters but that of midnight
    assert samples.counts == ((utc("2026-06-14 23:45"), 2375.0), (utc("2026-06-15 23:45"), 2375.0))
    assert next(line.strip() for line in energy_lines(explained) if "samples" in line) == (
        "samples     voke:gate, 95 in the day; the last of each UTC day: 2,375.000 kWh at 06-14 23:45:00Z, "
        "2,375.000 kWh at 06-15 23:45:00Z"
    )
