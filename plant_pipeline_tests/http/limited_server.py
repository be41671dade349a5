"""A server in virtual time that takes only so many calls, by each of the usual ways of counting them."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import httpx

_MINUTE_S = 60.0


class Counted(Protocol):
    """Whether a call at some second is one too many."""

    def takes(self, at_s: float) -> bool: ...


@dataclass
class FixedWindow:
    """So many calls in each minute of the clock, which began `begun_s` before us."""

    calls: int
    begun_s: float = 0.0
    window_s: float = _MINUTE_S
    taken: Counter[int] = field(default_factory=Counter)

    def takes(self, at_s: float) -> bool:
        self.taken[int((at_s + self.begun_s) // self.window_s)] += 1
        return self.taken[int((at_s + self.begun_s) // self.window_s)] <= self.calls


@dataclass
class SlidingWindow:
    """So many calls in any minute; refused ones count as well, or not."""

    calls: int
    counts_refused: bool = True
    window_s: float = _MINUTE_S
    taken_s: list[float] = field(default_factory=list)

    def takes(self, at_s: float) -> bool:
        is_taken = sum(other_s > at_s - self.window_s for other_s in self.taken_s) < self.calls
        if is_taken or self.counts_refused:
            self.taken_s.append(at_s)
        return is_taken


@dataclass
class TokenBucket:
    """A bucket of calls that is filled evenly within a minute."""

    calls: int
    window_s: float = _MINUTE_S
    level: float = field(init=False)
    filled_s: float = 0.0

    def __post_init__(self) -> None:
        self.level = float(self.calls)

    def takes(self, at_s: float) -> bool:
        self.level = min(self.calls, self.level + (at_s - self.filled_s) * self.calls / self.window_s)
        self.filled_s = at_s
        if self.level < 1:
            return False
        self.level -= 1
        return True


@dataclass
class LimitedServer:
    """Answers after `latency_s`; `refusal` gives the headers of a 429."""

    limit: Counted
    latency_s: float = 0.05
    refusal: Callable[[float], Mapping[str, str]] = lambda _: {}
    headers: Callable[[float], Mapping[str, str]] = lambda _: {}
    calls_s: list[float] = field(default_factory=list)
    refused_s: list[float] = field(default_factory=list)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(self.latency_s / 2)
        at_s = asyncio.get_running_loop().time()
        self.calls_s.append(at_s)
        takes = self.limit.takes(at_s)
        await asyncio.sleep(self.latency_s / 2)
        if takes:
            return httpx.Response(200, json={"path": request.url.path}, headers=dict(self.headers(at_s)))
        self.refused_s.append(at_s)
        return httpx.Response(429, json={"message": "slow down"}, headers=dict(self.refusal(at_s)))
