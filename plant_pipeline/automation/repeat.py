"""What failed is tried again: in the same run what may have passed, in a run that repeats another all that one lacks.

What belongs here: which streams, plants and days those are, and the order in which they are had again. What does not:
how anything is pulled, computed or sent (the rooms do that).
"""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import dagster as dg
from sqlalchemy import Connection

from plant_pipeline.config import SourceSettings
from plant_pipeline.energy.arrival import read_arrivals
from plant_pipeline.energy.assets import arrival_evaluation, compute_energy
from plant_pipeline.errors import SourceError, SourceUnavailable
from plant_pipeline.http import RetryPolicy
from plant_pipeline.kpi.assets import compute_kpi_days
from plant_pipeline.landing.drift import read_drift
from plant_pipeline.landing.stream import (
    RunIssue,
    StreamOutcome,
    read_issues,
    read_outcomes,
    replace_issues,
    write_issues,
    write_outcome,
)
from plant_pipeline.orchestration import ROW_COUNT, Pipeline, count_days
from plant_pipeline.raptor_maps.assets import deliver_days, delivery_check
from plant_pipeline.readings.assets import reading_check
from plant_pipeline.readings.pull import DATA, STAGE, PlantPlan, plan_plants, pull_readings
from plant_pipeline.registry.assets import place_equipment_now, reconcile_now
from plant_pipeline.sources.assets import outcome_text, stream_checks
from plant_pipeline.sources.run import Run
from plant_pipeline.sources.source import Entity, Source
from plant_pipeline.sources.stream import pull_entity
from plant_pipeline.warehouse import execute

_log = logging.getLogger(__name__)

Event = dg.AssetMaterialization | dg.AssetCheckEvaluation
_DELIVERY_STEP = "raptor_maps__delivery"
# A source that was given up as dead shows with one small call that it is back, before anything else is asked of it.
_SHORT = RetryPolicy(attempts=2, patient_attempts=2, patience_s=5.0, longest_try_s=15.0)


# -- the plan --
@dataclass(frozen=True)
class Lacking:
    """What a run lacks and may try now: streams as (source, entity), plants with unread sensors, days to deliver."""

    streams: frozenset[tuple[str, str]] = frozenset()
    plants: frozenset[str] = frozenset()
    days: tuple[date, ...] = ()

    def entities(self, source: Source) -> list[Entity]:
        """The entities of a source to pull, in the order of the source."""
        names = {entity for name, entity in self.streams if name == source.name}
        return [entity for entity in source.entities if names & {entity.name, entity.detail_entity}]

    def concerns(self, source: Source) -> bool:
        """Whether something of the source is lacking."""
        return any(name == source.name for name, _ in self.streams)


def lacking_of(outcomes: Sequence[StreamOutcome], issues: Sequence[RunIssue], days: Sequence[date] = ()) -> Lacking:
    """What is tried now: what this run has asked for once and may have passed, and all that it took over."""
    streams = {(o.source, o.entity) for o in outcomes if o.is_failure and o.tries <= (1 if o.is_transient else 0)}
    lacks_readings = any(entity == DATA for _, entity in streams)
    plants = {i.subject for i in issues if i.stage == STAGE and i.severity == "failure"} if lacks_readings else set()
    return Lacking(frozenset(streams), frozenset(plants), tuple(days))


def take_over(
    connection: Connection,
    run_id: str,
    repeated_id: str,
    started: Collection[str] | None,
    crashed: Mapping[str, str],
    now_utc: datetime,
) -> list[date]:
    """Give a run what the one it repeats lacked and its own steps did not have again; returns the days to deliver.

    Streams come with their outcome, as not asked for yet. `started`: the run's own steps, None while others will
    follow: then nothing is said of steps and deliveries. `crashed`: the other run's steps that failed, and why.
    """
    own = {(outcome.source, outcome.entity) for outcome in read_outcomes(connection, run_id)}
    outcomes = [o for o in read_outcomes(connection, repeated_id) if (o.source, o.entity) not in own]
    for outcome in outcomes:
        write_outcome(connection, run_id, replace(outcome, tries=0), now_utc)
    stages = {STAGE} if any(outcome.entity == DATA for outcome in outcomes) else set()
    failures = [issue for issue in read_issues(connection, repeated_id) if issue.severity == "failure"]
    write_issues(connection, run_id, [issue for issue in failures if issue.stage in stages])
    if started is None:
        return []
    steps = [issue for issue in failures if issue.stage == "run"]
    steps += [RunIssue("run", step, f"{step}: {why}") for step, why in crashed.items()]
    write_issues(connection, run_id, [issue for issue in steps if issue.subject not in started])
    if _DELIVERY_STEP in started:
        return []
    return sorted({date.fromisoformat(issue.subject) for issue in failures if issue.stage == "raptor_maps"})


