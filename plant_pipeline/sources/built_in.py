"""What the built-in sources are configured by; light, so that reading the configuration loads nothing else of them."""

from typing import Final

from plant_pipeline.config import SourceVariables
from plant_pipeline.sources.flexmeasures.variables import VARIABLES as FLEXMEASURES
from plant_pipeline.sources.ravenwits.variables import VARIABLES as RAVENWITS
from plant_pipeline.sources.voke.variables import VARIABLES as VOKE

BUILT_IN_VARIABLES: Final[tuple[SourceVariables, ...]] = (RAVENWITS, VOKE, FLEXMEASURES)
