"""Faults a test can switch on while the sandbox runs, and which requests they meet; answers.py carries them out."""

from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(eq=False)
class Fault:
    """What befalls the requests it meets; several effects go together.

    `api` is ravenwits, voke, flexmeasures, raptor_maps, or `*`; `route` is a shell pattern on the path below the API's
    prefix, or a template (`/api/v1/plants/{id}`). `times` counts down with every request it meets, None lasts.
    `status` answers with the API's own error body, `is_html` with a page as a proxy or a login wall does. `cuts` sends
    half of the body as if it were all; with `keeps_length` it announces all of it and closes the connection, `drops`
    closes it without an answer. `seconds` come before the answer. `amount` is added to totals, `repeats_page` gives the
    records of the page before: both from page `from_page` on.
    """

    api: str
    route: str
    times: int | None = None
    method: str | None = None
    from_page: int = 1
    status: int | None = None
    retry_after: str | float | None = None
    is_html: bool = False
    cuts: bool = False
    keeps_length: bool = False
    seconds: float = 0.0
    drops: bool = False
    amount: int = 0
    repeats_page: bool = False


class Faults(list[Fault]):
    """The faults that are switched on; tests may change them while the sandbox runs.

    `generations` counts how often the tokens of an API were ended.
    """

    def __init__(self) -> None:
        super().__init__()
        self.generations: Counter[str] = Counter()

    def add(self, fault: Fault) -> Fault:
        """Switch a fault on."""
        self.append(fault)
        return fault

    def expire_tokens(self, api: str) -> None:
        """End every token that a login has issued so far; static keys stay valid."""
        self.generations[api] += 1

    def take(self, api: str, method: str, template: str, path: str, page: int) -> list[Fault]:
        """The faults that this request meets, counted down by one each."""
        met = []
        for fault in self:
            is_meant = fault.api in (api, "*") and fault.method in (method, None) and page >= fault.from_page
            if fault.times != 0 and is_meant and (fault.route == template or fnmatchcase(path, fault.route)):
                fault.times = None if fault.times is None else fault.times - 1
                met.append(fault)
        return met
