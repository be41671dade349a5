"""Every source, built-in or not, keeps the contract."""

from plant_pipeline.sources.flexmeasures.source import FLEXMEASURES
from plant_pipeline.sources.ravenwits.source import RAVENWITS
from plant_pipeline.sources.source import Source
from plant_pipeline.sources.voke.source import VOKE
from plant_pipeline_tests.source_contract.contract import SourceContract
from plant_pipeline_tests.source_contract.recording import Recording
from plant_pipeline_tests.sources.recordings import RECORDINGS
from plant_pipeline_tests.suncloud.recordings import RECORDINGS as OF_SUNCLOUD
from plant_pipeline_tests.suncloud.source import SOURCE as SUNCLOUD


def _of(source: Source) -> list[Recording]:
    return [own for own in RECORDINGS if own.source is source]


class TestRavenwits(SourceContract):
    source = RAVENWITS
    recordings = _of(RAVENWITS)


class TestVoke(SourceContract):
    source = VOKE
    recordings = _of(VOKE)
    of_one_record = ("certificate_stats",)


class TestFlexmeasures(SourceContract):
    source = FLEXMEASURES
    recordings = _of(FLEXMEASURES)


class TestSuncloud(SourceContract):
    source = SUNCLOUD
    recordings = OF_SUNCLOUD
