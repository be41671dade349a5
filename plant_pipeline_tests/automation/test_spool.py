"""What could not be handed on waits in files: whole, in order, once, bounded."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from plant_pipeline.automation.spool import LONGEST_KEPT, MOST_ENTRIES, Spool
from plant_pipeline.errors import SourceRejected, SourceUnavailable

_NOW = datetime(2026, 3, 2, 3, 30, tzinfo=UTC)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    """Three entries, put in another order than they came up in."""
    spool = Spool(tmp_path / "spool")
    for number in (2, 0, 1):
        spool.put({"n": number}, _NOW + timedelta(seconds=number))
    return spool


def _away(_: object) -> None:
    raise SourceUnavailable("alert webhook", "host", "no usable answer")


def test_entries_are_handed_on_once_and_oldest_first(spool: Spool) -> None:
    taken: list[Any] = []
    assert spool.hand_on(_away, _NOW) == 3
    assert spool.hand_on(taken.append, _NOW) == 0
    assert spool.hand_on(taken.append, _NOW) == 0
    assert taken == [{"n": 0}, {"n": 1}, {"n": 2}]


def test_the_same_entry_waits_once(spool: Spool) -> None:
    spool.put({"n": 1}, _NOW + timedelta(hours=1))
    assert len(spool.waiting()) == 3


def test_many_at_once_hand_each_entry_on_once(spool: Spool) -> None:
    taken: list[Any] = []
    together = Barrier(6)

    def work() -> None:
        together.wait()
        spool.hand_on(taken.append, _NOW)

    threads = [Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken == [{"n": 0}, {"n": 1}, {"n": 2}]


@pytest.mark.parametrize("left", [b"", b'{"n": 0', b"\xff\xfe", b"[1]"])
def test_a_file_that_cannot_be_read_holds_nobody_up(spool: Spool, left: bytes) -> None:
    spool.waiting()[0].write_bytes(left)
    taken: list[Any] = []
    assert spool.hand_on(taken.append, _NOW) == 0
    assert taken == [{"n": 1}, {"n": 2}]
    assert [file.read_bytes() for file in spool.directory.glob("*.unreadable")] == [left]


def test_a_kill_while_handing_on_loses_nothing_and_holds_nobody_back(spool: Spool) -> None:
    def killed(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        spool.hand_on(killed, _NOW)
    taken: list[Any] = []
    spool.hand_on(taken.append, _NOW)
    assert len(taken) == 3


def test_a_refused_entry_waits_and_lets_the_others_pass(spool: Spool) -> None:
    taken: list[Any] = []

    def take(entry: dict[str, Any]) -> None:
        if entry["n"] == 0:
            raise SourceRejected("alert webhook", "host", "answered 413", 413)
        taken.append(entry)

    assert spool.hand_on(take, _NOW) == 1
    assert taken == [{"n": 1}, {"n": 2}]


def test_what_is_too_old_or_too_much_is_dropped_and_named(spool: Spool, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    assert spool.hand_on(_away, _NOW + LONGEST_KEPT + timedelta(seconds=1, milliseconds=1)) == 1
    assert ['{"n": 0}' in caplog.messages[0], '{"n": 1}' in caplog.messages[1]] == [True, True]
    for number in range(MOST_ENTRIES):
        (spool.directory / f"20260303T000000{number:06}Z-0.json").write_text("{}")
    assert spool.hand_on(_away, _NOW) == MOST_ENTRIES
    assert '{"n": 2}' in caplog.messages[2]
