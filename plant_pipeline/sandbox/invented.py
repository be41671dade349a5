"""The continuation of the named plants to a fleet of any size.

What belongs here: names, places and presence of plant number i, a function of i alone, so that a larger fleet only adds
plants. What does not: the named plants (roster.py).
"""

import math
from typing import Final

from plant_pipeline.sandbox.noise import between, fraction
from plant_pipeline.sandbox.plants import Style, TruePlant
from plant_pipeline.sandbox.roster import in_flexmeasures, in_ravenwits, in_voke, plant

# Boxes on land within one time zone: zone, country, middle and half-width of latitude and longitude in degrees.
_REGIONS: Final = (
    ("Europe/Madrid", "ESP", 40.3, 1.6, -3.6, 2.2),
    ("Europe/Prague", "CZE", 49.6, 0.5, 15.6, 1.3),
    ("Asia/Kolkata", "IND", 22.0, 3.2, 77.0, 3.2),
    ("America/Chicago", "USA", 32.6, 1.9, -99.4, 2.0),
    ("Australia/Adelaide", "AUS", -31.5, 1.5, 137.0, 2.6),
    ("Africa/Johannesburg", "ZAF", -29.0, 1.5, 23.6, 2.2),
    ("Europe/Berlin", "DEU", 51.6, 1.1, 10.0, 1.9),
    ("America/Sao_Paulo", "BRA", -20.5, 1.9, -47.0, 2.2),
)
_STEMS: Final = (
    "Ald", "Brack", "Cor", "Drum", "Elm", "Fenn", "Gar", "Holm", "Ister", "Jarn", "Kel", "Lind", "Mar", "Nor",
    "Oster", "Pell", "Quar", "Rav", "Sten", "Tarn", "Ulv", "Vesper", "Wick", "Yar", "Zell", "Bram", "Clov",
    "Dorn", "Esk", "Fald", "Glim", "Hazel", "Ink", "Jov", "Kron", "Lark", "Murr", "Nev", "Orm", "Pind",
    "Roth",
)  # fmt: skip
_ENDINGS: Final = (
    "feld", "mora", "haven", "stow", "ridge", "vale", "burga", "nica", "acre", "tania", "wold", "brück",
    "ejo", "pur", "kamen", "tor", "dalen", "monte", "ová", "reach", "lanta", "gate", "sierra", "holt", "bank",
    "isla", "weiler", "ton", "court", "field", "ansa", "öy", "mead", "quila", "stead", "varga", "combe",
)  # fmt: skip
_SOLAR_STYLES: Final = (
    Style.NORTH,
    Style.IBERIA,
    Style.BLOCKS,
    Style.TEN_MINUTES,
    Style.CHECK_METER,
    Style.INVERTERS_ONLY,
)
_WIND_STYLES: Final = (Style.WIND_REGISTER, Style.WIND_HOURLY, Style.WIND_FINE)


def invented_plant(index: int) -> TruePlant:
    """Plant number `index` (from 0): a unique name, a place in one of eight zones, known to one to three systems."""
    zone, country, latitude, half_height, longitude, half_width = _REGIONS[index % len(_REGIONS)]
    spot = index // len(_REGIONS) + 1
    is_wind = index % 3 == 2
    ac_kw = 100.0 * round(math.exp(between(math.log(15), math.log(900), "invented", index, "capacity")))
    true = plant(
        f"invented-{index:05d}",
        invented_name(index),
        "wind" if is_wind else "solar",
        round(latitude + half_height * (2.0 * _radical_inverse(spot, 2) - 1.0), 5),
        round(longitude + half_width * (2.0 * _radical_inverse(spot, 3) - 1.0), 5),
        zone,
        country,
        ac_kw,
        None if is_wind else round(ac_kw * (1.1 + 0.2 * fraction("invented", index, "dc")), -1),
    )
    return _known_to_systems(true, index, is_wind)


def invented_name(index: int) -> str:
    """A place name; the first 1,517 are two syllables, later ones carry a number."""
    stems, endings = len(_STEMS), len(_ENDINGS)
    stem, turn = index % stems, (index // stems) % endings
    round_number = index // (stems * endings)
    name = _STEMS[stem] + _ENDINGS[(3 * stem + turn) % endings]
    return name if round_number == 0 else f"{name} {round_number + 1}"


def _known_to_systems(true: TruePlant, index: int, is_wind: bool) -> TruePlant:
    """Of six plants two are in all systems, three in each pair of two, one in a single system."""
    code = true.name.upper().replace(" ", "_")
    ravenwits_name = f"{code}_WF" if is_wind else f"{code}_{index % 7 + 1:02d}" if index % 2 else code
    external_id = f"{code}-{index:04d}" if index % 4 == 0 or is_wind else None
    voke_name = f"VTE {true.name}" if is_wind else f"FVE {true.name}"
    flexmeasures_name = f"{true.name} Wind Farm" if is_wind else f"{true.name} Solar Park"
    styles = _WIND_STYLES if is_wind else _SOLAR_STYLES
    style = styles[(index // 6) % len(styles)]
    case = (index + index // 6) % 6
    if case in (0, 1, 2, 3) or (case == 5 and index % 2 == 0):
        true = in_ravenwits(true, ravenwits_name, has_timezone=index % 5 != 0)
    if case in (0, 1, 3, 4):
        # A gateway at a wind farm says nothing of its capacity: the external id is what links it.
        true = in_voke(true, voke_name, external_id if case != 3 else ravenwits_name if is_wind else None)
    if case in (0, 1, 2, 4) or (case == 5 and index % 2 == 1):
        true = in_flexmeasures(true, flexmeasures_name, style, external_id=external_id)
    return true


def _radical_inverse(index: int, base: int) -> float:
    """The Halton sequence: spreads points evenly, and adding points moves none."""
    result, weight = 0.0, 1.0 / base
    while index:
        index, digit = divmod(index, base)
        result += digit * weight
        weight /= base
    return result
