"""What has to be written to turn the registry as it is into the registry as planned; nothing that is the same.

What belongs here: comparing rows. What does not: what they shall be (plan), SQL (store).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from plant_pipeline.registry.decisions.rulings import Rulings
from plant_pipeline.registry.plants.basis import GoldenBasis
from plant_pipeline.registry.plants.golden import Offer
from plant_pipeline.registry.plants.history import TouchedTime, local_date
from plant_pipeline.registry.plants.offers import offer_rows
from plant_pipeline.registry.plants.planned import Delivery, Plan, PlannedPlant
from plant_pipeline.registry.plants.state import Difference, Registry, Touched
from plant_pipeline.registry.records import FieldKey, Plant, Proposal, written


@dataclass(frozen=True)
class RegistryChanges:
    """What a reconciliation did, in numbers, and what a person should know, in words.

    `linked` counts the records that came to a plant in this run, by method; `refused` are decisions
    that were not followed, `details` says plant by plant what changed.
    """

    plants_new: int = 0
    plants_changed: int = 0
    plants_retired: int = 0
    plants_returned: int = 0
    plants_merged: int = 0
    plants_active: int = 0
    linked: Mapping[str, int] = field(default_factory=dict)
    proposals_new: int = 0
    proposals_open: int = 0
    not_a_plant: int = 0
    findings: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One line for a log."""
        links = ", ".join(f"{count} by {method}" for method, count in self.linked.items()) or "none"
        return (
            f"{self.plants_active} active plants; {self.plants_new} new, {self.plants_changed} changed, "
            f"{self.plants_retired} retired, {self.plants_returned} returned, {self.plants_merged} merged; "
            f"records placed: {links}; {self.proposals_open} proposals open, {self.proposals_new} of them new; "
            f"{self.not_a_plant} records are no plants; {len(self.findings)} findings"
        )


def difference(
    registry: Registry, plan: Plan, delivery: Delivery, offers: Mapping[UUID, Mapping[FieldKey, Offer]]
) -> Difference:
    """Rows to write and rows to delete; history is not part of it.

    `offers` are those stored of plants whose offers are planned.
    """
    found = Difference(
        plants=[planned.plant for key, planned in plan.plants.items() if registry.plants.get(key) != planned.plant],
        aliases=[alias for key, alias in plan.aliases.items() if registry.aliases.get(key) != alias],
        deleted_aliases=sorted(registry.aliases.keys() - plan.aliases.keys()),
        records=[record for key, record in plan.records.items() if registry.records.get(key) != record],
        deleted_records=sorted(registry.records.keys() - plan.records.keys()),
        versions=[version for key, version in plan.versions.items() if registry.versions.get(key) != version],
        touched=[*_of_other_records(registry, plan), *_of_doubts(registry, plan)],
        not_plants={key: row for key, row in plan.not_plants.items() if registry.not_plants.get(key) != row},
        deleted_not_plants=sorted(registry.not_plants.keys() - plan.not_plants.keys()),
    )
    for plant_id, planned in plan.plants.items():
        _compare_offers(found, offers.get(plant_id, {}), planned, plan.now_utc)
        if planned.basis != registry.bases.get(plant_id):
            _note_basis(found, plant_id, planned.basis)
    _compare_proposals(found, registry, plan, delivery)
    return found


def _of_other_records(registry: Registry, plan: Plan) -> Iterator[Touched]:
    """Plants that gained or lost a record known before, or of which one counts otherwise: touched as a whole.

    By a record that is another plant since a date they are touched from then on.
    """
    reasons: dict[tuple[UUID, datetime | None], dict[str, None]] = defaultdict(dict)
    for key in registry.records:
        before, after = registry.aliases.get(key), plan.aliases.get(key)
        then, now = before.plant_id if before else None, after.plant_id if after else None
        if then != now:
            ways = [("left", then), ("joined", now)]
            told = [f"{verb} {plan.plants[of].plant.plant_code}" for verb, of in ways if of is not None]
            for plant_id in {of for _, of in ways if of is not None}:
                reasons[plant_id, plan.reborn.get(key)][f"{written(key)} {' and '.join(told)}"] = None
        elif before and after and before.is_duplicate != after.is_duplicate:
            repeats = "repeats another record" if after.is_duplicate else "counts again"
            reasons[after.plant_id, None][f"{written(key)} {repeats}"] = None
    for (plant_id, since), texts in reasons.items():
        yield Touched(plant_id, TouchedTime(since, None), ", ".join(texts))


def _of_doubts(registry: Registry, plan: Plan) -> Iterator[Touched]:
    """Plants with a record that begins to wait for an answer, or waits no longer: touched since the doubt began."""
    for key, record in plan.records.items():
        known, alias = registry.records.get(key), plan.aliases.get(key)
        before = known.waits_since if known else None
        since = record.waits_since or before
        if before != record.waits_since and alias is not None:
            why = "may be another plant" if record.waits_since else "is no longer in doubt"
            yield Touched(alias.plant_id, TouchedTime(since, None), f"{written(key)} {why}")


def _compare_offers(
    found: Difference, known: Mapping[FieldKey, Offer], planned: PlannedPlant, now_utc: datetime
) -> None:
    if planned.offers is None or known == planned.offers:
        return
    plant_id = planned.plant.plant_id
    changed = {key: offer for key, offer in planned.offers.items() if known.get(key) != offer}
    for key, row in offer_rows(changed, planned.standings, now_utc).items():
        found.offers[plant_id, key] = row
    found.deleted_offers += [(plant_id, key) for key in sorted(known.keys() - planned.offers.keys())]


