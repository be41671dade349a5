"""Days that no run has computed, caught up by `sync` without dates as the schedule does it beside a night.

What belongs here: running them one after the other, and what could not be done. What does not: which days they are
(`automation.missed_days`).
"""

import logging
import uuid
from collections.abc import Sequence
from datetime import date

import dagster as dg

from plant_pipeline.automation.divided_nights import listing_keys, night_in_parts
from plant_pipeline.automation.missed_days import MISSED_TAG, MissedSpan, missed_spans
from plant_pipeline.automation.outcome import failures_of
from plant_pipeline.automation.schedules import is_caught_up
from plant_pipeline.cli.instance import run_in_parts, run_job
from plant_pipeline.days import dates_between
from plant_pipeline.orchestration import Pipeline

_log = logging.getLogger(__name__)


def catch_up(instance: dg.DagsterInstance, pipeline: Pipeline, own_dates: Sequence[date]) -> dict[str, str]:
    """Run what a night with these dates catches up, newest first; returns by span what could not be done.

    A span that a run ended well over is left out, and a kill loses nothing: the next sync goes on with what still
    lacks.
    """
    with pipeline.warehouse.transaction() as connection:
        spans = missed_spans(connection, own_dates, pipeline.settings)
    failed: dict[str, str] = {}
    for span in spans:
        if not is_caught_up(instance, span, pipeline.clock()):
            _log.info("%s: never computed, caught up now", _title(span))
            failed |= _run(instance, pipeline, span)
    return failed


def _run(instance: dg.DagsterInstance, pipeline: Pipeline, span: MissedSpan) -> dict[str, str]:
    from plant_pipeline.definitions import NIGHT_KEYS  # half a second that most commands do not need

    run_id, tags, shards = str(uuid.uuid4()), {MISSED_TAG: span.key}, pipeline.settings.shards
    dates = dates_between(span.first_date, span.last_date)
    if shards > 1 and span.plant_code is None:
        parts = night_in_parts(shards, listing_keys(NIGHT_KEYS.of_days), run_id, tags)
        steps = run_in_parts(instance, parts, dates, upload=pipeline.upload)
    else:
        steps = run_job(
            instance,
            "nightly_sync",
            run_id,
            dates,
            plant_code=span.plant_code,
            upload=pipeline.upload,
            asset_keys=NIGHT_KEYS.of_days,
            tags=tags,
        )
    if not steps:
        return {}
    with pipeline.warehouse.transaction() as connection:
        failures = failures_of(connection, run_id)
    return {f"{_title(span)}": "; ".join(failures or steps.values())}


def _title(span: MissedSpan) -> str:
    days = str(span.first_date) + (f" to {span.last_date}" if span.last_date != span.first_date else "")
    return f"{days}, {span.plant_code or f'{len(span.plant_ids)} plants'}"
