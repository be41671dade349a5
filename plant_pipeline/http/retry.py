"""When a call is tried again, and how long is waited before.

What belongs here: counting, waiting. What does not: what a server asks for (`rate_headers`), sending (`client`), which
answers mean a passing fault.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass

import tenacity

from plant_pipeline.errors import SourceError


class TryAgain(Exception):
    """A try failed with `error` and another may succeed; never raised out of the HTTP client.

    `headers`: of an answer that may name the time to ask again. `is_refusal`: the server is well and only wants us to
    wait, which is no failure of the call. `failures`: how many tries of the call have failed otherwise. `is_last`: the
    call is not tried again.
    """

    def __init__(self, error: SourceError, headers: Mapping[str, str] | None = None) -> None:
        self.error, self.headers = error, headers or {}
        self.is_refusal = self.is_last = False
        self.failures = 0
        super().__init__(str(error))


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how long.

    `attempts` tries for a passing fault, with waits of `base_s` · 2ⁿ up to `max_s`, plus up to a quarter of jitter.
    A refusal is waited out (`pacing`); a call that is refused `patient_attempts` times although others are answered
    meanwhile is given up. A source is asked for `patience_s` without any usable answer. One try lasts `longest_try_s`.
    """

    attempts: int = 4
    base_s: float = 0.4
    max_s: float = 10.0
    patient_attempts: int = 8
    patience_s: float = 300.0
    longest_try_s: float = 300.0
    give_up_after: int = 5

    def is_enough(self, state: tenacity.RetryCallState) -> bool:
        """Whether the try that just failed was the last one."""
        signal = signal_of(state)
        return signal is None or signal.is_last or (not signal.is_refusal and signal.failures >= self.attempts)

    def wait_s(self, state: tenacity.RetryCallState) -> float:
        """Seconds until the next try of a call that failed; after a refusal there is none of its own."""
        signal = signal_of(state)
        if signal is None or signal.is_refusal:
            return 0.0
        wait_s = min(self.base_s * 2.0 ** (signal.failures - 1), self.max_s)
        return wait_s * (1 + random.random() / 4)  # noqa: S311 -- jitter, nothing secret


def signal_of(state: tenacity.RetryCallState) -> TryAgain | None:
    """What the last try ended with, if another may succeed."""
    signal = state.outcome.exception() if state.outcome else None
    return signal if isinstance(signal, TryAgain) else None
