"""Which records share an id."""

import pytest

from plant_pipeline.registry.shared_ids import shared_ids
from plant_pipeline_tests.registry.given import record


@pytest.mark.parametrize(("voke", "flexmeasures", "pairs"), [(4, 5, 20), (3, 7, 0)])
def test_an_id_that_half_a_fleet_quotes_is_no_id(voke: int, flexmeasures: int, pairs: int) -> None:
    records = [
        record(f"{source}:{number}", "A", external_keys=("DEFAULT-SITE",))
        for source, count in (("voke", voke), ("flexmeasures", flexmeasures))
        for number in range(count)
    ]
    found = shared_ids(records)
    assert len(found) == pairs
    assert not any(shared.is_unique for shared in found)
