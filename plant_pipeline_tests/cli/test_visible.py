"""What acts on a terminal is shown instead."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_pipeline.cli.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;title\x07\x1b[31m", r"\u001b]0;title\u0007\u001b[31m"),
        ("\x9b2J", r"\u009b2J"),
        ("gpj\u202eexe.", r"gpj\u202eexe."),
        ("back\x08\rspace", r"back\b\rspace"),
        ("tag\U000e0041", r"tag\udb40\udc41"),
        ("two\n\tlines, Łęg, 日本, می\u200cشود, 👩\u200d🔧", "two\n\tlines, Łęg, 日本, می\u200cشود, 👩\u200d🔧"),
    ],
)
def test_it_is_written_as_json_does(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_no_control_character_is_left_and_json_stays_what_it_is(text: str) -> None:
    assert not {unicodedata.category(character) for character in visible(text).replace("\n", "").replace("\t", "")} & {
        "Cc",
        "Cs",
    }
    assert json.loads(visible(json.dumps(text, ensure_ascii=False))) == text
