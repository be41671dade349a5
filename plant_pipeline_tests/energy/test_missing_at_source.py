"""A day is explained by what its source says of sensors that it misses data of."""

from datetime import date, datetime

import pytest

from plant_pipeline.cli.explain import energy_facts, energy_lines
from plant_pipeline.energy.explain import explain_energy
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.site import Site, utc

_DAY = date(2026, 6, 15)
_TOLD_AT = utc("2026-06-16 06:40")


@pytest.fixture
def site(warehouse: Warehouse) -> Site:
    return Site(warehouse)


def _status(site: Site, since: datetime | None, *, is_stale: bool = True, told_at: datetime = _TOLD_AT) -> None:
    """What the server said of the sensor 7, which is known to the registry."""
    sensor_id = site.register(device="M1")
    site.execute(
        "update registry.sensor set source_sensor_id = '7', name = 'active' where sensor_id = %(s)s", s=sensor_id
    )
    site.execute(
        "insert into flexmeasures.sensor_status (sensor_id, source_type, is_stale, staleness_since, reason, "
        "fetched_at) values (7, 'user', %(is_stale)s, %(since)s, 'most recent data is 30 hours old', %(told_at)s)",
        is_stale=is_stale,
        since=since,
        told_at=told_at,
    )


def _missing(site: Site) -> list[str]:
    with site.warehouse.transaction() as connection:
        explained = explain_energy(connection, "P-SITE", _DAY)
    assert len(energy_facts(explained)["missing"]) == len(explained.missing)  # type: ignore[arg-type] # a list
    return [line.strip() for line in energy_lines(explained) if line.strip().startswith("missing")]


def test_what_the_source_misses_is_said(site: Site) -> None:
    _status(site, utc("2026-06-15 01:10"))
    (said,) = _missing(site)
    assert said == (
        "missing     M1 / active: flexmeasures itself has no data since 2026-06-15 01:10Z, as of 2026-06-16 06:40Z "
        "(most recent data is 30 hours old)"
    )


def test_what_it_has_or_lacked_at_other_times_says_nothing_of_the_day(site: Site) -> None:
    _status(site, utc("2026-06-16 00:00"))  # the day was over
    site.execute("update flexmeasures.sensor_status set is_stale = false, staleness_since = '2026-06-15 01:10Z'")
    assert _missing(site) == []
    site.execute("update flexmeasures.sensor_status set is_stale = true, fetched_at = '2026-06-14 23:59Z'")
    assert _missing(site) == []
    site.execute("update flexmeasures.sensor_status set fetched_at = '2026-06-15 00:00Z', staleness_since = null")
    assert _missing(site) == []
    site.execute("update flexmeasures.sensor_status set staleness_since = '2026-06-16 00:00Z'")
    assert _missing(site) == []
    site.execute("update flexmeasures.sensor_status set staleness_since = '2026-06-15 23:59Z'")
    assert len(_missing(site)) == 1
