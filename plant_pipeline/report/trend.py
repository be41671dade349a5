"""Energy of the fleet by date and technology, as stacked bars.

What belongs here: drawing. What does not: choosing rows. The same points give the same bytes.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from markupsafe import Markup

from plant_pipeline.report.headline import TREND_DAYS, TrendPoint
from plant_pipeline.report.svg import element, picture, round_steps

TECHNOLOGIES = ("solar", "hybrid", "wind", "storage", "other")
_FEWEST_DAYS = 7
_WIDTH, _HEIGHT = 640.0, 260.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 54.0, 6.0, 30.0, 34.0


def draw_trend(points: Sequence[TrendPoint], report_date: date) -> Markup:
    """An `<svg>` element with stacked bars of MWh a date up to `report_date`; provisional energy is hatched on top.

    A date without any energy stays empty: nothing is drawn as zero that was not measured.
    """
    first_date = min((point.energy_date for point in points), default=report_date)
    days = min(max((report_date - first_date).days + 1, _FEWEST_DAYS), TREND_DAYS)
    dates = [report_date - timedelta(days=days - 1 - index) for index in range(days)]
    stacks = {day: _stack(points, day) for day in dates}
    steps = round_steps(max(sum(mwh for _, mwh in stack) for stack in stacks.values()))
    shown = [
        name for name in (*TECHNOLOGIES, "provisional") if any(name == own for s in stacks.values() for own, _ in s)
    ]
    known = [day for day in dates if stacks[day]]
    return picture(
        f"Energy of the fleet, MWh a day, {dates[0]} to {dates[-1]}",
        _WIDTH,
        _HEIGHT,
        _hatch(),
        *_grid(steps),
        *(bar for index, day in enumerate(dates) for bar in _bars(index, day, stacks[day], len(dates), steps[-1])),
        *(_label(index, day, len(dates)) for index, day in enumerate(dates)),
        *_legend(shown),
        desc=f"Stacked bars by technology; energy is known of {len(known)} of {len(dates)} dates.",
        class_="plot",
    )


def _stack(points: Sequence[TrendPoint], day: date) -> list[tuple[str, float]]:
    """The parts of a date's bar from below, MWh, without those that are nothing."""
    own = [point for point in points if point.energy_date == day]
    parts = [(name, sum(p.final_kwh for p in own if p.technology == name) / 1000) for name in TECHNOLOGIES]
    parts.append(("provisional", sum(point.provisional_kwh for point in own) / 1000))
    return [(name, mwh) for name, mwh in parts if mwh > 0]


def _hatch() -> Markup:
    line = element("path", d="M0 6L6 0", class_="hatch")
    pattern = element("pattern", line, id="provisional-hatch", width=6, height=6, patternUnits="userSpaceOnUse")
    return element("defs", pattern)


def _grid(steps: Sequence[float]) -> list[Markup]:
    parts = []
    for value in steps:
        y = _y(value, steps[-1])
        parts.append(
            element("path", d=f"M{_LEFT:g} {y:g}H{_WIDTH - _RIGHT:g}", class_="axis" if value == 0 else "grid")
        )
        parts.append(element("text", f"{value:,.10g}", x=_LEFT - 6, y=y + 4, class_="end"))
    return [*parts, element("text", "MWh a day", x=0.0, y=_TOP - 14, class_="soft")]


def _bars(index: int, day: date, stack: Sequence[tuple[str, float]], days: int, highest: float) -> list[Markup]:
    slot = (_WIDTH - _LEFT - _RIGHT) / days
    bars = []
    base = 0.0
    for name, mwh in stack:
        top, bottom = _y(base + mwh, highest), _y(base, highest)
        bars.append(
            element(
                "rect",
                element("title", f"{day} {name}: {mwh:,.1f} MWh"),
                x=_LEFT + slot * (index + 0.15),
                y=top,
                width=slot * 0.7,
                height=bottom - top,
                class_=f"t-{name}",
            )
        )
        base += mwh
    return bars


def _label(index: int, day: date, days: int) -> Markup:
    slot = (_WIDTH - _LEFT - _RIGHT) / days
    x = _LEFT + slot * (index + 0.5)
    month = [element("text", f"{day:%b}", x=x, y=_HEIGHT - 4, class_="mid soft")] if index == 0 or day.day == 1 else []
    return element("g", element("text", str(day.day), x=x, y=_HEIGHT - 18, class_="mid"), *month)


def _legend(shown: Sequence[str]) -> list[Markup]:
    parts = []
    x = _LEFT + 40
    for name in shown:
        parts.append(element("rect", x=x, y=_TOP - 24, width=11.0, height=11.0, class_=f"t-{name}"))
        parts.append(element("text", name, x=x + 16, y=_TOP - 14))
        x += 34 + 7.4 * len(name)
    return parts


def _y(value: float, highest: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * value / highest
