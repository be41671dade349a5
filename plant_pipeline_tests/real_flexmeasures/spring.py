"""Three solar plants in a real FlexMeasures server over a day of 23 hours, the day before it and the day after.

Each measures its energy in a way of its own, in units, resolutions and signs of its own, and gives constant power for
fourteen hours of each day. On the day after, the power of one lacks two hours: one was sent as nulls, one never.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from plant_pipeline_tests.real_flexmeasures.plant import RealPlant

BEFORE, SPRING, AFTER = date(2025, 3, 29), date(2025, 3, 30), date(2025, 3, 31)  # clocks go forward on the second
_START, _HOURS = datetime(2025, 3, 28, 19, tzinfo=UTC), 79  # four hours before the first day, and after the last
_SUN = range(5, 19)  # hours UTC; daylight lasts from 05:20 to 18:10
SUN_HOURS = len(_SUN)

BY_REGISTER, BY_POWER, BY_INTERVALS = "Zonnepark Vleuten", "Zonnepark Houten", "Zonnepark Zeist"
POWER_KW = {BY_REGISTER: 400.0, BY_POWER: 300.0, BY_INTERVALS: 100.0}
HOURS_LOST = 2  # of BY_POWER on AFTER, at 11 and 13 UTC
_NEVER_SENT = datetime(2025, 3, 31, 11, tzinfo=UTC)
_SENT_AS_NULLS = datetime(2025, 3, 31, 13, tzinfo=UTC)
_HOUR = timedelta(hours=1)


def fill_spring(account: RealPlant) -> None:
    """Create the plants and post all their data."""
    for place, name in enumerate(POWER_KW):
        site = account.asset(name, "solar", latitude=52.1, longitude=5.0 + place / 5, capacity_in_mw=0.5)
        _METERS[name](account, account.asset("MTR-1", "meter", parent=site), POWER_KW[name])


def _by_register(account: RealPlant, meter: int, power_kw: float) -> None:
    """An instantaneous register in MWh, read every ten minutes."""
    register = account.sensor(meter, "production_energy", "MWh", "PT0M", {"cumulative": True})
    step = timedelta(minutes=10)
    values = [5000 + power_kw * _hours_worked(moment) / 1000 for moment in _moments(step)]
    account.post(register, "MWh", values, _START, step)


def _by_power(account: RealPlant, meter: int, power_kw: float) -> None:
    """Means of a quarter of an hour in MW, consumption positive."""
    power = account.sensor(meter, "active power", "MW", "PT15M", {"consumption_is_positive": True})
    step = timedelta(minutes=15)

    def value(moment: datetime) -> float | None:
        is_null = _SENT_AS_NULLS <= moment < _SENT_AS_NULLS + _HOUR
        return None if is_null else (-power_kw / 1000 if moment.hour in _SUN else 0.0)

    moments = _moments(step)
    for part in (
        [moment for moment in moments if moment < _NEVER_SENT],
        [moment for moment in moments if moment >= _NEVER_SENT + _HOUR],
    ):
        account.post(power, "MW", [value(moment) for moment in part], part[0], step)


def _by_intervals(account: RealPlant, meter: int, power_kw: float) -> None:
    """Energy of half an hour in Wh."""
    energy = account.sensor(meter, "production_energy", "Wh", "PT30M")
    step = timedelta(minutes=30)
    values = [power_kw * 500 if moment.hour in _SUN else 0.0 for moment in _moments(step)]
    account.post(energy, "Wh", values, _START, step)


_METERS: dict[str, Callable[[RealPlant, int, float], None]] = {
    BY_REGISTER: _by_register,
    BY_POWER: _by_power,
    BY_INTERVALS: _by_intervals,
}


def _moments(step: timedelta) -> list[datetime]:
    return [_START + i * step for i in range(int(timedelta(hours=_HOURS) / step))]


def _hours_worked(moment: datetime) -> float:
    """Hours of sun since the start."""
    today = min(max(moment.hour + moment.minute / 60 - _SUN.start, 0.0), float(SUN_HOURS))
    return SUN_HOURS * (moment.date() - _START.date()).days + today - SUN_HOURS
