"""What answers say of the end of their endpoints."""

import pytest

from plant_pipeline.http.deprecation import stated_end, without_ids


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, None),
        ({"Deprecation": "false"}, None),
        ({"Deprecation": "true"}, "Deprecation true"),
        ({"Deprecation": "@1767225600"}, "Deprecation 2026-01-01"),
        (
            {"Deprecation": "true", "Sunset": "Wed, 11 Nov 2026 23:59:59 GMT"},
            "Deprecation true, Sunset Wed, 11 Nov 2026 23:59:59 GMT",
        ),
        ({"Sunset": "soon\x07" + "!" * 200}, "Sunset soon" + "!" * 95),
    ],
)
def test_headers_in_words(headers: dict[str, str], said: str | None) -> None:
    assert stated_end(headers) == said


def test_one_endpoint_is_one_path() -> None:
    plant = "7E57c0de-0000-4000-8000-000000000001"
    assert without_ids(f"/api/v1/plants/{plant}/energy/today") == "/api/v1/plants/{id}/energy/today"
    assert without_ids("/api/v3_0/sensors/30/data") == "/api/v3_0/sensors/{id}/data"
    assert without_ids("/api/v3_0/assets/5") == "/api/v3_0/assets/{id}"
