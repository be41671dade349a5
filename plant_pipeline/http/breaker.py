"""When asking is of no use any more: calls in a row without a usable answer.

What belongs here: counting them, for the whole of a client and for each entity it asks for. What does not: the pauses
after refusals (`pacing`), tries of one call (`retry`).
"""

from dataclasses import dataclass, field

_MOST_FAILED_CALLS = 20


@dataclass
class _Stretch:
    """A stretch without any usable answer."""

    calls: int = 0
    since_s: float | None = None


@dataclass
class Breaker:
    """Whether an entity is still asked for.

    Not after `give_up_after` calls in a row to which nobody answered at all, whatever they asked for; not after 20
    calls for the entity, or `patience_s` seconds, without a usable answer.
    """

    give_up_after: int
    patience_s: float
    unanswered: int = 0
    _stretches: dict[str | None, _Stretch] = field(default_factory=dict)

    def reason(self, entity: str | None, now_s: float) -> str | None:
        """Why it is not asked for any more, if it is not."""
        if self.unanswered >= self.give_up_after:
            return f"the last {self.give_up_after} calls went unanswered; it is taken to be down"
        stretch = self._stretches.get(entity)
        if stretch is None or stretch.since_s is None:
            return None
        if stretch.calls >= _MOST_FAILED_CALLS:
            return f"the last {stretch.calls} calls of this kind had no usable answer; it is taken to be down"
        if now_s - stretch.since_s > self.patience_s:
            return f"calls of this kind had no usable answer for {self.patience_s:g} s"
        return None

    def answered(self, entity: str | None) -> None:
        """A usable answer."""
        self._stretches.pop(entity, None)

    def failed_try(self, entity: str | None, now_s: float) -> None:
        """A try without a usable answer."""
        stretch = self._stretches.setdefault(entity, _Stretch())
        stretch.since_s = stretch.since_s or now_s

    def failed_call(self, entity: str | None, *, is_unanswered: bool) -> None:
        """A call whose tries are used up."""
        self.unanswered += is_unanswered
        self._stretches.setdefault(entity, _Stretch()).calls += 1
