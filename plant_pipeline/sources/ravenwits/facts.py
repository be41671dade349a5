"""What Ravenwits' typed table says of plants.

What belongs here: the meaning of its fields. What does not: matching with other systems. It knows no equipment and no
sensors, and every record of it is a plant.
"""

from collections.abc import Mapping
from typing import Any

import pycountry

from plant_pipeline.config import SourceSettings
from plant_pipeline.days import is_zone
from plant_pipeline.sources.shapes import PlantCandidate, Technology
from plant_pipeline.sources.source import Facts, ReadTable

SOURCE = "ravenwits"
_TECHNOLOGIES: Mapping[str, Technology] = {"eolica": "wind", "solar": "solar"}


def facts(
    read: ReadTable,
    quarantined: Mapping[str, set[str]],  # noqa: ARG001 -- the seam's signature: a bad record keeps its last good row
    settings: SourceSettings | None,  # noqa: ARG001 -- the seam's signature: the token alone decides whose plants come
) -> Facts:
    """A candidate for each plant ever listed, the gone ones among them."""
    return Facts([_candidate(row) for row in read("ravenwits.plant")])


def _candidate(row: Mapping[str, Any]) -> PlantCandidate:
    technology = _TECHNOLOGIES[row["technology_type"]]
    nominal_mw, installed_mw = row["nominal_capacity_mw"], row["installed_capacity_mw"]
    has_place = (row["lat"], row["lon"]) != (0.0, 0.0)
    return PlantCandidate(
        source=SOURCE,
        source_plant_id=row["id"],
        name=row["customer_display_name"] or row["name"],
        is_plant=True,
        is_present=row["is_present"],
        observed_at=row["fetched_at"],
        technology=technology,
        latitude=row["lat"] if has_place else None,
        longitude=row["lon"] if has_place else None,
        timezone=row["timezone"] if is_zone(row["timezone"]) else None,
        country=_country(row["area"]),
        capacity_ac_kw=_kw(nominal_mw),
        # Nominal is the power that can be fed in; a solar plant's modules may add up to more.
        capacity_dc_kw=_kw(installed_mw) if technology == "solar" and installed_mw > nominal_mw else None,
        own_keys=(row["id"], row["name"]),
    )


def _kw(megawatts: float) -> float | None:
    """kW; None for zero. Rounded to the milliwatt, so that 1.005 MW is 1005 kW."""
    return round(megawatts * 1000, 6) if megawatts > 0 else None


def _country(area: str | None) -> str | None:
    """The area, if it is an ISO 3166-1 alpha-3 code; regions of the provider's own maps are no countries."""
    country = pycountry.countries.get(alpha_3=area) if area else None
    return str(country.alpha_3) if country is not None else None
