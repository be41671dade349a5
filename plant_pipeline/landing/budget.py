"""The budget of a source in the warehouse, shared by all runs on it.

What belongs here: reading and writing `landing.source_budget`. What does not: what a budget permits (`http.budget`).
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg.types.json import Jsonb

from plant_pipeline.http import Budget, Limit
from plant_pipeline.warehouse import Warehouse, execute


@dataclass(frozen=True)
class BudgetInWarehouse:
    """The row of one source; each change is a transaction of its own, and waits for those before it."""

    warehouse: Warehouse
    source: str
    clock: Callable[[], datetime]

    def update(self, change: Callable[[Budget], Budget]) -> Budget:
        """Change the budget and return it as it is then."""
        with self.warehouse.transaction() as connection:
            found = execute(connection, "landing/source_budget", source=self.source).scalar_one_or_none()
            if found is None:
                execute(connection, "landing/create_budget", source=self.source, changed_at=self.clock())
                found = execute(connection, "landing/source_budget", source=self.source).scalar_one()
            before = _budget(found)
            after = change(before)
            if after != before:
                execute(connection, "landing/write_budget", source=self.source, changed_at=self.clock(), **_row(after))
        return after


def _budget(stored: dict[str, Any]) -> Budget:
    learned = stored.get("learned")
    given = {
        "learned": Limit(**learned) if learned else None,
        "episodes": tuple((at_s, accepted) for at_s, accepted in stored.get("episodes", ())),
        **{
            name: {int(second): count for second, count in stored.get(name, {}).items()} for name in ("sent", "refused")
        },
    }
    return Budget(**{**stored, **given})


def _row(budget: Budget) -> dict[str, Any]:
    paused_until_s, learned = budget.paused_until_s, budget.learned
    return {
        "budget": Jsonb(asdict(budget)),
        "paused_until": datetime.fromtimestamp(paused_until_s, UTC) if paused_until_s else None,
        "limit_calls": learned.calls if learned else None,
        "limit_window_s": learned.window_s if learned else None,
    }
