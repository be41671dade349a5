"""Runs inside FlexMeasures' own environment: what its REST API cannot create (types, an account, a user)."""

import sys

from flexmeasures.app import create  # type: ignore[import-not-found] # installed only where this runs

EQUIPMENT_TYPES = {
    "inverter": "PV inverter",
    "meter": "revenue meter",
    "weather-station": "weather station",
}


def provision(email: str, password: str) -> None:
    """Create asset types, an account and its administrator."""
    with create().app_context():
        from flexmeasures.data import db  # type: ignore[import-not-found] # as above
        from flexmeasures.data.models.generic_assets import (  # type: ignore[import-not-found] # as above
            GenericAssetType,
        )
        from flexmeasures.data.models.user import Account  # type: ignore[import-not-found] # as above
        from flexmeasures.data.services.users import create_user  # type: ignore[import-not-found] # as above

        for name, description in EQUIPMENT_TYPES.items():
            db.session.add(GenericAssetType(name=name, description=description))
        account = Account(name="Operator")
        db.session.add(account)
        db.session.flush()
        create_user(
            username="operator",
            email=email,
            password=password,
            account_name=account.name,
            user_roles=["account-admin"],
            timezone="UTC",
            check_email_deliverability=False,
        )
        db.session.commit()


if __name__ == "__main__":
    provision(*sys.argv[1:3])
