"""One asset per entity of each source, all made by one factory.

What belongs here: Dagster wiring of streams. What does not: anything about a particular source.
"""

import logging
from collections.abc import Sequence
from typing import Any

import dagster as dg

from plant_pipeline.landing.drift import Drift, read_drift
from plant_pipeline.landing.stream import StreamOutcome
from plant_pipeline.markdown import md_more, md_table
from plant_pipeline.orchestration import (
    DAILY,
    MONTH_A_RUN,
    OWNERS,
    Pipeline,
    asset_body,
    check_accounts,
    check_result,
    content_version,
    count_days,
    dates_of,
    report_days,
    require_over,
    run_id_of,
    table_metadata,
)
from plant_pipeline.sources.run import Run
from plant_pipeline.sources.source import Entity, Source
from plant_pipeline.sources.stream import pull_entity

_MOST_DRIFTS = 30
_log = logging.getLogger(__name__)


def build_source_assets(source: Source) -> list[dg.AssetsDefinition]:
    """The assets of a source, in the order they depend on each other."""
    return [_entity_asset(source, entity) for entity in source.entities]


def _entity_asset(source: Source, entity: Entity) -> dg.AssetsDefinition:
    key = dg.AssetKey(entity.table.split("."))

    @dg.asset(
        key=key,
        description=entity.description,
        group_name=source.name,
        owners=OWNERS,
        kinds={"python", "postgres"},
        tags={"source": source.name},
        deps=[dg.AssetKey(source.entity(need).table.split(".")) for need in entity.needs],
        metadata={"dagster/column_schema": _documented_columns(entity)},
        partitions_def=DAILY if entity.is_daily else None,
        backfill_policy=MONTH_A_RUN if entity.is_daily else None,
        check_specs=[
            dg.AssetCheckSpec(
                "stream_complete", asset=key, description="The stream was had whole in this run, or is not configured."
            ),
            dg.AssetCheckSpec("no_record_rejected", asset=key, description="Every record could be used."),
            dg.AssetCheckSpec("fields_as_documented", asset=key, description="Every field came as documented."),
        ],
    )
    @asset_body
    def pull(context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]) -> dg.MaterializeResult[None]:
        check_accounts(pipeline)
        run = Run.of(pipeline, run_id_of(context))
        settings = pipeline.settings_to_ask(source.name)
        dates = dates_of(context) if entity.is_daily else []
        require_over(pipeline, dates)
        outcome = pull_entity(run, source, entity, settings, dates)
        _log.info("%s", outcome_text(outcome))
        with pipeline.warehouse.transaction() as connection:
            metadata = {**table_metadata(connection, entity.table, is_daily=entity.is_daily), **_figures(outcome)}
            if entity.date_column is not None:
                report_days(context, count_days(connection, entity.table, entity.date_column, dates))
            version = content_version(connection, entity.table) if entity.write is None else None
            drifts = read_drift(connection, source.name, entity.name, run.run_id)
        if drifts:
            metadata["fields otherwise than documented"] = dg.MetadataValue.md(_drift_table(drifts))
        return dg.MaterializeResult(
            metadata=metadata, data_version=version, check_results=stream_checks(entity, outcome, drifts)
        )

    return pull


def _figures(outcome: StreamOutcome) -> dict[str, Any]:
    """How the stream ended, and what Dagster plots of that over the runs; what does not apply is left out."""
    figures = {
        "state": outcome.state.replace("_", " "),
        "records": outcome.got,
        "records new": outcome.seen_new,
        "records changed": outcome.seen_changed,
        "records gone": outcome.seen_gone,
        "records rejected": outcome.quarantined,
        "calls made again": outcome.retried,
        "seconds": round(outcome.seconds, 3),
    }
    return {label: value for label, value in figures.items() if value is not None}


def _drift_table(drifts: Sequence[Drift]) -> str:
    rows = [
        (own.column_name, own.kind.replace("_", " "), own.documented or "–", own.seen or "–", f"{own.records:,}")
        for own in drifts[:_MOST_DRIFTS]
    ]
    heads = ("field", "differs in", "documented", "seen", "records")
    return md_table(heads, rows) + md_more(len(rows), len(drifts))


def outcome_text(outcome: StreamOutcome) -> str:
    """One line that tells a person how a stream ended."""
    head = f"{outcome.source} {outcome.entity}: {outcome.state.replace('_', ' ')}"
    if outcome.state == "not_configured":
        return head
    parts = [
        f"{outcome.got} seen" if outcome.got is not None else "",
        f"{outcome.seen_new} new" if outcome.seen_new else "",
        f"{outcome.seen_changed} changed" if outcome.seen_changed else "",
        f"{outcome.seen_gone} gone" if outcome.seen_gone else "",
        f"{outcome.quarantined} quarantined" if outcome.quarantined else "",
        f"{outcome.failed} failed" if outcome.failed else "",
        f"{outcome.retried} retried" if outcome.retried else "",
        f"try {outcome.tries}" if outcome.tries > 1 else "",
        outcome.message or "",
    ]
    return f"{head} ({'; '.join(part for part in parts if part)})"


def stream_checks(entity: Entity, outcome: StreamOutcome, drifts: Sequence[Drift]) -> list[dg.AssetCheckResult]:
    """The checks of a stream; records that did not come have not been judged, and a failed stream says so.

    `drifts`: what its records differed in from the document.
    """
    if outcome.state in ("failed", "not_permitted", "not_configured"):
        records = f"not judged, no record was looked at: {outcome_text(outcome)}"
    elif outcome.quarantined:
        records = (
            f"{outcome.quarantined} record(s) of {entity.table} are in quarantine; "
            "`plant-pipeline quarantine list` shows why"
        )
    else:
        records = f"none of {outcome.got} record(s) was rejected"
    return [
        check_result("stream_complete", not outcome.is_failure, outcome_text(outcome), dg.AssetCheckSeverity.ERROR),
        check_result("no_record_rejected", outcome.state != "failed" and outcome.quarantined == 0, records),
        check_result(
            "fields_as_documented",
            not any(drift.breaks_the_document for drift in drifts) and (outcome.state != "failed" or bool(drifts)),
            _drift_text(outcome, drifts),
        ),
    ]


def _drift_text(outcome: StreamOutcome, drifts: Sequence[Drift]) -> str:
    if drifts:
        return "; ".join(map(str, drifts))
    if outcome.state in ("failed", "not_permitted", "not_configured"):
        return f"not judged, no record was looked at: {outcome_text(outcome)}"
    return f"all fields of {outcome.got} record(s) came as documented"


def _documented_columns(entity: Entity) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name,
                str(column.dtype),
                description=column.description,
                constraints=dg.TableColumnConstraints(nullable=column.nullable),
            )
            for name, column in entity.schema.columns.items()
        ]
    )
