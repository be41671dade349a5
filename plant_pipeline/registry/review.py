"""The review queue: doubtful matches and changed identities for a person, and what they decide.

What belongs here: listing, accepting and rejecting proposals, and noting any other decision. What does not: printing
(cli), what a decision leads to (reconcile).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Connection, RowMapping

from plant_pipeline.errors import UsageError
from plant_pipeline.registry.decisions.rulings import rule
from plant_pipeline.registry.decisions.statements import Decision, check_decision
from plant_pipeline.registry.meter_changes import check_meter_change
from plant_pipeline.registry.places import distance_km
from plant_pipeline.registry.reconcile import RegistryChanges, reconcile
from plant_pipeline.registry.records import ProposalKind, RecordKey, written
from plant_pipeline.registry.sensor_statements import check_sensor_statement
from plant_pipeline.registry.store import add_decisions, read_decisions
from plant_pipeline.registry.whole_plants import splitting
from plant_pipeline.sources.shapes import PlantCandidate
from plant_pipeline.warehouse import execute, lock_registry

_ROWS: Final = (
    ("name", "name"),
    ("technology", "technology"),
    ("phases", "phase"),
    ("latitude", "latitude"),
    ("longitude", "longitude"),
    ("capacity_ac_kw", "AC capacity, kW"),
    ("capacity_dc_kw", "DC capacity, kW"),
    ("storage_kwh", "storage, kWh"),
)

_FULL_LOAD_H: Final = {"solar": 1000.0, "wind": 2500.0}
"""A year's energy per capacity, roughly: only the order of questions hangs on it (our choice)."""
_OTHER_FULL_LOAD_H: Final = 1500.0
_UNKNOWN_MWH: Final = 1000.0  # a plant of unknown size may be any


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal as a person reads it: the record beside the plant it may belong to, or (`split`) beside what it was.

    `record` and `other` are written `SOURCE:ID`, `own_plant_code` is the plant the record has meanwhile, if any. `rows`
    are (what, value of the record, value of the other record); `reasons` speak for the match or the split, `doubts`
    against it. `other` of a split says until when it was so. `distance_km` is that of the two places, `at_stake_mwh`
    roughly what the larger of the two produces in a year.
    """

    proposal_id: int
    kind: ProposalKind
    score: float
    record: str
    other: str
    plant_id: UUID
    plant_code: str
    plant_name: str
    own_plant_code: str | None
    rows: tuple[tuple[str, str, str], ...]
    reasons: tuple[str, ...]
    doubts: tuple[str, ...]
    distance_km: float | None
    at_stake_mwh: float


def open_proposals(connection: Connection) -> list[ProposalView]:
    """The proposals that wait, first where a wrong answer would cost most: by probability and energy at stake."""
    views = [_view(row) for row in execute(connection, "registry/open_proposals").mappings()]
    return sorted(views, key=lambda view: -view.score * view.at_stake_mwh)


def _view(row: RowMapping) -> ProposalView:
    evidence = row["evidence"]
    record, other = evidence["record"], evidence["other"]
    return ProposalView(
        proposal_id=row["proposal_id"],
        kind=row["kind"],
        score=row["score"],
        record=written((row["source"], row["source_plant_id"])),
        other=f"until {evidence['since']}"
        if row["kind"] == "split"
        else written((evidence["other_source"], evidence["other_source_plant_id"])),
        plant_id=row["plant_id"],
        plant_code=row["plant_code"],
        plant_name=row["plant_name"],
        own_plant_code=row["own_plant_code"],
        rows=tuple((label, _text(record.get(name)), _text(other.get(name))) for name, label in _ROWS),
        reasons=tuple(evidence["reasons"]),
        doubts=tuple(evidence["doubts"]),
        distance_km=_distance_km(record, other),
        at_stake_mwh=max(_yearly_mwh(record), _yearly_mwh(other)) or _UNKNOWN_MWH,
    )


def _distance_km(one: Mapping[str, Any], other: Mapping[str, Any]) -> float | None:
    places = [(each["latitude"], each["longitude"]) for each in (one, other)]
    return distance_km(*places) if None not in (*places[0], *places[1]) else None


def _yearly_mwh(record: Mapping[str, Any]) -> float:
    capacity_kw = record["capacity_ac_kw"] or record["capacity_dc_kw"] or 0.0
    return float(capacity_kw) * _FULL_LOAD_H.get(record["technology"], _OTHER_FULL_LOAD_H) / 1000


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:,.6g}" if abs(value) < 1_000 else f"{value:,.0f}"
    return "" if value is None else str(value)


def _answer(
    action: Literal["link", "reject"],
    connection: Connection,
    proposal_id: int,
    who: str,
    now_utc: datetime,
    why: str | None = None,
    candidates: Sequence[PlantCandidate] = (),
) -> RegistryChanges:
    """Decide on a proposal. Raises `UsageError` if there is no such proposal, or it is decided already."""
    proposal = _open_proposal(connection, proposal_id)
    decisions = _decisions(connection, action, proposal, who, why or f"proposal {proposal_id}")
    status = "accepted" if action == "link" else "rejected"
    execute(connection, "registry/decide_proposal", proposal_id=proposal_id, status=status, who=who, now_utc=now_utc)
    return decide_together(connection, decisions, now_utc, candidates)


def _decisions(
    connection: Connection, action: Literal["link", "reject"], proposal: RowMapping, who: str, why: str
) -> list[Decision]:
    """What an answer decides: of a split, that the record is a plant of its own, or that it stays the one it was."""
    record = proposal["source"], proposal["source_plant_id"]
    if proposal["kind"] != "split":
        others = {name: proposal["evidence"][name] for name in ("other_source", "other_source_plant_id")}
        return [Decision(action, *record, who, **others, why=why)]
    if action == "reject":
        return [Decision(action, *record, who, why=why)]
    return splitting(connection, proposal["plant_code"], [record], who, why, proposal["doubted_from"])


accept = partial(_answer, "link")
"""Decide that the proposal is right: the record and its plant join the proposed plant at once.

