"""How Dagster divides a backfill from the UI: by its own planner, over the project's assets."""

from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pytest

# What the backfill daemon plans its runs with; Dagster has no public name for it.
from dagster._core.definitions.automation_tick_evaluation_context import build_run_requests_with_backfill_policies
from dagster._core.definitions.events import AssetKeyPartitionKey

from plant_pipeline.definitions import defs
from plant_pipeline.orchestration import RANGE_END_TAG, RANGE_START_TAG

_GRAPH = defs.resolve_asset_graph()
_FIRST, _LAST = date(2023, 11, 1), date(2026, 10, 31)  # three years, one of them a leap year


def _planned(*names: str) -> list[dg.RunRequest]:
    days = [str(_FIRST + timedelta(days=number)) for number in range((_LAST - _FIRST).days + 1)]
    return list(
        build_run_requests_with_backfill_policies(
            [AssetKeyPartitionKey(dg.AssetKey(name.split("/")), day) for name in names for day in days],
            _GRAPH,
            dynamic_partitions_store=None,  # type: ignore[arg-type] # no partition of the project is dynamic
        )
    )


@pytest.mark.parametrize(
    "names",
    [
        ("energy/plant_daily",),
        ("energy/reading", "energy/plant_daily", "kpi/plant_daily", "kpi/portfolio_daily", "raptor_maps/delivery"),
    ],
)
def test_three_years_are_a_run_for_31_days_each(names: tuple[str, ...]) -> None:
    requests = _planned(*names)
    spans = sorted((own.tags[RANGE_START_TAG], own.tags[RANGE_END_TAG]) for own in requests)
    assert len(spans) == 36  # 1,096 days
    assert (spans[0][0], spans[-1][1]) == (str(_FIRST), str(_LAST))
    lengths = [(date.fromisoformat(last) - date.fromisoformat(first)).days + 1 for first, last in spans]
    assert lengths == [31] * 35 + [11]
    assert all(set(own.asset_selection or ()) == {dg.AssetKey(name.split("/")) for name in names} for own in requests)


def test_the_days_that_the_ui_lists_reach_back_that_far() -> None:
    days = _GRAPH.get(dg.AssetKey(["energy", "plant_daily"])).partitions_def
    assert days is not None
    keys = days.get_partition_keys(current_time=datetime(2026, 11, 2, tzinfo=UTC))
    assert str(_FIRST) in keys
    assert str(_LAST) in keys
