"""Waiting for one's turn: every request of a client passes here before it is sent.

What belongs here: waiting as the budget says, in the order of asking, and giving a source up. What does not: the rules
of the budget (`budget`), sending (`client`).

After a refusal one call is made to see, and for a minute no more than two are under way.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from plant_pipeline.errors import SourceUnavailable
from plant_pipeline.http.budget import Budget, BudgetInMemory, BudgetStore, Grant, Limit
from plant_pipeline.http.rate_headers import read_stated_limit

_GRANT_LASTS_S = 1.0
_GENTLE_S, _GENTLE_CALLS = 60.0, 2
_USUAL_WINDOW_S = 60.0
_NOTHING = Grant(0, 0.0)


@dataclass(frozen=True)
class SharedBudget:
    """The part of one run in the budget of a source.

    `known`: the limit that is set or documented; `until_silent`: it holds only until the source answers without stating
    one, or with how many calls are left. `asks_again`: the source is asked although the run gave it up.
    """

    store: BudgetStore = field(default_factory=BudgetInMemory)
    run: str = ""
    known: Limit | None = None
    until_silent: bool = False
    asks_again: bool = False


class Pacer:
    """The turns of one client; `patience_s` is how long a source is asked without a usable answer."""

    def __init__(
        self,
        source: str,
        shared: SharedBudget,
        patience_s: float,
        sleep: Callable[[float], Awaitable[None]],
        clock: Callable[[], datetime],
    ) -> None:
        self._source, self._shared, self._patience_s = source, shared, patience_s
        self._sleep, self._clock = sleep, clock
        self._queue, self._freed = asyncio.Lock(), asyncio.Event()
        self._budget: Budget | None = None  # as it was when last seen
        self._grant = _NOTHING
        self._slept_to_s = 0.0
        self._under_way = self.over = 0  # calls now, and calls that had their turn
        self._left: float = math.inf  # of what the server says is left, not counting what is under way
        self._left_until_s = 0.0

    async def turn(self, path: str) -> float:
        """Wait until a call may be made; returns the time, in seconds since 1970, that `refused` asks for.

        Raises `SourceUnavailable` if the source is given up.
        """
        async with self._queue:
            while True:
                if self._under_way >= self._most_under_way():
                    self._freed.clear()
                    await self._freed.wait()
                elif (until_s := self._take(path)) is not None:
                    await self._sleep(until_s - self.now_s())
                    self._slept_to_s = max(self._slept_to_s, until_s)
                else:
                    break
            self._under_way += 1
            self._left -= 1
        return self.now_s()

    def done(self) -> None:
        """A call that had its turn is over, however it ended."""
        self._under_way -= 1
        self.over += 1
        self._freed.set()

    def answered(self, headers: Mapping[str, str], over_before: int) -> None:
        """A call that is over was answered in a usable way; `over_before`: how many were over when it was sent.

        The server counted it after any of those, and perhaps before all that were under way then: what it says is left
        of its limit may not know of them.
        """
        now_s, seen = self.now_s(), self._seen
        stated = read_stated_limit(headers, self._clock())
        is_to_count = stated is not None and stated.remaining is None
        if seen.failing_since_s or seen.given_up or seen.rounds or seen.is_silent == is_to_count:
            self._change(lambda budget: budget.answer(now_s, states_limit=is_to_count))
        if stated and stated.remaining is not None:
            window_s = self._shared.known.window_s if self._shared.known else _USUAL_WINDOW_S
            reset_s = window_s if stated.reset_s is None else stated.reset_s
            uncounted = self._under_way + self.over - over_before - 1
            self._left, self._left_until_s = stated.remaining - uncounted, now_s + reset_s

    def refused(self, sent_at_s: float, retry_after_s: float | None, why: str) -> str | None:
        """It was refused for being one too many; why the source is given up now, if it is."""
        now_s, unused, run = self.now_s(), self._grant, self._shared.run
        self._grant = _NOTHING
        self._change(lambda budget: budget.give_back(unused).refuse(now_s, sent_at_s, retry_after_s).fail(now_s, run))
        return self._hopeless(why if retry_after_s is None else f"{why}, to be asked again after {retry_after_s:g} s")

    def failed(self, why: str) -> str | None:
        """It was not answered in a usable way; why the source is given up now, if it is."""
        now_s, run = self.now_s(), self._shared.run
        if run not in self._seen.failing_since_s:
            self._change(lambda budget: budget.fail(now_s, run))
        return self._hopeless(why)

    def now_s(self) -> float:
        """Seconds since 1970, by a clock that has come at least as far as was slept."""
        return max(self._clock().timestamp(), self._slept_to_s)

    # -- inside --
    @property
    def _seen(self) -> Budget:
        if self._budget is None:
            run, asks_again = self._shared.run, self._shared.asks_again
            self._change(lambda budget: budget.try_again(run) if asks_again else budget)
        assert self._budget is not None  # noqa: S101 -- just seen
        return self._budget

    def _change(self, change: Callable[[Budget], Budget]) -> None:
        self._budget = self._shared.store.update(change)

    def _most_under_way(self) -> float:
        now_s, seen = self.now_s(), self._seen
        if now_s > self._left_until_s:
            self._left = math.inf
        if seen.rounds or self._left <= 0:
            return 1
        return _GENTLE_CALLS if now_s < seen.refused_at_s + _GENTLE_S else math.inf

    def _take(self, path: str) -> float | None:
        """Take leave for one call, None, or give the time at which to ask again."""
        if self._left <= 0:  # and nothing is under way: this is all
            self._change(lambda budget: budget.pause(self._left_until_s))
        if self._left <= 0 or self._grant.calls == 0 or self.now_s() - self._grant.at_s > _GRANT_LASTS_S:
            self._ask(path)
        if self._grant.calls == 0:
            return self._grant.at_s
        self._grant = Grant(self._grant.calls - 1, self._grant.at_s)
        return None

    def _ask(self, path: str) -> None:
        now_s, shared, unused = self.now_s(), self._shared, self._grant

        def reserve(budget: Budget) -> Budget:
            is_known = not (shared.until_silent and budget.is_silent)
            budget, self._grant = budget.give_back(unused).reserve(now_s, shared.known if is_known else None)
            return budget

        self._change(reserve)
        if why := self._seen.given_up.get(shared.run) or self._hopeless("it wants no call now"):
            raise SourceUnavailable(self._source, path, f"not asked: {why}")

    def _hopeless(self, why: str) -> str | None:
        """Why the source is given up, if no usable answer can come before the end of the patience."""
        now_s, paused_until_s, run = self.now_s(), self._seen.paused_until_s, self._shared.run
        since_s = self._seen.failing_since_s.get(run, now_s)
        if max(paused_until_s, now_s) <= since_s + self._patience_s:
            return None
        pause = f", not before {_text(paused_until_s)}" if paused_until_s > now_s else ""
        reason = (
            f"{why}{pause}; given up for this run, as no source is waited for longer than {self._patience_s:g} s "
            "without a usable answer"
        )
        self._change(lambda budget: budget.give_up(run, reason))
        return reason


def _text(instant_s: float) -> str:
    return f"{datetime.fromtimestamp(instant_s, UTC):%Y-%m-%d %H:%M:%S} UTC"
