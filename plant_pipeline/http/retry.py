"""When a call is tried again, and how long is waited before.

What belongs here: counting, waiting, what Retry-After says. What does not: sending (`client`), which answers mean
a passing fault.
"""

import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import tenacity

from plant_pipeline.errors import SourceError


class TryAgain(Exception):
    """A try failed with `error` and another may succeed; never raised out of the HTTP client.

    `retry_after`: the server's header of that name, if it counts. `is_refusal`: the server is well and only wants us to
    wait, which is no failure of the call. `failures`: how many tries of the call have failed otherwise. `is_last`: the
    call is not tried again.
    """

    def __init__(self, error: SourceError, retry_after: str = "") -> None:
        self.error, self.retry_after = error, retry_after
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

    @staticmethod
    def retry_after_s(text: str, now_utc: datetime) -> float | None:
        """Seconds that a Retry-After header asks for, as a number or a date (RFC 9110, section 10.2.3).

        None if it says nothing of the kind.
        """
        try:
            seconds = float(text)
        except ValueError:
            try:
                moment = parsedate_to_datetime(text)
                seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now_utc).total_seconds()
            except (ValueError, TypeError, OverflowError):
                return None
        return max(seconds, 0.0) if math.isfinite(seconds) else None


def signal_of(state: tenacity.RetryCallState) -> TryAgain | None:
    """What the last try ended with, if another may succeed."""
    signal = state.outcome.exception() if state.outcome else None
    return signal if isinstance(signal, TryAgain) else None
