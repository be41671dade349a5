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

    `retry_after`: the server's header of that name, if it counts; `wait_s`: the seconds that it asks for.
    """

    def __init__(self, error: SourceError, retry_after: str = "") -> None:
        self.error, self.retry_after = error, retry_after
        self.wait_s: float | None = None
        super().__init__(str(error))

    @property
    def is_patient(self) -> bool:
        """Whether the server is well and only wants us to wait."""
        return self.wait_s is not None or self.error.http_status == 429


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how long: waits are `base_s` · 2ⁿ up to `max_s`, plus up to a quarter of jitter."""

    attempts: int = 4
    base_s: float = 0.4
    max_s: float = 10.0
    patient_attempts: int = 8
    longest_retry_after_s: float = 120.0
    longest_try_s: float = 300.0
    give_up_after: int = 5

    def is_enough(self, state: tenacity.RetryCallState) -> bool:
        """Whether the try that just failed was the last one."""
        signal = signal_of(state)
        is_patient = signal is not None and signal.is_patient
        return state.attempt_number >= (self.patient_attempts if is_patient else self.attempts)

    def wait_s(self, state: tenacity.RetryCallState) -> float:
        """Seconds until the next try."""
        signal = signal_of(state)
        if signal is not None and signal.wait_s is not None:
            return signal.wait_s
        wait_s = min(self.base_s * 2.0 ** (state.attempt_number - 1), self.max_s)
        return wait_s * (1 + random.random() / 4)  # noqa: S311 -- jitter, nothing secret

    def retry_after_s(self, text: str, now_utc: datetime) -> float | None:
        """Seconds that a Retry-After header asks for, as a number or a date (RFC 9110, section 10.2.3), bounded.

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
        return min(max(seconds, 0.0), self.longest_retry_after_s) if math.isfinite(seconds) else None


def signal_of(state: tenacity.RetryCallState) -> TryAgain | None:
    """What the last try ended with, if another may succeed."""
    signal = state.outcome.exception() if state.outcome else None
    return signal if isinstance(signal, TryAgain) else None
