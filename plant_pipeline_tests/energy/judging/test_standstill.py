"""Registers that show the same value over midnight."""

import pytest

from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.site import Site
from plant_pipeline_tests.energy.truth import DAY, EQUATOR, assert_exact, bell, register, replaced


@pytest.mark.parametrize(("from_h", "until_h"), [(17, 25), (17, 27), (-7, 3), (-7, 1)])
def test_what_a_register_shows_late_in_the_dark_was_counted_before_it(
    warehouse: Warehouse, from_h: float, until_h: float
) -> None:
    """The last hour of light is shown in one step of the night, on the other side of midnight: 2.9 % of the day."""
    site = Site(warehouse, technology="solar", place=EQUATOR)
    shown = register(bell(6000), step_min=60)
    last_wh = dict(shown)[shown[0][0].replace(day=15 if from_h > 0 else 14, hour=16)]
    site.readings(site.register(), replaced(shown, from_h, until_h, last_wh))
    row = site.day(DAY)
    assert row.produced_kwh + row.gap_kwh == pytest.approx(6000, abs=1)
    assert row.status == "final"


def test_a_register_at_rest_by_night_is_exact(warehouse: Warehouse) -> None:
    site = Site(warehouse, technology="solar", place=EQUATOR)
    site.readings(site.register(), register(bell(6000), step_min=60))
    assert_exact(site.day(DAY), 6000)
