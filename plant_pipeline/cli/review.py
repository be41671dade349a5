"""`plant-pipeline registry review`: the questions that wait for a person, printed, or asked one after the other.

What belongs here: showing a question and taking the answer. What does not: which questions there are and what an answer
leads to (registry.review).
"""

import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from plant_pipeline.cli.invocation import say, who_option
from plant_pipeline.cli.opening import synced, synced_warehouse
from plant_pipeline.cli.tables import json_option, show_json, show_rows
from plant_pipeline.errors import UsageError
from plant_pipeline.sources.settings import load_settings

if TYPE_CHECKING:
    from plant_pipeline.registry.reconcile import RegistryChanges
    from plant_pipeline.registry.review import ProposalView

_YES, _NO, _LATER, _QUIT = "y", "n", "l", "q"


@click.command()
@click.option(
    "--walk/--list",
    "walks",
    default=None,
    help="Ask one after the other, or print all.  [default: a terminal is asked]",
)
@who_option
@json_option
def review(walks: bool | None, who: str, as_json: bool) -> None:
    """Show the doubtful matches and changed identities that wait for a person, with the evidence.

    What a wrong answer costs most comes first. In a terminal each is a question: yes, no, later, and why.
    """
    if as_json:
        show_json([asdict(proposal) for proposal in _waiting()])
    elif walks if walks is not None else _is_terminal():
        _walk(who)
    else:
        proposals = _waiting()
        for proposal in proposals:
            _tell(proposal)
            _tell_commands(proposal)
        if not proposals:
            click.echo("no proposal waits")


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _waiting() -> "list[ProposalView]":
    from plant_pipeline.registry.review import open_proposals  # a second that other listings do not need

    with synced() as connection:
        return open_proposals(connection)


def _walk(who: str) -> None:
    """Ask until nothing waits any more; an answer may settle other questions too."""
    later: set[int] = set()
    with synced_warehouse(load_settings()):  # an embedded server stays up between the answers
        while waiting := [each for each in _waiting() if each.proposal_id not in later]:
            click.echo(f"{len(waiting)} question(s) left\n")
            _tell(waiting[0])
            answer = click.prompt(
                f"yes ({_YES}), no ({_NO}), later ({_LATER}), quit ({_QUIT})",
                type=click.Choice([_YES, _NO, _LATER, _QUIT]),
                show_choices=False,
            )
            if answer == _QUIT:
                return
            if answer == _LATER or not _is_noted(waiting[0], who, is_yes=answer == _YES):
                later.add(waiting[0].proposal_id)
            click.echo()
    click.echo(f"no proposal waits{f' but {len(later)} for later' if later else ''}")


def _is_noted(proposal: "ProposalView", who: str, *, is_yes: bool) -> bool:
    from plant_pipeline.cli.decisions import carry_out
    from plant_pipeline.registry.review import accept, reject

    why = click.prompt("why", default="", show_default=False) or None
    answer: Callable[..., RegistryChanges] = accept if is_yes != (proposal.kind == "split") else reject
    try:
        carry_out(lambda connection, now, records: answer(connection, proposal.proposal_id, who, now, why, records))
    except UsageError as error:
        say(f"not noted: {error}")
        return False
    return True


def _tell(proposal: "ProposalView") -> None:
    asked = {"match": "the plant", "split": "still the plant", "part_of": "a part of the plant"}[proposal.kind]
    apart = "" if proposal.distance_km is None else f", {proposal.distance_km:.1f} km apart"
    say(
        f"Proposal {proposal.proposal_id}, score {proposal.score:.2f}{apart}: is {proposal.record} {asked} "
        f"{proposal.plant_code} ({proposal.plant_name})?"
    )
    show_rows([dict(zip(("", proposal.record, proposal.other), row, strict=True)) for row in proposal.rows])
    for sign, texts in (("+", proposal.reasons), ("-", proposal.doubts)):
        for text in texts:
            say(f"  {sign} {text}")


def _tell_commands(proposal: "ProposalView") -> None:
    is_split = proposal.kind == "split"
    yes, no = ("reject", "accept") if is_split else ("accept", "reject")
    say(f"yes: `plant-pipeline registry {yes} {proposal.proposal_id}`")
    meant = ": it is a plant of its own" if is_split else ""
    say(f"no:  `plant-pipeline registry {no} {proposal.proposal_id}`{meant}\n")
