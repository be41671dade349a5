"""Tables and lists of Markdown, as Dagster's pages show them, that no text of others can break.

What belongs here: escaping, and what is left out of a long list. What does not: what is shown.
"""

import re
from collections.abc import Iterable, Sequence

_MARKED = re.compile(r"([\\`*_{}\[\]()<>#+!|~&$-])")


def md_text(text: str) -> str:
    """Text of others as text of Markdown, on one line."""
    return _MARKED.sub(r"\\\1", " ".join(text.split()))


def md_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts of others."""
    lines = [heads, ["---"] * len(heads), *([md_text(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def md_list(texts: Iterable[str]) -> str:
    """Texts of others, a line each."""
    return "\n".join(f"- {md_text(text)}" for text in texts)


def md_more(shown: int, there_are: int) -> str:
    """A line that says how many are not shown; empty if all are."""
    return f"\n\nand {there_are - shown:,} more" if there_are > shown else ""
