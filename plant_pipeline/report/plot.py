"""The report's picture: energy of the fleet by date and technology, as SVG text.

What belongs here: drawing. What does not: choosing rows. The same points give the same bytes.
"""

import io
from collections.abc import Sequence
from datetime import date, timedelta

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from plant_pipeline.report.headline import TREND_DAYS, TrendPoint

TECHNOLOGY_COLOURS = {
    "solar": "#e3a008",
    "hybrid": "#8f5f9e",
    "wind": "#2f7fb5",
    "storage": "#4f9a68",
    "other": "#8a8f98",
}
_FEWEST_DAYS = 7
_NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))


def draw_trend(points: Sequence[TrendPoint], report_date: date) -> str:
    """An `<svg>` element with stacked bars of MWh a date up to `report_date`; provisional energy is hatched on top.

    A date without any energy stays empty: nothing is drawn as zero that was not measured.
    """
    first_date = min((point.energy_date for point in points), default=report_date)
    days = min(max((report_date - first_date).days + 1, _FEWEST_DAYS), TREND_DAYS)
    dates = [report_date - timedelta(days=days - 1 - index) for index in range(days)]
    # Fixed ids instead of random ones; text as text, in the reader's own font.
    with mpl.rc_context(
        {
            "svg.hashsalt": "plant_pipeline",
            "svg.fonttype": "none",
            "font.family": "sans-serif",
            "font.size": 10.0,
            "hatch.linewidth": 0.6,
        }
    ):
        figure = Figure(figsize=(5.6, 2.8), layout="constrained")
        FigureCanvasSVG(figure)
        _draw(figure, points, dates)
        target = io.StringIO()
        figure.savefig(target, format="svg", transparent=True, metadata=_NO_METADATA)
    svg = target.getvalue()
    return svg[svg.index("<svg") :]


def _draw(figure: Figure, points: Sequence[TrendPoint], dates: Sequence[date]) -> None:
    axes = figure.subplots()
    technologies = [name for name in TECHNOLOGY_COLOURS if any(point.technology == name for point in points)]
    base = [0.0] * len(dates)
    for name in technologies:
        heights = [_sum(points, day, name) for day in dates]
        axes.bar(range(len(dates)), heights, bottom=base, width=0.7, color=TECHNOLOGY_COLOURS[name], label=name)
        base = [low + height for low, height in zip(base, heights, strict=True)]
    provisional = [sum(p.provisional_kwh for p in points if p.energy_date == day) / 1000 for day in dates]
    if any(provisional):
        axes.bar(
            range(len(dates)),
            provisional,
            bottom=base,
            width=0.7,
            color="#ffffff",
            edgecolor="#8a8f98",
            hatch="////",
            linewidth=0.6,
            label="provisional",
        )
    axes.set_xticks(range(len(dates)), [_date_label(day, is_first=day == dates[0]) for day in dates])
    axes.set_xlim(-0.6, len(dates) - 0.4)
    axes.set_ylabel("MWh a day")
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axes.grid(axis="y", color="#e3e6ea", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="both", length=0)
    if technologies:
        figure.legend(loc="outside upper left", ncols=len(technologies) + 1, frameon=False, handlelength=1.0)


def _date_label(day: date, *, is_first: bool) -> str:
    return f"{day.day}\n{day:%b}" if is_first or day.day == 1 else f"{day.day}"


def _sum(points: Sequence[TrendPoint], day: date, technology: str) -> float:
    return sum(p.final_kwh for p in points if p.energy_date == day and p.technology == technology) / 1000
