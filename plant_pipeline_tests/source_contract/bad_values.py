"""Values that no document foresees, as the texts of JSON that servers send, and documents that hold one of them."""

import hashlib
import json
from typing import Any


def _nested(depth: int) -> str:
    return '{"in":' * depth + "1" + "}" * depth


BAD_VALUES = [
    *("null", "true", "false", "0", "-1", "0.5", "1e29", "-1e29", "1e400", "-1e400", "NaN", "Infinity", "-Infinity"),
    *("9223372036854775808", "18446744073709551616", "1" + "0" * 400, "1773115200000", "2147483648"),
    *('""', '" "', '"NaN"', '"1e400"', '"1e29"', '"4,5"', '"-0"', '"null"', '"text"', '"[1,"', '"{\\"a\\": NaN}"'),
    *(
        "[]",
        "{}",
        "[null]",
        '{"": null}',
        "[[[]]]",
        _nested(100),
        _nested(300),
        f'"{_nested(300)[1:-1]}"'.replace('"in"', ""),
    ),
    *('"a/b"', '"../../x"', '"%2e%2e"', '"a\\u0000b"', '"\\ud800"', '"\\ud83d"', '{"a": "\\u0000"}'),
    *('"\U0001f31e Südwind \U0001f1ea\U0001f1f8"', '"\u202eمحطة\u202c"', '"\u05ea\u05d7\u05e0\u05d4"', '"\ufeff"'),
    *('"1969-12-31T23:59:59Z"', '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"', '"1899-12-30 00:00"'),
    *('"2026-03-10T04:00:60Z"', '"2026-03-10t04:00:00z"', '"2026-02-30T00:00:00Z"', '"20260310"', '"PT15M"', '"P1Y"'),
    # Long enough for no column of an index, and not to be made shorter by compression.
    '"' + "".join(hashlib.sha256(bytes([n % 256, n // 256])).hexdigest() for n in range(400)) + '"',
    '"' + "x" * 150_000 + '"',
]


def _replaced(value: Any, path: tuple[Any, ...], mark: str) -> Any:
    if not path:
        return mark
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[path[0]] = _replaced(value[path[0]], path[1:], mark)
    return copied


def with_value(document: Any, path: tuple[Any, ...], text: str) -> bytes:
    """A document as JSON, with the text of a value at a place; a lone half of a character stays as it is escaped."""
    marked = json.dumps(_replaced(document, path, "@@@"), ensure_ascii=False)
    return marked.replace('"@@@"', text).encode("utf-8", "surrogatepass")
