"""`plant-pipeline problems`: what is broken now, who knows of it, and what should have arrived."""

import click

from plant_pipeline.cli.invocation import say, who_option, why_option
from plant_pipeline.cli.opening import synced
from plant_pipeline.cli.tables import json_option, show_rows

_COLUMNS = ("problem_id", "kind", "subject", "since", "acknowledged_by", "message")


@click.group()
def problems() -> None:
    """What is broken now; a person is told once when a problem begins and once when it is over."""


@problems.command("list")
@click.option("--all", "include_over", is_flag=True, help="Also what is over.")
@json_option
def problems_list(include_over: bool, as_json: bool) -> None:
    """List the problems that are not over, newest first."""
    from plant_pipeline.automation.problems import list_problems  # Dagster: a second that other commands do not need

    with synced() as connection:
        rows = list_problems(connection, include_over=include_over)
    columns = [*_COLUMNS[:4], *(["over_at"] if include_over else []), *_COLUMNS[4:]]
    show_rows(rows, as_json=as_json, empty="no problem is open", columns=columns)
    if rows and not as_json:
        say("\nWhat each kind means and what to do: docs/operating.md")


@problems.command("acknowledge")
@click.argument("problem_ids", metavar="PROBLEM_ID...", type=int, nargs=-1, required=True)
@who_option
@why_option
def problems_acknowledge(problem_ids: tuple[int, ...], who: str, why: str | None) -> None:
    """Say that somebody knows of problems: they stay listed, and nobody is told of them until they are over."""
    from plant_pipeline.automation.problems import acknowledge_problems
    from plant_pipeline.orchestration import utc_now

    with synced() as connection:
        acknowledge_problems(connection, problem_ids, who, why, utc_now())
    say(f"acknowledged: {', '.join(map(str, problem_ids))}")


@problems.command("freshness")
@click.option("--all", "include_fresh", is_flag=True, help="Also plants of which all has arrived.")
@json_option
def problems_freshness(include_fresh: bool, as_json: bool) -> None:
    """By plant and source, what should have arrived and what did; those first of which nothing does any more."""
    from plant_pipeline.automation.problems import list_freshness

    with synced() as connection:
        rows = list_freshness(connection, include_fresh=include_fresh)
    show_rows(rows, as_json=as_json, empty="all that should have arrived of plants that were heard has")
