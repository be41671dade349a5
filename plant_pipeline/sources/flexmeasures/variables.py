"""By which environment variables a FlexMeasures server is configured."""

from typing import Final

from plant_pipeline.config import SourceVariables, Variable

VARIABLES: Final = SourceVariables(
    source="flexmeasures",
    variables=(
        Variable("FLEXMEASURES_BASE_URL", "base_url"),
        Variable("FLEXMEASURES_TOKEN", "token"),
        Variable("FLEXMEASURES_EMAIL", "email"),
        Variable("FLEXMEASURES_PASSWORD", "password"),
        Variable("FLEXMEASURES_ACCOUNT_ID", "account", is_number=True),
    ),
    required=(
        (("FLEXMEASURES_BASE_URL",),),
        (("FLEXMEASURES_TOKEN",), ("FLEXMEASURES_EMAIL", "FLEXMEASURES_PASSWORD")),
    ),
)