def _note_basis(found: Difference, plant_id: UUID, basis: GoldenBasis | None) -> None:
    if basis is None:
        found.deleted_bases.append(plant_id)
    else:
        found.bases[plant_id] = basis


def _compare_proposals(found: Difference, registry: Registry, plan: Plan, delivery: Delivery) -> None:
    wanted = {proposal.key: proposal for proposal in plan.resolution.proposals}
    for key, proposal in wanted.items():
        known = registry.proposals.get(key)
        if known is None or known != replace(proposal, proposal_id=known.proposal_id):
            found.proposals.append(proposal)
    for key, known in registry.proposals.items():
        is_settled = known.status != "open" and _is_upheld(known, plan.rulings)
        if key not in wanted and not is_settled and not _is_undecidable(known, plan, delivery):
            found.deleted_proposals.append(known)


def _is_upheld(proposal: Proposal, rulings: Rulings) -> bool:
    """Whether what a person decided on it is in force."""
    record = proposal.source, proposal.source_plant_id
    if proposal.kind == "split":
        return record in rulings.settled
    other = str(proposal.evidence["other_source"]), str(proposal.evidence["other_source_plant_id"])
    return rulings.joined.are_joined(record, other) or rulings.are_apart([record], [other])


def _is_undecidable(proposal: Proposal, plan: Plan, delivery: Delivery) -> bool:
    """Whether nothing was heard of the proposed record, so that the doubt stands."""
    record = proposal.key[:2]
    is_unheard_of = record not in plan.in_play and record not in delivery.records
    is_open = plan.plants[proposal.plant_id].plant.status == "active"
    return is_unheard_of and is_open and record[0] not in delivery.complete_sources


def changes(
    registry: Registry,
    plan: Plan,
    written: Difference,
    refused: Sequence[str] = (),
    further_findings: Sequence[str] = (),
) -> RegistryChanges:
    """The difference in numbers; `refused` are decisions that were not followed, in words."""
    before, after = registry.plants, {key: planned.plant for key, planned in plan.plants.items()}
    placed = Counter(
        alias.method
        for key, alias in plan.aliases.items()
        if key not in registry.aliases or registry.aliases[key].plant_id != alias.plant_id
    )
    wanted = {proposal.key for proposal in plan.resolution.proposals}
    deleted = {proposal.key for proposal in written.deleted_proposals}
    waiting = {key for key, known in registry.proposals.items() if known.status == "open"} - deleted
    return RegistryChanges(
        plants_new=sum(plant.status == "active" for key, plant in after.items() if key not in before),
        plants_changed=sum(_is_changed(before.get(key), plant) for key, plant in after.items()),
        plants_retired=_count_turned(before, after, "retired", ("active", "merged")),
        plants_returned=_count_turned(before, after, "active", ("retired", "merged")),
        plants_merged=_count_turned(before, after, "merged", ("active", "retired")),
        plants_active=sum(plant.status == "active" for plant in after.values()),
        linked=dict(sorted(placed.items())),
        proposals_new=len(wanted - registry.proposals.keys()),
        proposals_open=len(wanted | waiting),
        not_a_plant=len(plan.not_plants),
        findings=tuple(dict.fromkeys((*refused, *plan.findings, *further_findings))),
        refused=tuple(refused),
        details=tuple(_details(registry, plan, written)),
    )


def _details(registry: Registry, plan: Plan, written: Difference) -> Iterator[str]:
    """What happens to each plant, in words, of plants that change in what people look at."""
    for plant in sorted(written.plants, key=lambda each: each.plant_code):
        before = registry.plants.get(plant.plant_id)
        said = list(_turned(before, plant, plan))
        if before is not None and plant.status != "merged":
            old, new = before.golden(), plant.golden()
            said += [f"{name} {old[name]} -> {new[name]}" for name in new if old[name] != new[name]]
        if said:
            yield f"{plant.plant_code} {plant.name}: {', '.join(said)}"
    for touched in written.touched:
        plant = plan.plants[touched.plant_id].plant
        yield f"{plant.plant_code}: {touched.why}; {_days_of(touched.stretch, plant.timezone)} are computed again"


def _turned(before: Plant | None, after: Plant, plan: Plan) -> Iterator[str]:
    if before is None:
        yield "new"
    elif (before.status, before.merged_into) == (after.status, after.merged_into):
        return
    if after.merged_into is not None:
        yield f"merged into {plan.plants[after.merged_into].plant.plant_code}"
    elif before is not None or after.status != "active":
        yield after.status


def _days_of(time: TouchedTime, zone: str | None) -> str:
    """The plant-local dates of a time, in words."""
    if time.from_utc is None:
        return "all its days"
    until = f" to {local_date(time.to_utc - timedelta(seconds=1), zone)}" if time.to_utc else " on"
    return f"its days from {local_date(time.from_utc, zone)}{until}"


def _count_turned(
    before: Mapping[UUID, Plant], after: Mapping[UUID, Plant], status: str, former: Collection[str]
) -> int:
    return sum(
        plant.status == status and key in before and before[key].status in former for key, plant in after.items()
    )


def _is_changed(before: Plant | None, after: Plant) -> bool:
    return before is not None and before.golden() != after.golden()
