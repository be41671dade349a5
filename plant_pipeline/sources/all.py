"""The list of sources; a new one is added here."""

from plant_pipeline.sources.flexmeasures.source import FLEXMEASURES
from plant_pipeline.sources.ravenwits.source import RAVENWITS
from plant_pipeline.sources.source import Source
from plant_pipeline.sources.voke.source import VOKE

# Their order founds ids: a plant known to several is named for its record in the first of them.
SOURCES: tuple[Source, ...] = (RAVENWITS, VOKE, FLEXMEASURES)
