"""The one way out: calls of any API with retries, logins, redaction; httpx is imported nowhere else."""

from plant_pipeline.http.answer import Answer
from plant_pipeline.http.archived import ONE_TRY, ArchivedAnswer, ArchivedTransport
from plant_pipeline.http.auth import LoginToken, StaticHeaders
from plant_pipeline.http.body import storable_json, storable_text
from plant_pipeline.http.budget import Budget, Limit
from plant_pipeline.http.client import HttpClient, Received, call_each
from plant_pipeline.http.pacing import SharedBudget
from plant_pipeline.http.retry import RetryPolicy

__all__ = [
    "ONE_TRY",
    "Answer",
    "ArchivedAnswer",
    "ArchivedTransport",
    "Budget",
    "HttpClient",
    "Limit",
    "LoginToken",
    "Received",
    "RetryPolicy",
    "SharedBudget",
    "StaticHeaders",
    "call_each",
    "storable_json",
    "storable_text",
]
