"""Headers of limits as servers spell them; NOW is 2026-03-10 04:00:00 UTC, 1773115200 s since 1970."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_pipeline.http.rate_headers import StatedLimit, asked_wait_s, read_stated_limit, stated_wait_s
from plant_pipeline_tests.http.server import DATA, NOW, Server, ok, status

_IN_30_S = 1773115230
_AHEAD, _BEHIND = "Tue, 10 Mar 2026 04:20:00 GMT", "Tue, 10 Mar 2026 03:40:00 GMT"


@pytest.mark.parametrize("name", ["x-ratelimit", "x-rate-limit", "ratelimit"])
@pytest.mark.parametrize(
    ("reset", "reset_s"),
    [
        ("30", 30.0),
        ("29.5", 29.5),
        (str(_IN_30_S), 30.0),
        (f"{_IN_30_S}.5", 30.5),
        (str(_IN_30_S * 1000), 30.0),
        ("2026-03-10T04:00:30Z", 30.0),
        ("2026-03-10T05:00:30+01:00", 30.0),
        ("Tue, 10 Mar 2026 04:00:30 GMT", 30.0),
        (str(_IN_30_S - 90), 0.0),
        ("30;w=60", 30.0),
        ("86400", 86_400.0),
        ("172800", None),  # two days: no limit that anybody means
        ("1.2.3", None),
        ("99999999999999999999", None),
        ("soon", None),
        ("", None),
    ],
)
def test_three_headers_state_a_limit(name: str, reset: str, reset_s: float | None) -> None:
    headers = {f"{name}-limit": "500, 500;w=60", f"{name}-remaining": "7", f"{name}-reset": reset}
    assert read_stated_limit(headers, NOW) == StatedLimit(7, reset_s)


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ('"default";r=50;t=30', StatedLimit(50, 30.0)),
        ("r=50", StatedLimit(50, None)),
        ("r=50;t=86400", StatedLimit(50, 86_400.0)),
        ("r=50;t=172800", StatedLimit(50, None)),
        ('"minute";r=2;t=30, "day";r=99000;t=40000', StatedLimit(2, 30.0)),
        ('"day";r=0;t=40000, "minute";r=0;t=30', StatedLimit(0, 40000.0)),
        ("limit=100, remaining=3, reset=12", StatedLimit(3, 12.0)),
        ("limit=100, remaining=3", StatedLimit(3, None)),
        ("nonsense", None),
    ],
)
def test_one_header_states_a_limit(text: str, stated: StatedLimit | None) -> None:
    assert read_stated_limit({"ratelimit": text}, NOW) == stated


@pytest.mark.parametrize(
    ("date", "retry_after"),
    [(_AHEAD, "Tue, 10 Mar 2026 04:20:09 GMT"), (_BEHIND, "Tue, 10 Mar 2026 03:40:09 GMT"), ("x", "9")],
)
def test_instants_are_those_of_the_server_s_clock(date: str, retry_after: str) -> None:
    assert asked_wait_s({"date": date, "retry-after": retry_after}, NOW) == 9.0


@pytest.mark.parametrize("retry_after", ["0", "-5", "Tue, 10 Mar 2026 03:59:00 GMT"])
def test_what_is_over_is_no_wait(retry_after: str) -> None:
    assert asked_wait_s({"retry-after": retry_after}, NOW) == 0.0


def test_a_reset_is_an_instant_of_the_server_s_clock() -> None:
    headers = {"date": _AHEAD, "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(_IN_30_S + 1200)}
    assert read_stated_limit(headers, NOW) == StatedLimit(0, 30.0)


@pytest.mark.parametrize("retry_after", ["1e15", "999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_nobody_is_left_alone_for_longer_than_a_day(retry_after: str) -> None:
    assert asked_wait_s({"retry-after": retry_after}, NOW) == 86_400.0


def test_a_refusal_without_retry_after_is_waited_out_as_its_limit_says(server: Server) -> None:
    headers = {"X_RateLimit_Limit": "30", "X_RateLimit_Remaining": "0", "X_RateLimit_Reset": str(_IN_30_S)}
    server.on(DATA, status(429, **headers), ok()).get()
    assert server.waits == [30.0]


@pytest.mark.parametrize("headers", [{}, {"x-ratelimit-remaining": "5", "x-ratelimit-reset": "30"}])
def test_a_refusal_with_calls_left_says_nothing_of_when(headers: Mapping[str, str]) -> None:
    assert stated_wait_s(headers, NOW) is None


@pytest.mark.parametrize("retry_after", ["1e15", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_wait_beyond_all_patience_gives_the_source_up_and_says_so(server: Server, retry_after: str) -> None:
    error = server.on(DATA, status(503, Retry_After=retry_after)).refusal()
    assert "given up for this run" in str(error)
    assert server.waits == []


_TEXTS = st.text(max_size=20) | st.integers(-(10**25), 10**25).map(str) | st.floats().map(str)
_NAMES = st.sampled_from(
    [
        "retry-after",
        "date",
        "ratelimit",
        *(f"{name}-{part}" for name in ("x-ratelimit", "ratelimit") for part in ("limit", "remaining", "reset")),
    ]
)


@given(headers=st.dictionaries(_NAMES, _TEXTS, max_size=5))
def test_whatever_a_server_states_is_read_as_a_bearable_wait_or_as_nothing(headers: dict[str, str]) -> None:
    stated = read_stated_limit(headers, NOW)
    waits = [asked_wait_s(headers, NOW), stated_wait_s(headers, NOW), stated.reset_s if stated else None]
    assert all(wait_s is None or 0 <= wait_s <= 86_400 for wait_s in waits)
