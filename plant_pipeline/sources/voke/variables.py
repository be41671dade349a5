"""By which environment variables Voke is configured."""

from typing import Final

from plant_pipeline.config import SourceVariables, Variable

VARIABLES: Final = SourceVariables(
    source="voke",
    variables=(
        Variable("VOKE_BASE_URL", "base_url"),
        Variable("VOKE_TOKEN", "token"),
        Variable("VOKE_API_KEY", "api_key"),
        Variable("VOKE_ORG_ID", "account", is_header=True),
    ),
    required=((("VOKE_BASE_URL",),), (("VOKE_TOKEN",), ("VOKE_API_KEY",))),
)
