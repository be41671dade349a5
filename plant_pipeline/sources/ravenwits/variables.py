"""By which environment variables Ravenwits is configured."""

from typing import Final

from plant_pipeline.config import SourceVariables, Variable

VARIABLES: Final = SourceVariables(
    source="ravenwits",
    variables=(
        Variable("RAVENWITS_BASE_URL", "base_url", default="https://api.ravenwits.com"),
        Variable("RAVENWITS_TOKEN", "token"),
        Variable("RAVENWITS_EMAIL", "email"),
        Variable("RAVENWITS_PASSWORD", "password"),
    ),
    required=((("RAVENWITS_TOKEN",), ("RAVENWITS_EMAIL", "RAVENWITS_PASSWORD")),),
)
