"""By which environment variables a FlexMeasures server is configured."""

from typing import Final

from plant_pipeline.config import SourceSettings, SourceVariables, Variable

ASSETS: Final = "FLEXMEASURES_ASSETS"
OWN, PUBLIC, ACCESSIBLE = "own", "public", "accessible"
_ACCOUNT: Final = "FLEXMEASURES_ACCOUNT_ID"

VARIABLES: Final = SourceVariables(
    source="flexmeasures",
    variables=(
        Variable("FLEXMEASURES_BASE_URL", "base_url"),
        Variable("FLEXMEASURES_TOKEN", "token"),
        Variable("FLEXMEASURES_EMAIL", "email"),
        Variable("FLEXMEASURES_PASSWORD", "password"),
        Variable(_ACCOUNT, "account", is_number=True),
        # Whose assets are listed; plants are those of the account alone, so it has to be known beside others.
        Variable(ASSETS, choices=(OWN, PUBLIC, ACCESSIBLE), needs=((ACCESSIBLE, _ACCOUNT),)),
    ),
    required=(
        (("FLEXMEASURES_BASE_URL",),),
        (("FLEXMEASURES_TOKEN",), ("FLEXMEASURES_EMAIL", "FLEXMEASURES_PASSWORD")),
    ),
)


def account_id(settings: SourceSettings | None) -> str | None:
    """The number of the account whose plants are ours; None: that of the user, whichever it is."""
    account = settings.account if settings else None
    return account if account and account.isdecimal() else None
