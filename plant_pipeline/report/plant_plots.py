"""The pictures of a plant's page: the course of its day, and its days as bars.

What belongs here: drawing. What does not: reading. Nothing is drawn where nothing is known.
"""

from collections.abc import Sequence
from datetime import date

from markupsafe import Markup

from plant_pipeline.report.fleet_days import DayValues
from plant_pipeline.report.plant_report import QUARTER_H, DayCourse
from plant_pipeline.report.svg import element, picture, polyline, round_steps

_WIDTH, _HEIGHT = 860.0, 300.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 62.0, 52.0, 30.0, 24.0
_BARS_HEIGHT = 150.0
_EVERY_H, _EVERY_DAYS = 3, 5


def draw_course(course: DayCourse, report_date: date) -> Markup | None:
    """Power as an area, irradiance as a line, by hours from local midnight; None: neither is known."""
    power = [value for value in course.power_kw if value is not None]
    irradiance = [value for value in course.w_per_m2 if value is not None]
    if not power and not irradiance:
        return None
    quarters = len(course.power_kw)
    kw_steps = round_steps(max([0.0, *power]))
    w_steps = round_steps(max([0.0, *irradiance]))
    highest = f"up to {max(power):,.0f} kW" if power else "unknown"
    sun = f", irradiance up to {max(irradiance):,.0f} W/m²" if irradiance else ""
    return picture(
        f"Power of each quarter of an hour of {report_date}",
        _WIDTH,
        _HEIGHT,
        *_axis(kw_steps, "kW", is_right=False),
        *(_axis(w_steps, "W/m²", is_right=True) if irradiance else ()),
        *_hours(quarters),
        *_areas(course.power_kw, kw_steps[-1]),
        element("path", d=_line(course.w_per_m2, w_steps[-1]), class_="sun"),
        *_key(has_sun=bool(irradiance), is_plane_of_array=course.is_plane_of_array),
        desc=f"Power {highest}, known in {len(power)} of {quarters} quarters{sun}.",
        class_="course",
    )


def draw_days(title: str, unit: str, series: DayValues, dates: Sequence[date]) -> Markup | None:
    """Values as bars, a date each, an unknown one as a cross on the axis; None: none is known."""
    known = [value for value in series if value is not None]
    if not known:
        return None
    steps = round_steps(max(known), most=3)
    slot = (_WIDTH - _LEFT - _RIGHT) / len(series)
    bottom = _BARS_HEIGHT - _BOTTOM
    parts: list[Markup] = []
    for index, (day, value) in enumerate(zip(dates, series, strict=True)):
        x = _LEFT + slot * index
        if value is None:
            cross = f"M{x + slot / 2 - 3:g} {bottom - 7:g}l6 6m0 -6l-6 6"
            parts.append(element("path", element("title", f"{day}: unknown"), d=cross, class_="m-no_energy"))
        else:
            height = max(value, 0.0) / steps[-1] * (bottom - _TOP)
            said = element("title", f"{day}: {value:,.4g} {unit}".rstrip())
            parts.append(
                element(
                    "rect", said, x=x + slot * 0.15, y=bottom - height, width=slot * 0.7, height=height, class_="bar"
                )
            )
        if (len(series) - 1 - index) % _EVERY_DAYS == 0:
            parts.append(element("text", f"{day.day} {day:%b}", x=x + slot / 2, y=_BARS_HEIGHT - 6, class_="mid"))
    return picture(
        f"{title}, {dates[0]} to {dates[-1]}",
        _WIDTH,
        _BARS_HEIGHT,
        *_axis(steps, unit, is_right=False, bottom=bottom),
        *parts,
        desc=f"{len(known)} of {len(series)} days known, from {min(known):,.4g} to {max(known):,.4g} {unit}".rstrip(),
        class_="course",
    )


def _axis(steps: Sequence[float], unit: str, *, is_right: bool, bottom: float = _HEIGHT - _BOTTOM) -> list[Markup]:
    x = _WIDTH - _RIGHT + 6 if is_right else _LEFT - 6
    class_ = None if is_right else "end"
    parts = []
    for value in steps:
        y = bottom - (bottom - _TOP) * value / steps[-1]
        if not is_right:
            line = f"M{_LEFT:g} {y:g}H{_WIDTH - _RIGHT:g}"
            parts.append(element("path", d=line, class_="axis" if value == 0 else "grid"))
        parts.append(element("text", f"{value:,.10g}", x=x, y=y + 4, class_=class_))
    return [*parts, element("text", unit, x=x, y=_TOP - 14, class_=f"soft {class_}" if class_ else "soft")]


def _hours(quarters: int) -> list[Markup]:
    per_label = round(_EVERY_H / QUARTER_H)
    return [
        element("text", str(round(index * QUARTER_H)), x=_x(index, quarters), y=_HEIGHT - 6, class_="mid")
        for index in range(0, quarters + 1, per_label)
    ]


def _areas(power_kw: DayValues, highest: float) -> list[Markup]:
    """A stepped area for each run of known quarters."""
    areas: list[Markup] = []
    quarters = len(power_kw)
    floor = _HEIGHT - _BOTTOM
    begin = None
    for index in range(quarters + 1):
        value = power_kw[index] if index < quarters else None
        if value is not None and begin is None:
            begin = index
        elif value is None and begin is not None:
            tops = [(at, max(power_kw[at] or 0.0, 0.0)) for at in range(begin, index)]
            outline = [(_x(begin, quarters), floor)]
            for at, kw in tops:
                y = _y(kw, highest)
                outline += [(_x(at, quarters), y), (_x(at + 1, quarters), y)]
            outline.append((_x(index, quarters), floor))
            areas.append(element("path", d=polyline(outline, is_closed=True), class_="bar"))
            begin = None
    return areas


def _line(values: DayValues, highest: float) -> str:
    quarters = len(values)
    return polyline(
        [
            None if value is None else (_x(index + 0.5, quarters), _y(max(value, 0.0), highest))
            for index, value in enumerate(values)
        ]
    )


def _key(*, has_sun: bool, is_plane_of_array: bool) -> list[Markup]:
    parts = [
        element("rect", x=_LEFT + 40, y=_TOP - 24, width=11.0, height=11.0, class_="bar"),
        element("text", "power", x=_LEFT + 56, y=_TOP - 14),
    ]
    if has_sun:
        name = "irradiance, plane of array" if is_plane_of_array else "irradiance, horizontal"
        parts.append(element("path", d=f"M{_LEFT + 110:g} {_TOP - 18:g}h16", class_="sun"))
        parts.append(element("text", name, x=_LEFT + 132, y=_TOP - 14))
    return parts


def _x(quarter: float, quarters: int) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * quarter / quarters


def _y(value: float, highest: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * value / highest
