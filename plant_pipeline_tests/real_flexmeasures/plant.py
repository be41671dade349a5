"""One solar plant in a real FlexMeasures server, filled through its REST API over a day of 25 hours.

Everything is a closed form, so that the expected figures can be worked out by hand: both inverters give a rectangle of
constant power for ten hours.
"""

import json
import os
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx

ZONE = "Europe/Amsterdam"
DAY = date(2025, 10, 26)  # clocks went back: 25 hours
_START = datetime(2025, 10, 25, 18, 0, tzinfo=UTC)  # four hours before the day begins at 22:00 UTC
_HOURS = 33
_STEP = timedelta(minutes=5)

INVERTER_KW = (400.0, 300.0)
METER_KW = 693.0  # 1 % less than the inverters
NIGHT_KW = -2.0  # what the plant draws
SUN_FROM, SUN_TO = datetime(2025, 10, 26, 7, 0, tzinfo=UTC), datetime(2025, 10, 26, 17, 0, tzinfo=UTC)
POA_W_PER_M2 = 500.0

# Ten hours of 693 kW at the meter; the other fifteen hours of the day draw 2 kW.
PRODUCED_KWH = 6930.0
IMPORTED_KWH = 30.0


@dataclass
class _Login(httpx.Auth):
    """The token of a login, and of another one whenever it has ended."""

    url: str
    credentials: Mapping[str, str]
    token: str = ""
    requires_response_body = True

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """The request with a token that the server takes."""
        for _ in range(2):
            if not self.token:
                answer = yield httpx.Request("POST", self.url, json=self.credentials)
                self.token = answer.raise_for_status().json()["auth_token"]
            request.headers["Authorization"] = self.token
            response = yield request
            if response.status_code != 401:
                return
            self.token = ""


@dataclass
class RealPlant:
    """Talks to the server as an operator's own programs would."""

    base_url: str
    email: str
    password: str
    ids: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        login = _Login(f"{self.base_url}/api/requestAuthToken", {"email": self.email, "password": self.password})
        self._http = httpx.Client(base_url=f"{self.base_url}/api/v3_0", auth=login, timeout=60)
        self._types = {kind["name"]: kind["id"] for kind in self._http.get("/assets/types").json()}
        self.account_id = int(self._http.get("/accounts").json()[0]["id"])

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def fill(self) -> None:
        """Create the plant and post all its data."""
        site = self.asset("Zonnepark Bunnik", "solar", latitude=52.1, longitude=5.18, capacity_in_mw=0.75)
        for number, power_kw in enumerate(INVERTER_KW, start=1):
            inverter = self.asset(f"INV-{number}", "inverter", parent=site)
            self.post(self.sensor(inverter, "ac_power", "kW", "PT5M"), "kW", self._rectangle(power_kw, 0.0))
        meter = self.asset("MTR-1", "meter", parent=site)
        power = self.sensor(meter, "active power", "MW", "PT5M", {"consumption_is_positive": True})
        self.post(power, "MW", [-value / 1000 for value in self._rectangle(METER_KW, NIGHT_KW)])
        # An instantaneous register, read thirty seconds past every fifth minute.
        register = self.sensor(meter, "production_energy", "kWh", "PT0M", {"cumulative": True})
        self.post(register, "kWh", self._register(timedelta(seconds=30)), start=_START + timedelta(seconds=30))
        station = self.asset("WS-1", "weather-station", parent=site)
        poa = self.sensor(station, "irradiance_poa", "W/m²", "PT5M")
        self.post(poa, "W/m²", self._rectangle(POA_W_PER_M2, 0.0))
        self.sensor(site, "daily energy", "kWh", "P1D")

    def asset(
        self, name: str, kind: str, parent: int | None = None, capacity_in_mw: float | None = None, **more: float
    ) -> int:
        """Create an asset; its id."""
        body: dict[str, object] = {
            "name": name,
            "generic_asset_type_id": self._types[kind],
            "account_id": self.account_id,
            **more,
        }
        if parent is not None:
            body["parent_asset_id"] = parent
        if capacity_in_mw is not None:
            body["attributes"] = json.dumps({"capacity_in_mw": capacity_in_mw})
        self.ids[name] = self._created("/assets", body)
        return self.ids[name]

    def sensor(
        self, asset: int, name: str, unit: str, resolution: str, attributes: dict[str, object] | None = None
    ) -> int:
        """Create a sensor of an asset; its id."""
        body = {
            "name": name,
            "unit": unit,
            "event_resolution": resolution,
            "timezone": ZONE,
            "generic_asset_id": asset,
            "attributes": json.dumps(attributes or {}),
        }
        self.ids[f"{asset} {name}"] = self._created("/sensors", body)
        return self.ids[f"{asset} {name}"]

    def _created(self, path: str, body: dict[str, object]) -> int:
        answer = self._http.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def power_of(self, inverter: str) -> int:
        """The sensor of an inverter's power."""
        return self.ids[f"{self.ids[inverter]} ac_power"]

    def post_power(self, sensor: int, start: datetime, values: Sequence[float], **belief: str) -> None:
        """Post five-minute values in kW from an instant on.

        `belief`: a `horizon`, so long before the end of each interval they were expected, or `prior`, when they became
        known. This server takes a horizon below zero and gives the earlier value all the same.
        """
        self.post(sensor, "kW", values, start, belief=belief)

    def post(
        self,
        sensor: int,
        unit: str,
        values: Sequence[float | None],
        start: datetime = _START,
        step: timedelta = _STEP,
        belief: Mapping[str, str] | None = None,
    ) -> None:
        """Post values, one a step; None where there is none."""
        body = {
            "values": list(values),
            "start": start.astimezone(ZoneInfo(ZONE)).isoformat(),
            "duration": f"PT{int(step / timedelta(minutes=1)) * len(values)}M",
            "unit": unit,
            **(belief or {"horizon": "PT0M"}),
        }
        answer = self._http.post(f"/sensors/{sensor}/data", json=body)
        assert answer.status_code in (200, 202), answer.text

    def spend_calls(self, left: int) -> None:
        """Ask until the server says that so many calls are left of its limit; at 0, until it has refused one."""
        while True:
            answer = self._http.get("/assets/types")
            if answer.status_code == 429 or 0 < int(answer.headers["X-RateLimit-Remaining"]) <= left:
                return

    def _rectangle(self, inside: float, outside: float) -> list[float]:
        return [inside if SUN_FROM <= moment < SUN_TO else outside for moment in _moments()]

    def _register(self, offset: timedelta) -> list[float]:
        """The counter at each reading: it starts at 1,000,000 and grows at METER_KW while the sun shines."""
        hours = ((min(max(moment + offset, SUN_FROM), SUN_TO) - SUN_FROM) / timedelta(hours=1) for moment in _moments())
        return [round(1_000_000 + METER_KW * worked, 6) for worked in hours]


def _moments() -> list[datetime]:
    return [_START + i * _STEP for i in range(int(timedelta(hours=_HOURS) / _STEP))]


def main() -> None:
    """Fill the server that the environment of `real_flexmeasures.server` names, and say what it holds now."""
    url, email, password = (os.environ[f"REAL_FLEXMEASURES_{name}"] for name in ("URL", "EMAIL", "PASSWORD"))
    plant = RealPlant(url, email, password)
    plant.fill()
    plant.close()
    print(f"one solar plant with {len(plant.ids)} assets and sensors, and readings of {DAY}, a day of 25 hours")


if __name__ == "__main__":
    main()
