"""Runs inside FlexMeasures' own environment: what its REST API cannot create (types, accounts, users)."""

import sys

from flexmeasures.app import create  # type: ignore[import-not-found] # installed only where this runs

EQUIPMENT_TYPES = {
    "inverter": "PV inverter",
    "meter": "revenue meter",
    "weather-station": "weather station",
}


def provision(email: str, forecaster: str, neighbour: str, password: str) -> None:
    """Create asset types, an account with its administrator and a second user, and another account with its own."""
    with create().app_context():
        from flexmeasures.data import db  # type: ignore[import-not-found] # as above
        from flexmeasures.data.models.generic_assets import (  # type: ignore[import-not-found] # as above
            GenericAssetType,
        )
        from flexmeasures.data.models.user import Account  # type: ignore[import-not-found] # as above
        from flexmeasures.data.services.users import create_user  # type: ignore[import-not-found] # as above

        for name, description in EQUIPMENT_TYPES.items():
            db.session.add(GenericAssetType(name=name, description=description))
        for name in ("Operator", "Neighbour"):
            db.session.add(Account(name=name))
        db.session.flush()
        for own, account in ((email, "Operator"), (forecaster, "Operator"), (neighbour, "Neighbour")):
            create_user(
                username=own.partition("@")[0],
                email=own,
                password=password,
                account_name=account,
                user_roles=["account-admin"],
                timezone="UTC",
                check_email_deliverability=False,
            )
        db.session.commit()


if __name__ == "__main__":
    provision(*sys.argv[1:5])
