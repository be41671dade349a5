"""`plant-pipeline drill`: a sandbox is broken on purpose, and what comes of it is compared with what has to."""

from collections.abc import Sequence
from typing import Final

import click

from plant_pipeline.cli.drill_faults import FAULTS, Drilled, drill_fault
from plant_pipeline.cli.drill_site import open_site
from plant_pipeline.cli.invocation import say
from plant_pipeline.cli.tables import json_option, show_json, show_rows

_LONGEST_TOLD: Final = 200


@click.command()
@click.argument("faults", metavar="[FAULT]...", type=click.Choice(list(FAULTS)), nargs=-1)
@click.option("--list", "only_list", is_flag=True, help="List the faults, and break nothing.")
@json_option
def drill(faults: Sequence[str], only_list: bool, as_json: bool) -> None:
    """Break a sandbox on purpose: was a person told, and is the warehouse whole again?

    Each FAULT (default: all) befalls a pipeline of its own in a temporary folder, with a PostgreSQL, a sandbox and a
    webhook of its own on loopback; the configured warehouse is not touched. After it a person has to have been told
    within ten minutes, once, and once that it is over, and the warehouse has to hold what an undisturbed one
    holds. Takes some minutes. Exit code 1 if a fault has not ended so.
    """
    if only_list:
        rows = [{"fault": name, "what is broken": broken} for name, (broken, _) in FAULTS.items()]
        show_rows(rows, as_json=as_json)
        return
    results = []
    with open_site() as site:
        for name in dict.fromkeys(faults or FAULTS):
            results.append(drill_fault(name, site))
            if not as_json:
                say(_text(results[-1]))
    if as_json:
        show_json([drilled.as_row() for drilled in results])
    if not all(drilled.is_passed for drilled in results):
        raise click.exceptions.Exit(1)


def _text(drilled: Drilled) -> str:
    """A line; what was told, and what is not as it has to be, in lines below."""
    told = "nobody was told" if drilled.told_after_s is None else f"a person was told after {drilled.told_after_s} s"
    state = "passed" if drilled.is_passed else "FAILED"
    lines = [f"{state}  {drilled.fault}: {drilled.broken}; {told}; {_warehouse(drilled)}"]
    lines += [f"        told: {drilled.told[:_LONGEST_TOLD]}"] if drilled.told else []
    lines += [f"        {problem}" for problem in drilled.problems]
    return "\n".join(lines)


def _warehouse(drilled: Drilled) -> str:
    if drilled.differing is None:
        return "the warehouses were not compared"
    if drilled.differing:
        return f"the warehouse differs in {', '.join(drilled.differing)}"
    return "the warehouse is identical to an undisturbed one"