A record that is no plant yet joins when it is among `candidates`: with the next delivery of its source at the latest.
Of a split: the record leaves its plant and is one of its own; where it is the only one of its plant, it is another one
from the day on which that was noticed, and the plant that it was has ended.
"""

reject = partial(_answer, "reject")
"""Decide that the proposal is wrong: it is never made again, and nothing else links the two records.

Of a split: the record is the plant that it was, which takes what it says now.
"""


def decide(
    connection: Connection, decision: Decision, now_utc: datetime, candidates: Sequence[PlantCandidate] = ()
) -> RegistryChanges:
    """Note one decision and follow it at once (`decide_together`)."""
    return decide_together(connection, [decision], now_utc, candidates)


def decide_together(
    connection: Connection,
    decisions: Sequence[Decision],
    now_utc: datetime,
    candidates: Sequence[PlantCandidate] = (),
) -> RegistryChanges:
    """Note decisions, which are undone together, and follow them with `candidates` and all other records as known.

    Every decision of a person but those of the crosswalk file comes through here. Raises `UsageError` if one is
    malformed, about a record or a sensor nobody has heard of, or cannot hold beside another that is in force.
    """
    lock_registry(connection)
    for decision in decisions:
        _check(connection, decision, now_utc)
    before = [own.decision for own in read_decisions(connection) if own.is_in_force]
    ids = add_decisions(connection, decisions, now_utc, are_one=True)
    after = [own.decision for own in read_decisions(connection) if own.is_in_force]
    _refuse_contradictions(before, after, set(ids))
    changes = reconcile(connection, candidates, complete_sources=(), now_utc=now_utc)
    refused = [text for text in changes.refused if any(text.startswith(f"decision {each} ") for each in ids)]
    if refused:
        raise UsageError("; ".join(refused))
    return changes


def _check(connection: Connection, decision: Decision, now_utc: datetime) -> None:
    problems = check_decision(decision) + [
        f"{written(record)} is not known; `plant-pipeline registry list` shows the plants, `registry show PLANT` the "
        "records of one"
        for record in (decision.record, decision.other)
        if record and decision.sensor is None and not _is_known(connection, record)
    ]
    if problems:
        raise UsageError(f"this decision cannot be followed: {', '.join(problems)}")
    if decision.sensor is not None and decision.valid_at is not None:
        check_meter_change(connection, decision.sensor, decision.valid_at, now_utc)
    elif decision.sensor is not None:
        check_sensor_statement(connection, decision)


def _refuse_contradictions(before: Sequence[Decision], after: Sequence[Decision], new: Collection[int | None]) -> None:
    """Let a new decision replace an older one of the same records, and nothing else that is in force."""
    already = {each.decision_id for each in rule(before).overruled}
    fresh = [each for each in after if each.decision_id in new]
    for old in rule(after).overruled:
        is_replaced = any(each.record in (old.record, old.other) and _same_records(old, each) for each in fresh)
        if old.decision_id in already or is_replaced:
            continue
        raise UsageError(
            f"this decision ({', '.join(map(str, fresh))}) contradicts decision {old.decision_id} ({old}): "
            f"take that back first, `plant-pipeline registry undo {old.decision_id}`, or leave it"
        )


def _same_records(old: Decision, new: Decision) -> bool:
    """Whether the new decision is about the records of the old one, or about one of them alone."""
    return {old.record, old.other} == {new.record, new.other} or new.other is None or old.other is None


def undo(
    connection: Connection,
    decision_id: int,
    who: str,
    now_utc: datetime,
    why: str | None = None,
    candidates: Sequence[PlantCandidate] = (),
) -> RegistryChanges:
    """Take a decision back, with those that were made by the same command, as if it had never been made.

    Who did so is noted.

    Raises `UsageError` if there is none in force by that id, or nobody is named.
    """
    if not who.strip():
        raise UsageError("who is needed: name the person who takes the decision back")
    lock_registry(connection)
    undone = execute(connection, "registry/undo_decision", decision_id=decision_id, who=who, why=why, now_utc=now_utc)
    if undone.rowcount == 0:
        raise UsageError(
            f"no decision {decision_id} is in force; `plant-pipeline registry show PLANT` lists those of a plant"
        )
    return reconcile(connection, candidates, complete_sources=(), now_utc=now_utc)


def _is_known(connection: Connection, record: RecordKey) -> bool:
    return execute(connection, "registry/known_record", source=record[0], source_plant_id=record[1]).first() is not None


def _open_proposal(connection: Connection, proposal_id: int) -> RowMapping:
    lock_registry(connection)
    proposal = execute(connection, "registry/proposal", proposal_id=proposal_id).mappings().one_or_none()
    if proposal is None:
        raise UsageError(f"there is no proposal {proposal_id}; `plant-pipeline registry review` lists those that wait")
    if proposal["status"] != "open":
        raise UsageError(
            f"proposal {proposal_id} was {proposal['status']} by {proposal['decided_by']} on "
            f"{proposal['decided_at']:%Y-%m-%d}; use `registry link` or `registry unlink` to decide otherwise"
        )
    return proposal
