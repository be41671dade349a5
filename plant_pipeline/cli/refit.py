"""`plant-pipeline registry refit`: the weights of matching as people's own decisions move them.

What belongs here: showing what would change, and adopting it or taking it back on request. What does not: the fit
(registry.refit).
"""

import click

from plant_pipeline.cli.decisions import carry_out
from plant_pipeline.cli.invocation import who_option, why_option
from plant_pipeline.cli.opening import synced_pipeline
from plant_pipeline.cli.tables import json_option, show_json
from plant_pipeline.errors import UsageError
from plant_pipeline.registry.assets import known_records
from plant_pipeline.registry.refit import Refit, adopt, refit, take_back
from plant_pipeline.sources.all import SOURCES
from plant_pipeline.sources.settings import load_settings

_MOST_SHIFTS = 50


@click.command("refit")
@click.option("--adopt", "is_adopted", is_flag=True, help="Judge by the new weights from now on.")
@click.option("--take-back", "is_taken_back", is_flag=True, help="Judge by the weights before those adopted last.")
@who_option
@why_option
@json_option
def refit_command(is_adopted: bool, is_taken_back: bool, who: str, why: str | None, as_json: bool) -> None:
    """Fit the weights of matching with your own decisions too, and show which records they would judge otherwise.

    Nothing changes without --adopt. Links that are there stay, and no two plants become one by it: they are asked
    about. With --take-back, what the adopted weights linked is judged again by those before.
    """
    if is_adopted and is_taken_back:
        raise UsageError("--adopt and --take-back exclude each other: give one")
    if is_adopted:
        carry_out(lambda connection, now, records: adopt(connection, who, now, why, records))
    elif is_taken_back:
        carry_out(lambda connection, now, records: take_back(connection, who, now, records))
    else:
        _show(as_json=as_json)


def _show(*, as_json: bool) -> None:
    with synced_pipeline(load_settings()) as pipeline, pipeline.warehouse.transaction() as connection:
        found = refit(connection, known_records(connection, SOURCES, pipeline), pipeline.clock())
    if as_json:
        show_json([shift.as_row() for shift in found.shifts])
        return
    click.echo(
        f"fitted beside version {found.weights.version} to {found.same + found.different} decisions on pairs, "
        f"{found.same} of them one plant; {found.links} links would change"
    )
    _list(found)
    click.echo("nothing is changed; `plant-pipeline registry refit --adopt` judges by them from now on")


def _list(found: Refit) -> None:
    for shift in found.shifts[:_MOST_SHIFTS]:
        click.echo(f"  {shift}")
    if len(found.shifts) > _MOST_SHIFTS:
        click.echo(f"  and {len(found.shifts) - _MOST_SHIFTS} more; --json has all")
