"""Answers that no document foresees: good ones with parts replaced (`bad_values`), or their bytes damaged."""

import json
import math
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import httpx
import orjson
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from plant_pipeline.sources.columns import meaning_of
from plant_pipeline.sources.contract import Validated
from plant_pipeline_tests.source_contract.bad_values import BAD_VALUES, with_value
from plant_pipeline_tests.source_contract.recording import Documents, Recording

# A thousand answers a recording at night, and a few with every change.
_PROFILE = settings.get_current_profile_name()
ANSWERS = settings(
    max_examples=10 if _PROFILE == "quick" else settings.get_profile(_PROFILE).max_examples,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.differing_executors],
)
_NO_BODY = "<html><body>Maintenance</body></html>"


_ANY_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
).map(json.dumps)
_VALUE = st.sampled_from(BAD_VALUES) | _ANY_VALUE


# -- answers --
def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every part of a JSON value, itself among them."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _places(inner, (*path, key))


DAMAGES: list[Callable[[bytes, int], bytes]] = [
    lambda body, at: body[: at % len(body)],  # cut
    lambda _body, _at: b"",
    lambda _body, _at: _NO_BODY.encode(),
    lambda body, _at: body.decode("utf-8", "replace").encode("utf-16"),
    lambda body, _at: b"\xef\xbb\xbf" + body,
    lambda body, at: body[: at % len(body)] + b"\xe9" + body[at % len(body) :],  # a letter of Latin-1
    lambda body, _at: body + body,
    lambda body, _at: b"[" * 100_000 + body,
]


@st.composite
def bad_answers(draw: st.DrawFn, documents: Documents) -> dict[str, bytes]:
    """Bodies by path: one or two documents with one bad part each, sometimes damaged as a whole."""
    bodies = {path: orjson.dumps(document) for path, document in documents.items()}
    for path in draw(st.lists(st.sampled_from(sorted(documents)), min_size=1, max_size=2, unique=True)):
        place = draw(st.sampled_from(list(_places(documents[path]))))
        bodies[path] = with_value(documents[path], place, draw(_VALUE))
    if draw(st.integers(0, 7)) == 0:
        path, damage = draw(st.sampled_from(sorted(documents))), draw(st.sampled_from(DAMAGES))
        bodies[path] = damage(bodies[path], draw(st.integers(0, 10_000)))
    return bodies


def responder(bodies: dict[str, bytes]) -> Callable[[httpx.Request], httpx.Response]:
    """An API that answers these bodies by path."""

    def respond(request: httpx.Request) -> httpx.Response:
        body = bodies.get(request.url.path)
        if body is None:
            return httpx.Response(404, json={"detail": "Not found."})
        kind = "text/html" if body == _NO_BODY.encode() else "application/json"
        return httpx.Response(200, content=body, headers={"Content-Type": kind})

    return respond


# -- what may come of them --
def assert_rows_can_be_stored(validated: Validated, recording: Recording) -> None:
    """Every value is one that its column takes, and what a record cannot do without is there."""
    for row in validated.rows:
        for name, column in recording.entity.schema.columns.items():
            meaning, value = meaning_of(column), row[name]
            assert value is not None or meaning.is_nullable or not meaning.is_vital, name
            _assert_storable(value)


def _assert_storable(value: Any) -> None:
    if isinstance(value, str):
        value.encode()
        assert "\x00" not in value
    elif isinstance(value, float):
        assert math.isfinite(value)
    elif isinstance(value, int):
        assert -(1 << 63) <= value < 1 << 63
    elif isinstance(value, datetime):
        assert value.utcoffset() is not None
        assert 1970 <= value.year <= 9999
    elif isinstance(value, dict | list):
        assert not re.search(rb"(?<!\\)(\\\\)*\\u0000", orjson.dumps(value))
