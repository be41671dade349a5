"""The words of a message: for people, chat systems and whoever looks a kind up in the guide."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from plant_pipeline.automation.problem_kinds import PROBLEM_KINDS
from plant_pipeline.automation.problem_messages import ProblemChange, problem_message
from plant_pipeline.automation.problems import Sighting

_START = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
_ROOT = Path(__file__).parents[2]


def test_a_message_shows_no_name_as_anything_but_a_name() -> None:
    name = "<!channel> <http://evil.example|Solar>\n[here](http://evil.example)\x1b[31m\u202e @here"
    sighting = Sighting("plant_silent", f"voke {name}", f"{name}: nothing came" + 5000 * "x", "run 1")
    text = problem_message([ProblemChange("began", sighting, _START, None, 1)], None)["text"]
    assert not set(text) & set("<>\x1b\u202e")
    assert "](" not in text
    assert "@here" not in text
    assert len(text) < 2000
    assert "nothing came" in text


def test_many_problems_are_one_message_that_chat_systems_take() -> None:
    changes = [
        ProblemChange("began", Sighting("plant_silent", f"voke P-{number:05}", 300 * "ü"), _START, None, number)
        for number in range(1000)
    ]
    told = problem_message(changes, None)
    assert len(json.dumps(told).encode()) < 28_000
    assert told["title"] == "1000 problems began"
    assert "plant silent (1000): voke P-00000, " in told["text"]
    assert len(told["problems"]) + told["more"] == 1000
    assert told["problems"]


def test_every_kind_has_its_line_in_the_operating_guide_and_no_other() -> None:
    page = (_ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    section = page.split("\n## Problems\n")[1].split("\n## ")[0]
    lines = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", section, re.MULTILINE))
    assert list(lines) == list(PROBLEM_KINDS)
    assert all(len(line.split(" | ")) == 2 for line in lines.values())
