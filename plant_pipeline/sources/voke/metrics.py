"""What the documents say of metrics by their names: the rules are in `metrics.toml`.

What belongs here: reading those rules. What does not: names that operators invent (`sensor_rules.toml`).
"""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

_OF_RULE = frozenset({"names", "devices"})


@lru_cache(maxsize=1)
def _rules() -> Mapping[str, Any]:
    return tomllib.loads(files("plant_pipeline.sources.voke").joinpath("metrics.toml").read_text(encoding="utf-8"))


def attributes_of(metric: str, device_type: str) -> dict[str, object]:
    """The documented properties of a metric, as attributes of a sensor; none where nothing is documented."""
    for rule in _rules()["metric"]:
        if metric in rule["names"] and device_type in rule.get("devices", (device_type,)):
            return {name: value for name, value in rule.items() if name not in _OF_RULE}
    return {}


def unit_of(metric: str) -> str:
    """The unit that the end of a name states; empty if it states none."""
    units: Mapping[str, str] = _rules()["unit"]
    found = [ending for ending in units if metric.endswith(ending)]
    return units[max(found, key=len)] if found else ""
