"""Faults a test can switch on while the sandbox runs: refusals, broken answers, slow or dropped connections.

What belongs here: which fault meets which request, and how often. What does not: carrying it out (answers.py).
"""

import threading
from collections import Counter
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass
class Fault:
    """One fault: `route` is a shell pattern on the path below the API's prefix, or a template (`/api/v1/plants/{id}`).

    `remaining` counts down with every request it meets; None lasts until it is lifted. The rest is what it does.
    """

    api: str
    route: str
    remaining: int | None
    from_page: int = 1
    method: str | None = None
    status: int | None = None
    retry_after: str | None = None
    is_html: bool = False
    cuts: bool = False
    keeps_length: bool = False
    seconds: float = 0.0
    drops: bool = False
    amount: int = 0
    repeats_page: bool = False

    def meets(self, api: str, method: str, template: str, path: str, page: int) -> bool:
        """Whether the fault applies to this request."""
        is_asked_for = self.api in (api, "*") and self.method in (method, None) and page >= self.from_page
        return self.remaining != 0 and is_asked_for and (self.route == template or fnmatchcase(path, self.route))


@dataclass
class Faults:
    """The faults that are switched on; tests may change them while the sandbox runs.

    `api` is ravenwits, voke, flexmeasures, raptor_maps, or `*` for all; `times` None lasts until the fault is lifted.
    `generations` counts how often the tokens of an API were ended.
    """

    generations: Counter[str] = field(default_factory=Counter)
    _active: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def status(
        self,
        api: str,
        route: str,
        status: int,
        times: int | None = None,
        retry_after: str | float | None = None,
        method: str | None = None,
    ) -> Fault:
        """Answer with `status` and the API's own error body; `retry_after` becomes the header's text."""
        text = None if retry_after is None else str(retry_after)
        return self._add(Fault(api, route, times, status=status, retry_after=text, method=method))

    def html(self, api: str, route: str, times: int | None = None, status: int = 200) -> Fault:
        """Answer with an HTML page, as a proxy or a login wall does."""
        return self._add(Fault(api, route, times, status=status, is_html=True))

    def cut_body(self, api: str, route: str, times: int | None = None, keeps_length: bool = False) -> Fault:
        """Send half of the body as if it were all; with `keeps_length` announce all of it and close the connection."""
        return self._add(Fault(api, route, times, cuts=True, keeps_length=keeps_length))

    def slow(self, api: str, route: str, seconds: float, times: int | None = None) -> Fault:
        """Wait before answering; the end of the sandbox ends the wait."""
        return self._add(Fault(api, route, times, seconds=seconds))

    def drop_connection(self, api: str, route: str, times: int | None = None) -> Fault:
        """Close the connection without an answer."""
        return self._add(Fault(api, route, times, drops=True))

    def change_total(
        self, api: str, route: str, amount: int = 1, from_page: int = 2, times: int | None = None
    ) -> Fault:
        """State another total from page `from_page` on."""
        return self._add(Fault(api, route, times, from_page, amount=amount))

    def duplicate_page(self, api: str, route: str, from_page: int = 2, times: int | None = None) -> Fault:
        """Give the records of the page before, from page `from_page` on."""
        return self._add(Fault(api, route, times, max(from_page, 2), repeats_page=True))

    def expire_tokens(self, api: str) -> None:
        """End every token that a login has issued so far; static keys stay valid."""
        self.generations[api] += 1

    def lift(self, fault: Fault) -> None:
        """Switch one fault off."""
        with self._lock:
            self._active = [other for other in self._active if other is not fault]

    def clear(self) -> None:
        """Switch all faults off."""
        with self._lock:
            self._active.clear()

    def take(self, api: str, method: str, template: str, path: str, page: int) -> list[Fault]:
        """The faults that this request meets, counted down by one each."""
        with self._lock:
            met = [fault for fault in self._active if fault.meets(api, method, template, path, page)]
            for fault in met:
                fault.remaining = None if fault.remaining is None else fault.remaining - 1
            return met

    def _add(self, fault: Fault) -> Fault:
        with self._lock:
            self._active.append(fault)
        return fault
