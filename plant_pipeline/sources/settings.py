"""The settings with the variables of every known source: the built-in ones and those that are installed.

What belongs here: bringing what sources declare and the configuration together, without loading what a source needs to
work. What does not: what a variable means (`config`, `sources/<name>/variables`).
"""

from collections.abc import Mapping
from pathlib import Path

from plant_pipeline.config import PIPELINE_VARIABLES, Settings, SourceVariables, read_settings
from plant_pipeline.sources.built_in import BUILT_IN_VARIABLES
from plant_pipeline.sources.installed import installed_sources


def declared_variables() -> tuple[SourceVariables, ...]:
    """What each known source is configured by."""
    return (*BUILT_IN_VARIABLES, *(source.variables for source in installed_sources()))


def variable_names() -> tuple[str, ...]:
    """Every variable of the configuration."""
    return (*(name for declared in declared_variables() for name in declared.names), *PIPELINE_VARIABLES)


def load_settings(environment: Mapping[str, str] | None = None, directory: Path | None = None) -> Settings:
    """`read_settings` over the variables of every known source; called by whatever starts work."""
    return read_settings(declared_variables(), environment, directory)