# -- the work --
@dataclass
class Repeat:
    """Has again what a run lacks; `events` are what Dagster is to show of it."""

    pipeline: Pipeline
    sources: Sequence[Source]
    run_id: str
    dates: Sequence[date]
    delivers: bool
    events: list[Event] = field(default_factory=list)

    def work(self, lacking: Lacking) -> None:
        """Try everything once; what comes of it stands in the rows of the run."""
        alive = [source for source in self.sources if lacking.concerns(source) and self._answers(source)]
        sensors = self._planned_sensors()
        pulled = [self._pull(source, entity) for source in alive for entity in lacking.entities(source)]
        if any(pulled):
            with self.pipeline.warehouse.transaction() as connection:
                reconcile_now(connection, self.sources, self.pipeline, self.run_id)
                place_equipment_now(connection, self.sources, self.pipeline, self.run_id)
            _log.info("registry: reconciled anew")
        dead = {source.name for source in self.sources if lacking.concerns(source)} - {s.name for s in alive}
        read = [self._read(source, lacking, sensors) for source in self.sources if source.name not in dead]
        is_better = any(pulled) or any(read)
        if is_better and self.dates:
            self._compute()
        days = sorted({*lacking.days, *(self.dates if is_better else ())})
        if self.delivers and days:
            self._deliver(days)

    @property
    def _run(self) -> Run:
        return Run.of(self.pipeline, self.run_id)

    def _settings(self, source: Source) -> SourceSettings | None:
        return self.pipeline.settings_to_ask(source.name)

    def _outcomes(self, source: Source) -> dict[str, StreamOutcome]:
        with self.pipeline.warehouse.transaction() as connection:
            return {o.entity: o for o in read_outcomes(connection, self.run_id) if o.source == source.name}

    def _answers(self, source: Source) -> bool:
        """Whether the source is back; if not, its failures say that they were tried again."""
        settings = self._settings(source)
        if settings is None:
            return True

        async def probe() -> None:
            async with self._run.client(source, settings, retry=_SHORT, asks_again=True) as client:
                await client.get_json(*source.probe)

        try:
            asyncio.run(probe())
        except SourceUnavailable as error:
            _log.info("%s: tried again: still %s", source.name, error)
            with self.pipeline.warehouse.transaction() as connection:
                for outcome in self._outcomes(source).values():
                    if outcome.is_failure:
                        again = replace(outcome, tries=outcome.tries + 1)
                        write_outcome(connection, self.run_id, again, self.pipeline.clock())
            return False
        except SourceError as error:
            _log.info("%s: answers again, though not as it should: %s", source.name, error)
        return True

    def _pull(self, source: Source, entity: Entity) -> bool:
        before = self._outcomes(source)[entity.name]
        dates = self.dates if entity.is_daily else ()
        outcome = pull_entity(self._run, source, entity, self._settings(source), dates, before.tries + 1)
        _log.info("tried again: %s", outcome_text(outcome))
        key = dg.AssetKey(entity.table.split("."))
        self.events.append(dg.AssetMaterialization(key, metadata={"state": outcome.state, "tries": outcome.tries}))
        with self.pipeline.warehouse.transaction() as connection:
            drifts = read_drift(connection, source.name, entity.name, self.run_id)
        self.events += [_evaluation(key, check) for check in stream_checks(entity, outcome, drifts)]
        return not outcome.is_failure

    def _plans(self, source: Source) -> list[PlantPlan]:
        if source.fetch_readings is None or self._settings(source) is None or not self.dates:
            return []
        with self.pipeline.warehouse.transaction() as connection:
            return plan_plants(
                connection,
                source.name,
                self.dates,
                self.pipeline.clock(),
                self.pipeline.plant_code,
                asked_dates=self.pipeline.asked_dates(self.dates),
            )

    def _planned_sensors(self) -> set[int]:
        return {s.sensor_id for source in self.sources for plan in self._plans(source) for s in plan.series}

    def _read(self, source: Source, lacking: Lacking, known_sensors: Collection[int]) -> bool:
        """Readings of the plants that lacked some, and of those whose sensors were not known before."""
        settings, plans = self._settings(source), self._plans(source)
        plants = lacking.plants if (source.name, DATA) in lacking.streams else frozenset()
        again = [
            plan
            for plan in plans
            if plan.plant_code in plants or any(s.sensor_id not in known_sensors for s in plan.series)
        ]
        if settings is None or not (again or plants):
            return False
        before = self._outcomes(source).get(DATA)
        outcome, issues = pull_readings(
            self._run,
            source,
            settings,
            again,
            expected=sum(len(plan.series) for plan in plans),
            tries=(before.tries if before else 0) + 1,
        )
        _log.info("tried again: %s", outcome_text(outcome))
        with self.pipeline.warehouse.transaction() as connection:
            write_outcome(connection, self.run_id, outcome, self.pipeline.clock())
            replace_issues(connection, self.run_id, STAGE, [*plants, *(plan.plant_code for plan in again)], issues)
            counts = {day: execute(connection, "energy/readings_of_day", day=day).scalar_one() for day in self.dates}
        key = dg.AssetKey(["energy", "reading"])
        self._show(key, counts)
        self.events.append(_evaluation(key, reading_check([outcome], issues, has_sensors=True)))
        return len(issues) < len(again) or not again

    def _compute(self) -> None:
        compute_energy(self.pipeline, self.dates, self.run_id)
        compute_kpi_days(self.pipeline, self.dates, self.run_id)
        self._show(dg.AssetKey(["energy", "plant_daily"]), self._count("energy.plant_daily", "energy_date", self.dates))
        for table in ("kpi.plant_daily", "kpi.portfolio_daily"):
            self._show(dg.AssetKey(table.split(".")), self._count(table, "kpi_date", self.dates))
        with self.pipeline.warehouse.transaction() as connection:
            arrivals = read_arrivals(connection, self.dates)
        self.events += [arrival_evaluation(own, self.pipeline.settings.docs_url) for own in arrivals]

    def _deliver(self, days: Sequence[date]) -> None:
        done = deliver_days(self.pipeline, days, self.run_id)
        key = dg.AssetKey(["raptor_maps", "delivery"])
        self._show(key, self._count("raptor_maps.delivery", "observation_date", days))
        is_configured = self.pipeline.settings.raptor_maps is not None
        self.events.append(_evaluation(key, delivery_check(done, is_configured=is_configured)))

    def _count(self, table: str, date_column: str, days: Sequence[date]) -> dict[date, int]:
        with self.pipeline.warehouse.transaction() as connection:
            return dict.fromkeys(days, 0) | count_days(connection, table, date_column, days)

    def _show(self, key: dg.AssetKey, row_counts: Mapping[date, int]) -> None:
        with self.pipeline.warehouse.transaction() as connection:
            for day, rows in row_counts.items():
                shown = self.pipeline.show_day(connection, ".".join(key.path), day, self.run_id)
                metadata = {ROW_COUNT: rows, **shown}
                self.events.append(dg.AssetMaterialization(key, partition=str(day), metadata=metadata))


def _evaluation(key: dg.AssetKey, check: dg.AssetCheckResult) -> dg.AssetCheckEvaluation:
    return dg.AssetCheckEvaluation(
        asset_key=key,
        check_name=check.check_name or "",
        passed=check.passed,
        metadata={},
        severity=check.severity,
        description=check.description,
    )
