"""An event loop whose time passes only while all wait, and then at once: hours are tested in no time."""

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

Result = TypeVar("Result")

BEGIN = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)


class _Selector(selectors.SelectSelector):
    """Looks whether anything came; if not, moves the time on by as long as it was to wait."""

    passed_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is not None:
            self.passed_s += max(timeout, 1e-6)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its `time` begins at 0."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.passed_s


def run_virtually(work: Coroutine[Any, Any, Result]) -> Result:
    """The result of `work`, run from `BEGIN` on."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)


def virtual_now() -> datetime:
    """The time in the running loop."""
    return datetime.fromtimestamp(BEGIN.timestamp() + asyncio.get_running_loop().time(), UTC)
