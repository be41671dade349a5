"""What happened at plants: alerts, and commands that were sent to them.

What belongs here: the calls and what counts as the whole of them. What does not: types of fields (`schema`). Only what
was sent is read; nothing is ever sent.
"""

from dataclasses import replace
from typing import Any

from plant_pipeline.errors import SourceRejected
from plant_pipeline.sources.each_plant import ask_each_plant
from plant_pipeline.sources.paging import identity
from plant_pipeline.sources.source import FetchContext, Listing, WriteContext
from plant_pipeline.sources.voke.client import ALERTS, PLANTS, fetch_paged
from plant_pipeline.sources.voke.schema import COMMAND
from plant_pipeline.warehouse import UpsertCounts, query, upsert_rows


async def fetch_alerts(context: FetchContext) -> Listing:
    """All alerts by their own list, and those that only the details of the present plants brought along.

    Where there is no such list, or the key may not see it, those of the details are all that is known.
    """
    embedded = {identity(alert): alert for alert in context.read(query("voke/embedded_alerts"))["alert"]}
    try:
        listing = await fetch_paged(context.client, ALERTS, "alert")
    except SourceRejected as error:
        if error.http_status != 403 and not error.is_absence:
            raise
        return Listing(list(embedded.values()), note=f"of the plants' details alone, as the list says {error.reason}")
    listed = {identity(alert): alert for alert in listing.records}
    # The details were asked for before the list; the total that it states is of it alone.
    return replace(listing, records=list((embedded | listed).values()), expected=None)


async def fetch_commands(context: FetchContext) -> Listing:
    """The commands that were ever sent to the present plants, one paged listing a plant.

    A plant that left meanwhile (404) is no failure. Raises `SourceRejected` (403) if all are refused.
    """
    plants = context.read(query("voke/present_plants"))
    names: dict[str, str] = dict(zip(plants["id"], plants["name"], strict=True))
    asked = await ask_each_plant(
        names, lambda plant_id: fetch_paged(context.client, f"{PLANTS}/{plant_id}/commands", "command")
    )
    records = {identity(record): record for listing in asked.answers.values() for record in listing.records}
    doubts = {plant_id: listing.problem for plant_id, listing in asked.answers.items() if listing.problem}
    return Listing(
        list(records.values()),
        problem=asked.problem("commands", doubts),
        note=asked.note("commands"),
        is_transient=bool(doubts) or asked.is_transient,
    )


def write_commands(context: WriteContext, rows: list[dict[str, Any]]) -> UpsertCounts:
    """Add what is new, and what became of earlier ones; what the source no longer lists stays."""
    stamped = list({row["id"]: {**row, "fetched_at": context.fetched_at} for row in rows}.values())
    columns = (*COMMAND.columns, "fetched_at")
    return upsert_rows(context.connection, "voke.command", ("id",), stamped, columns, keeps_newer=context.is_replay)
