"""Pictures as SVG text: elements, numbers and scales.

What belongs here: what every picture of the report needs. What does not: what is drawn. Colours are classes, so that
the page decides on them, also in the dark and on paper. Every text that comes in is escaped.
"""

import math
from collections.abc import Sequence

from markupsafe import Markup, escape

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def element(tag: str, *children: str, **attributes: object) -> Markup:
    """An element; `class_` is the attribute `class`, other underscores are dashes, None is left out."""
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(_text(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    inner = "".join(escape(child) for child in children)
    return Markup(f"<{tag}{written}>{inner}</{tag}>" if inner else f"<{tag}{written}/>")  # noqa: S704 -- escaped above


def picture(
    title: str, width: float, height: float, *children: str, desc: str | None = None, class_: str | None = None
) -> Markup:
    """An `<svg>` that a screen reader announces by `title` and describes by `desc`."""
    described = (element("desc", desc),) if desc else ()
    return element(
        "svg",
        element("title", title),
        *described,
        *children,
        viewBox=f"0 0 {_text(width)} {_text(height)}",
        role="img",
        class_=class_,
    )


def round_steps(highest: float, most: int = 4) -> list[float]:
    """Round values from 0 up to at least `highest` at even distances, some `most` of them.

    >>> round_steps(7.2)
    [0.0, 2.0, 4.0, 6.0, 8.0]
    """
    if highest <= 0 or not math.isfinite(highest):
        return [0.0, 1.0]
    least = highest / most
    magnitude = 10.0 ** math.floor(math.log10(least))
    step = next(factor * magnitude for factor in _STEPS if factor * magnitude >= least * (1 - 1e-9))
    return [step * index for index in range(math.ceil(highest / step - 1e-9) + 1)]


def polyline(points: Sequence[tuple[float, float] | None], *, is_closed: bool = False) -> str:
    """The `d` of a path through the points; None lifts the pen."""
    parts: list[str] = []
    is_down = False
    for point in points:
        if point is None:
            is_down = False
            continue
        parts.append(f"{'L' if is_down else 'M'}{_text(point[0])} {_text(point[1])}")
        is_down = True
    return "".join(parts) + ("Z" if is_closed and parts else "")


def _text(value: object) -> str:
    """A number as short as two decimals allow, anything else as it is."""
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".") if value else "0"
    return str(value)
