from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plant_pipeline.http import Budget, Limit
from plant_pipeline.landing.budget import BudgetInWarehouse
from plant_pipeline.warehouse import Warehouse

_AT = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
_SECONDS = st.floats(0, 4e9)
_COUNTS = st.dictionaries(st.integers(0, 4_000_000_000), st.integers(0, 1000), max_size=3)
_BUDGETS = st.builds(
    Budget,
    paused_until_s=_SECONDS,
    failing_since_s=st.dictionaries(st.uuids().map(str), _SECONDS, max_size=2),
    given_up=st.dictionaries(st.uuids().map(str), st.text("abc é\n"), max_size=2),
    learned=st.none() | st.builds(Limit, st.integers(1, 10_000), st.floats(0.001, 1000)),
    rounds=st.integers(0, 20),
    episodes=st.lists(st.tuples(_SECONDS, st.integers(0, 10_000)), max_size=3).map(tuple),
    sent=_COUNTS,
    refused=_COUNTS,
    is_silent=st.booleans(),
)


def _store(warehouse: Warehouse, source: str = "voke") -> BudgetInWarehouse:
    return BudgetInWarehouse(warehouse, source, lambda: _AT)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(budget=_BUDGETS)
def test_a_budget_comes_back_as_it_was_written(warehouse: Warehouse, budget: Budget) -> None:
    assert _store(warehouse).update(lambda _: budget) == budget
    assert _store(warehouse).update(lambda found: found) == budget


def test_each_source_has_a_budget_of_its_own(warehouse: Warehouse) -> None:
    _store(warehouse).update(lambda budget: budget.pause(9.0))
    assert _store(warehouse, "ravenwits").update(lambda budget: budget) == Budget()


def test_changes_at_once_are_all_kept(warehouse: Warehouse) -> None:
    def spend(_: int) -> None:
        for _ in range(10):
            _store(warehouse).update(lambda budget: replace(budget, accepted=budget.accepted + 1))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(spend, range(4)))
    assert _store(warehouse).update(lambda budget: budget).accepted == 40


def test_what_a_person_wants_to_know_stands_in_columns(warehouse: Warehouse) -> None:
    _store(warehouse).update(lambda budget: replace(budget.pause(_AT.timestamp() + 60), learned=Limit(120)))
    with warehouse.transaction() as connection:
        row = connection.exec_driver_sql(
            "select paused_until - changed_at, limit_calls, limit_window_s from landing.source_budget"
        ).one()
    assert (row[0].total_seconds(), row[1], row[2]) == (60.0, 120, 60.0)
