"""How often a source may be asked: what it has been asked lately, what it refused, and what follows from that.

What belongs here: the rules, as pure changes of one state that all who ask a source share. What does not: waiting
(`pacing`), sending (`client`), where the state is kept (`landing.budget`).

What is known of a limit, and from where:
- A limit that is set or documented holds from the first call: never more calls in any window of its length.
- A server that states how many calls are left is believed: none is made beyond them until the time it names.
- A refusal (429) pauses everybody: for as long as the server says, else for 1, 2, 4 ... 60 s, with one call at the end
  of each pause to see. If that took more than 8 s, the limit is per minute, and is what was accepted in the minute
  before. Refusals that come again and again after short pauses tell the pace between them. A single one tells nothing.
- A learned limit becomes a tenth stricter at each further refusal, and a quarter looser after ten minutes of use
  without one, a pace after half a minute.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

_MINUTE_S = 60.0
_MARGIN_S = 1.0  # calls reach the server later than they leave us, not all by the same time
_COUNTED_FROM_S = 10.0  # a limit over less than this is kept by the time between two calls
_LONGEST_PAUSE_S = 60.0
_MINUTE_SHOWN_S = 8.0
_PACE_EPISODES = 3
_FEWEST_CALLS = 10
_STRICTER, _LOOSER, _LOOSER_AFTER_S, _PACE_LOOSER_AFTER_S = 1.1, 1.25, 600.0, 30.0
_FASTEST_PER_S = 50.0
_RUN_LASTS_S = 7 * 86_400.0  # no run is longer under way; of a source that is down they would become ever more
_BLOCK_CALLS = 64  # granted at once where no limit is known


@dataclass(frozen=True)
class Limit:
    """At most `calls` in any `window_s` seconds."""

    calls: int
    window_s: float = _MINUTE_S


@dataclass(frozen=True)
class Grant:
    """Leave for so many calls, or the time at which to ask for it again."""

    calls: int
    at_s: float


@dataclass(frozen=True)
class Budget:
    """What all who ask one source share; every instant is in seconds since 1970, UTC.

    `sent`, `refused`: the latest calls by the second they were granted or refused in. `rounds`: refusals since
    the last usable answer, those of one pause counted once. `episodes`: when the latest runs of refusals began, and how
    many calls had been accepted by then.
    `accepted_before`: calls accepted in the minute before the present one. `failing_since_s`: when the source first
    failed each run after its last usable answer; `given_up`: the runs that ask no more, and why. `is_silent`: it has
    answered without stating a limit that is to be counted here: none at all, or with how many calls are left.
    """

    paused_until_s: float = 0.0
    failing_since_s: Mapping[str, float] = field(default_factory=dict)
    given_up: Mapping[str, str] = field(default_factory=dict)
    learned: Limit | None = None
    learned_at_s: float = 0.0
    rounds: int = 0
    refused_at_s: float = 0.0
    accepted: int = 0
    episodes: tuple[tuple[float, int], ...] = ()
    accepted_before: int = 0
    sent_at_s: float = 0.0
    sent: Mapping[int, int] = field(default_factory=dict)
    refused: Mapping[int, int] = field(default_factory=dict)
    is_silent: bool = False

    def reserve(self, now_s: float, known: Limit | None) -> tuple["Budget", Grant]:
        """Leave for a few calls now, counted as sent. `known`: a limit that was set or documented."""
        limits = [limit for limit in (known, self.learned) if limit is not None]
        budget = self._used(now_s, max([_MINUTE_S, *(limit.window_s for limit in limits)]))
        limits = [limit for limit in (known, budget.learned) if limit is not None]
        free_at_s = max([budget.paused_until_s, *(budget._free_at_s(limit, now_s) for limit in limits)])
        if free_at_s > now_s:
            return budget, Grant(0, free_at_s)
        calls = min([_BLOCK_CALLS, *(budget._block(limit, now_s) for limit in limits)])
        sent = {**budget.sent, int(now_s): budget.sent.get(int(now_s), 0) + calls}
        return replace(budget, sent=sent, sent_at_s=now_s, accepted=budget.accepted + calls), Grant(calls, now_s)

    def give_back(self, grant: Grant) -> "Budget":
        """Calls that were granted and are not made."""
        second = int(grant.at_s)
        sent = {**self.sent, second: self.sent[second] - grant.calls} if second in self.sent else self.sent
        return replace(self, sent=sent, accepted=self.accepted - grant.calls)

    def refuse(self, now_s: float, sent_at_s: float, retry_after_s: float | None) -> "Budget":
        """After a refusal of a call sent at `sent_at_s`; `retry_after_s` is what the server asks for, if it does."""
        refused = {**self.refused, int(now_s): self.refused.get(int(now_s), 0) + 1}
        budget = replace(self, refused=refused, accepted=self.accepted - 1)
        if self.rounds and sent_at_s < self.refused_at_s:  # it was under way when the pause began
            until_s = max(self.paused_until_s, now_s + (retry_after_s or 0.0))
            fewer = max(self.accepted_before - 1, 0) if self.rounds == 1 else self.accepted_before
            return replace(budget, paused_until_s=until_s, accepted_before=fewer)
        if self.rounds == 0:
            budget = budget._new_episode(now_s)
        pause_s = min(2.0**self.rounds, _LONGEST_PAUSE_S)
        if retry_after_s is not None:
            pause_s = retry_after_s if self.rounds == 0 else max(retry_after_s, pause_s)
        until_s = max(self.paused_until_s, now_s + pause_s)
        return replace(budget, rounds=self.rounds + 1, refused_at_s=now_s, paused_until_s=until_s)

    def fail(self, now_s: float, run: str) -> "Budget":
        """After no answer, or one that is of no use, to a run; runs of long ago are forgotten."""
        lately = {name: since_s for name, since_s in self.failing_since_s.items() if since_s > now_s - _RUN_LASTS_S}
        given_up = {name: why for name, why in self.given_up.items() if name in lately}
        return replace(self, failing_since_s={run: now_s, **lately}, given_up=given_up)

    def answer(self, now_s: float, *, states_limit: bool) -> "Budget":
        """After a usable answer; `states_limit`: with a limit, and not how many calls are left of it."""
        budget = replace(self, failing_since_s={}, given_up={}, rounds=0, is_silent=not states_limit)
        if self.rounds and self.accepted_before and now_s - self.episodes[-1][0] >= _MINUTE_SHOWN_S:
            limit = Limit(max(self.accepted_before, _FEWEST_CALLS))
            return replace(budget, learned=limit, learned_at_s=now_s, episodes=())
        return budget

    def pause(self, until_s: float) -> "Budget":
        """Until a time that the server names beforehand."""
        return replace(self, paused_until_s=max(self.paused_until_s, until_s))

    def give_up(self, run: str, why: str) -> "Budget":
        """For the rest of a run."""
        return replace(self, given_up={**self.given_up, run: why})

    def try_again(self, run: str) -> "Budget":
        """Although the run had given up."""
        others_since_s = {name: since_s for name, since_s in self.failing_since_s.items() if name != run}
        others = {name: why for name, why in self.given_up.items() if name != run}
        return replace(self, failing_since_s=others_since_s, given_up=others)

    # -- what follows --
    def _used(self, now_s: float, window_s: float) -> "Budget":
        """Forget what is older than the window; a learned limit becomes looser after long use without refusal."""
        oldest = int(now_s - window_s - _MARGIN_S) - 1
        sent = {second: calls for second, calls in self.sent.items() if second >= oldest}
        refused = {second: calls for second, calls in self.refused.items() if second >= oldest}
        budget = replace(self, sent=sent, refused=refused)
        if self.learned is None:
            return budget
        if not any(sent.values()):  # idle until now: the ten minutes begin
            return replace(budget, learned_at_s=now_s)
        after_s = _LOOSER_AFTER_S if self.learned.window_s >= _COUNTED_FROM_S else _PACE_LOOSER_AFTER_S
        if now_s - max(self.learned_at_s, self.refused_at_s) < after_s:
            return budget
        limit = replace(self.learned, window_s=self.learned.window_s / _LOOSER)
        is_fast = limit.calls / limit.window_s > _FASTEST_PER_S
        return replace(budget, learned=None if is_fast else limit, learned_at_s=now_s)

    def _new_episode(self, now_s: float) -> "Budget":
        episodes = (*self.episodes, (now_s, self.accepted))[-_PACE_EPISODES:]
        budget = replace(self, episodes=episodes, accepted_before=self._accepted_in_a_minute(now_s))
        if self.learned is not None:
            slower = replace(self.learned, window_s=self.learned.window_s * _STRICTER)
            return replace(budget, learned=slower, learned_at_s=now_s)
        first_s, accepted_by_then = episodes[0]
        accepted = self.accepted - accepted_by_then
        if len(episodes) < _PACE_EPISODES or now_s - first_s > _MINUTE_S or accepted < 1:
            return budget
        return replace(budget, learned=Limit(1, (now_s - first_s) / accepted * _STRICTER), learned_at_s=now_s)

    def _accepted_in_a_minute(self, now_s: float) -> int:
        begin = int(now_s - _MINUTE_S)
        sent = sum(calls for second, calls in self.sent.items() if second >= begin)
        return sent - sum(calls for second, calls in self.refused.items() if second >= begin)

    def _free_at_s(self, limit: Limit, now_s: float) -> float:
        if limit.window_s < _COUNTED_FROM_S:
            return self.sent_at_s + limit.window_s / limit.calls
        too_many = self._in_window(limit, now_s) - limit.calls + 1
        for second in sorted(self._seconds_in_window(limit, now_s)):
            if too_many <= 0:
                break
            too_many -= self.sent[second]
            now_s = second + 1 + limit.window_s + _MARGIN_S
        return now_s

    def _block(self, limit: Limit, now_s: float) -> int:
        if limit.window_s < _COUNTED_FROM_S:
            return 1
        return min(limit.calls - self._in_window(limit, now_s), max(limit.calls // 100, 1))

    def _in_window(self, limit: Limit, now_s: float) -> int:
        return sum(self.sent[second] for second in self._seconds_in_window(limit, now_s))

    def _seconds_in_window(self, limit: Limit, now_s: float) -> Iterator[int]:
        return (second for second in self.sent if second + 1 + limit.window_s + _MARGIN_S > now_s)


Change = Callable[[Budget], Budget]


class BudgetStore(Protocol):
    """Where the budget of one source is kept, for all who ask it."""

    def update(self, change: Change) -> Budget:
        """Change the budget, alone, and return it as it is then."""
        ...


@dataclass
class BudgetInMemory:
    """The budget of a source that only one client asks."""

    budget: Budget = field(default_factory=Budget)

    def update(self, change: Change) -> Budget:
        """Change the budget and return it."""
        self.budget = change(self.budget)
        return self.budget
