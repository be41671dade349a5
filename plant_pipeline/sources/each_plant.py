"""One question to each of many plants: what they answered, and what is to be said of those that did not.

What belongs here: which failures count and how they are told. What does not: the questions.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from plant_pipeline.errors import SourceError
from plant_pipeline.http import call_each
from plant_pipeline.sources.missing import named

Answered = TypeVar("Answered")


@dataclass(frozen=True)
class PlantAnswers(Generic[Answered]):
    """Answers by plant. `names`: of all that were asked. `failed`: not those that left (404) or are refused (403)."""

    names: Mapping[str, str]
    answers: Mapping[str, Answered]
    failed: Mapping[str, SourceError]
    refused: int
    absent: int = 0

    @property
    def is_transient(self) -> bool:
        """Whether another try may give more."""
        return any(error.is_transient for error in self.failed.values())

    def problem(self, what: str, doubts: Mapping[str, str] | None = None) -> str | None:
        """Whose `what` could not be had, or is in doubt for the reasons in `doubts`; None: nobody's."""
        reasons = {**(doubts or {}), **{plant_id: str(error) for plant_id, error in self.failed.items()}}
        if not reasons:
            return None
        return (
            f"{what} of {len(reasons)} of {len(self.names)} plants could not be had: "
            f"{named([self.names[plant_id] for plant_id in reasons])}; first: {next(iter(reasons.values()))}"
        )

    def note(self, what: str) -> str | None:
        """How many plants' `what` may not be seen, or that none has any; None: all were had, or a plant left."""
        if self.refused:
            return f"{what} of {self.refused} of {len(self.names)} plants are not permitted"
        if self.absent > 1 and self.absent == len(self.names):
            return f"{what} of none of {self.absent} plants is there (404): this server may not offer it"
        return None


async def ask_each_plant(names: Mapping[str, str], ask: Callable[[str], Awaitable[Answered]]) -> PlantAnswers[Answered]:
    """Ask for each plant of `names` (by id) side by side. Raises `SourceRejected` (403) if all are refused."""
    answers = await call_each(list(names), ask)
    errors = {plant_id: answer for plant_id, answer in answers if isinstance(answer, SourceError)}
    refused = [error for error in errors.values() if error.http_status == 403]
    if refused and len(refused) == len(answers):
        raise refused[0]
    return PlantAnswers(
        names,
        {plant_id: answer for plant_id, answer in answers if not isinstance(answer, SourceError)},
        {plant_id: error for plant_id, error in errors.items() if error.http_status != 403 and not error.is_absence},
        len(refused),
        sum(error.is_absence for error in errors.values()),
    )
