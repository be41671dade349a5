"""Plans of a few records, and how to look at them."""

from collections.abc import Sequence

from plant_pipeline.registry.decisions.rulings import rule
from plant_pipeline.registry.decisions.statements import Decision
from plant_pipeline.registry.plants.planned import Plan
from plant_pipeline.registry.plants.state import Registry
from plant_pipeline.registry.records import Proposal, written
from plant_pipeline.sources.shapes import PlantCandidate
from plant_pipeline_tests.registry.given import applied, planned, record


def synced(*runs: Sequence[PlantCandidate], decisions: Sequence[Decision] = ()) -> Registry:
    """The registry after complete deliveries on successive days from `NOW` on, under these decisions."""
    registry = Registry()
    for number, fleet in enumerate(runs):
        registry = applied(registry, planned(fleet, rule(decisions), registry, day=number))
    return registry


def record_groups(plan: Plan) -> list[list[str]]:
    """The records of each plant that has any, sorted."""
    of_plant: dict[object, list[str]] = {}
    for key in sorted(plan.aliases):
        of_plant.setdefault(plan.aliases[key].plant_id, []).append(written(key))
    return sorted(of_plant.values())


def methods(plan: Plan) -> dict[str, str]:
    return {written(key): alias.method for key, alias in plan.aliases.items()}


def proposal_of(plan: Plan) -> Proposal:
    (proposal,) = plan.resolution.proposals
    return proposal


def doubts_of(proposal: Proposal) -> list[str]:
    doubts = proposal.evidence["doubts"]
    assert isinstance(doubts, list)
    return doubts


def asked(plan: Plan) -> list[tuple[str, str]]:
    """The proposed records, each with a record of the plant it may belong to."""
    founders = {alias.plant_id: written(key) for key, alias in sorted(plan.aliases.items(), reverse=True)}
    return [(f"{each.source}:{each.source_plant_id}", founders[each.plant_id]) for each in plan.resolution.proposals]


ALPHA = record("ravenwits:1", "Alpha", 49.0, 16.0, own_keys=("MAIN",))
QUOTING = record("voke:1", "Omega", 49.0, 16.0, external_keys=("MAIN",))
BETA = record("voke:1", "Omega", 49.0, 16.0)
GAMMA = record("flexmeasures:1", "Gamma", 49.0, 16.0)
