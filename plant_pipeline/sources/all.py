"""The list of sources: a built-in one is added here, any other is installed beside the package."""

from plant_pipeline.sources.flexmeasures.source import FLEXMEASURES
from plant_pipeline.sources.installed import installed_sources
from plant_pipeline.sources.ravenwits.source import RAVENWITS
from plant_pipeline.sources.source import Source
from plant_pipeline.sources.voke.source import VOKE

# Their order founds ids: a plant known to several is named for its record in the first of them.
SOURCES: tuple[Source, ...] = tuple(
    sorted((RAVENWITS, VOKE, FLEXMEASURES, *installed_sources()), key=lambda source: (source.rank, source.name))
)
