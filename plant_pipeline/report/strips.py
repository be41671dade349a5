"""Days as strips of cells, a row a plant: energy, performance ratio and data completeness.

What belongs here: which class a day falls into, drawing a strip. What does not: reading. There are thousands of strips
on a page of a large fleet: cells of one class are one path.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup, escape

from plant_pipeline.report.fleet_days import DayValues, RecentDays


@dataclass(frozen=True, slots=True)
class StripKind:
    """What a column of strips shows: `bounds` part the values into classes 0 to 4, in words `classes`."""

    title: str
    series: Callable[[RecentDays], DayValues]
    bounds: Sequence[float]
    classes: Sequence[str]


def of_best(series: DayValues) -> DayValues:
    """Each value as a share of the highest one; all 0 stay 0."""
    highest = max((value for value in series if value is not None), default=0.0)
    return [value and value / highest for value in series] if highest > 0 else series


STRIPS: Sequence[StripKind] = (
    StripKind(
        "Energy",
        lambda days: of_best(days.produced_kwh),
        (0.05, 0.25, 0.5, 0.75),
        ("under 5 % of its best day", "under 25 %", "under 50 %", "under 75 %", "75 % and more"),
    ),
    StripKind(
        "Performance ratio",
        lambda days: days.performance_ratio,
        (0.5, 0.65, 0.75, 0.85),
        ("under 50 %", "under 65 %", "under 75 %", "under 85 %", "85 % and more"),
    ),
    StripKind(
        "Data",
        lambda days: days.data_completeness,
        (0.25, 0.5, 0.9, 0.99),
        ("under 25 % complete", "under 50 %", "under 90 %", "under 99 %", "99 % and more"),
    ),
)


def draw_strip(kind: StripKind, days: RecentDays, dates: Sequence[date]) -> Markup | None:
    """The days of a plant as one `<svg>`: a cell a day, unknown ones a thin line; None: all are unknown."""
    series = kind.series(days)
    if all(value is None for value in series):
        return None
    cells: Mapping[str, list[int]] = defaultdict(list)
    for index, (value, is_computed) in enumerate(zip(series, days.is_computed, strict=True)):
        if value is not None:
            cells[str(bisect_right(kind.bounds, value))].append(index)
        elif is_computed:
            cells["x"].append(index)
    paths = "".join(f'<path class="c{name}" d="{_cells(cells[name])}"/>' for name in sorted(cells))
    title = escape(describe_strip(kind, series, dates))
    return Markup(  # noqa: S704 -- the title is escaped, the rest is numbers
        f'<svg class="strip" role="img" viewBox="0 0 {len(series)} 1" preserveAspectRatio="none">'
        f"<title>{title}</title>{paths}</svg>"
    )


def describe_strip(kind: StripKind, series: DayValues, dates: Sequence[date]) -> str:
    """The strip in words: `Energy: 28 of 30 days known, lowest 03-02, last under 50 %`."""
    known = [(value, day) for value, day in zip(series, dates, strict=True) if value is not None]
    _, lowest_day = min(known)
    last = series[-1]
    said = "unknown" if last is None else kind.classes[bisect_right(kind.bounds, last)]
    return f"{kind.title}: {len(known)} of {len(series)} days known, lowest {lowest_day:%m-%d}, last {said}"


def _cells(indexes: Sequence[int]) -> str:
    """Horizontal lines over the cells, neighbours in one: `M0 .5h3m2 0h1`."""
    runs: list[list[int]] = []
    for index in indexes:
        if runs and runs[-1][1] == index:
            runs[-1][1] = index + 1
        else:
            runs.append([index, index + 1])
    parts = []
    pen = None
    for begin, end in runs:
        parts.append(f"M{begin} .5h{end - begin}" if pen is None else f"m{begin - pen} 0h{end - begin}")
        pen = end
    return "".join(parts)
