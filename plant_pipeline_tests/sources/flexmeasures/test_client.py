import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_pipeline.config import SourceSettings
from plant_pipeline.errors import SourceError, SourceRejected, SourceShapeChanged, SourceUnavailable
from plant_pipeline.sources.flexmeasures.client import fetch_asset_types, fetch_assets, fetch_sensors, open_client
from plant_pipeline.sources.source import FetchContext, Listing
from plant_pipeline_tests.sources.fake_api import AT, FakeApi, Handler, html, no_answer, status
from plant_pipeline_tests.sources.flexmeasures.conftest import (
    ASSETS,
    BASE_URL,
    LOGIN,
    SENSORS,
    SETTINGS,
    TYPES,
    asset,
    pages,
    payload,
    sensor,
)

_BY_LOGIN = SourceSettings(
    "flexmeasures", BASE_URL, account="etl@fm.test", email="etl@fm.test", password="hush-password-1"
)
Fetch = Callable[[FetchContext], Awaitable[Listing]]


async def _no_wait(_seconds: float) -> None:
    return None


def _fetch(api: FakeApi, fetch: Fetch, configured: SourceSettings = SETTINGS) -> Listing:
    async def run() -> Listing:
        client = open_client(configured, transport=httpx.MockTransport(api), sleep=_no_wait)
        async with client:
            return await fetch(FetchContext(client, configured, lambda *_: None, AT))  # type: ignore[arg-type] # reads nothing

    return asyncio.run(run())


def _ids(listing: Listing) -> list[Any]:
    return [record["id"] for record in listing.records]


def _queries(api: FakeApi, path: str) -> list[Mapping[str, str]]:
    return [dict(request.url.params) for request in api.requests if request.url.path == path]


def _assets(count: int) -> list[dict[str, Any]]:
    return [asset(i + 1) for i in range(count)]


# -- authorisation --
def test_the_token_is_sent_bare(api: FakeApi) -> None:
    _fetch(api.on(TYPES, []), fetch_asset_types)
    assert api.requests[0].headers["Authorization"] == "static-token-7f3a"


@pytest.mark.parametrize("field", ["auth_token", "authentication_token"])
def test_a_login_gives_the_token_in_either_field(api: FakeApi, field: str) -> None:
    api.on(LOGIN, {field: "from-login", "user_id": 4, "status": 200}).on(TYPES, [])
    _fetch(api, fetch_asset_types, _BY_LOGIN)
    assert api.requests[0].read() == b'{"email":"etl@fm.test","password":"hush-password-1"}'
    assert api.requests[-1].headers["Authorization"] == "from-login"


@pytest.mark.parametrize("code", [401, 404, 422])  # wrong password, unknown e-mail, malformed
def test_a_refused_login_is_final_and_does_not_tell_the_password(api: FakeApi, code: int) -> None:
    api.on(LOGIN, status(code, {"errors": ["User password hush-password-1 does not match"]}))
    with pytest.raises(SourceRejected) as refused:
        _fetch(api, fetch_asset_types, _BY_LOGIN)
    assert (api.asked(LOGIN), refused.value.http_status) == (1, code)
    assert "hush" not in str(refused.value)


# -- shapes of a list --
def test_asset_types_come_bare_or_in_an_envelope(api: FakeApi) -> None:
    types = payload("asset_types")
    assert _fetch(api.on(TYPES, types), fetch_asset_types).records == types
    assert _fetch(api.on(TYPES, {"data": types, "status": 200}), fetch_asset_types).records == types


@pytest.mark.parametrize("body", [{}, {"data": {}}, "text", 5, {"message": "hello"}])
@pytest.mark.parametrize(
    ("path", "fetch"), [(TYPES, fetch_asset_types), (ASSETS, fetch_assets), (SENSORS, fetch_sensors)]
)
def test_what_is_no_list_is_a_changed_shape(api: FakeApi, path: str, fetch: Fetch, body: object) -> None:
    with pytest.raises(SourceShapeChanged, match="list"):
        _fetch(api.on(path, body), fetch)


def test_assets_are_asked_for_by_page_in_a_stable_order_with_all_fields(api: FakeApi) -> None:
    recorded = payload("assets")
    listing = _fetch(api.on(ASSETS, pages(recorded)), fetch_assets)
    assert listing == Listing(recorded, expected=8, has_details=False)
    (query,) = _queries(api, ASSETS)
    assert (query["page"], query["per_page"], query["sort_by"], query["sort_dir"]) == ("1", "100", "id", "asc")
    assert {"id", "latitude", "longitude", "attributes", "parent_asset_id", "external_id"} <= set(
        query["fields"].split("|")
    )
    assert "account_id" not in query


def test_a_server_that_knows_no_paging_gives_all_at_once(api: FakeApi) -> None:
    for count in (0, 8, 100, 250):
        listing = _fetch(api.on(ASSETS, _assets(count)), fetch_assets)
        assert (len(listing.records), listing.expected, listing.problem) == (count, count, None)


@pytest.mark.parametrize("is_bare", [False, True])
@pytest.mark.parametrize("size", [20, 100, 1000])
@pytest.mark.parametrize("count", [0, 8, 100, 230])
@pytest.mark.parametrize("says_end", [False, True])
def test_pages_without_a_total_are_read_until_one_brings_nothing_new(
    api: FakeApi, is_bare: bool, size: int, count: int, says_end: bool
) -> None:
    """A server may cut pages smaller than asked for, and not say how many there are: a short page is no end."""
    records = _assets(count)

    def respond(request: httpx.Request) -> httpx.Response:
        first = (int(request.url.params["page"]) - 1) * min(size, int(request.url.params["per_page"]))
        part = records[first : first + min(size, int(request.url.params["per_page"]))]
        if says_end and not part and first:
            return httpx.Response(404, json={"message": "Not found", "status": 404})
        return httpx.Response(200, json=part if is_bare else {"data": part, "status": 200})

    listing = _fetch(api.on(ASSETS, respond), fetch_assets)
    assert (len(listing.records), listing.expected, listing.problem) == (count, count, None)


def test_an_envelope_without_total_of_a_server_that_knows_no_paging_is_all_there_is(api: FakeApi) -> None:
    for fetch, path in ((fetch_assets, ASSETS), (fetch_sensors, SENSORS)):
        for count in (8, 100, 250):
            listing = _fetch(api.on(path, {"data": _assets(count), "status": 200}), fetch)
            assert (len(listing.records), listing.expected, listing.problem) == (count, count, None)


def test_sensors_in_an_envelope_without_total_are_no_proof_of_all(api: FakeApi) -> None:
    """As `/assets/{id}/sensors` cuts its answer to ten where no page is asked for."""
    records = [sensor(number, 1) for number in range(1, 26)]

    def respond(request: httpx.Request) -> httpx.Response:
        first = (int(request.url.params.get("page", "1")) - 1) * 10
        return httpx.Response(200, json={"data": records[first : first + 10]})

    listing = _fetch(api.on(SENSORS, respond), fetch_sensors)
    assert (_ids(listing), listing.problem) == (list(range(1, 26)), None)


@pytest.mark.parametrize("numbers_pages", [False, True])
def test_pages_that_only_a_link_leads_to_are_told(api: FakeApi, numbers_pages: bool) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params["page"]) if numbers_pages else 1
        headers = {"Link": '<https://fm.test/next?cursor=x>; rel="next"'} if number < 3 else {}
        return httpx.Response(200, json=_assets(60)[(number - 1) * 20 : number * 20], headers=headers)

    listing = _fetch(api.on(ASSETS, respond), fetch_assets)
    problem = None if numbers_pages else "the list goes on at a next page (header Link)"
    assert (len(listing.records), listing.problem) == (60 if numbers_pages else 20, problem)


@pytest.mark.parametrize(("fetch", "path"), [(fetch_sensors, SENSORS), (fetch_asset_types, TYPES)])
def test_a_bare_list_that_goes_on_elsewhere_is_refused(api: FakeApi, fetch: Fetch, path: str) -> None:
    headers = {"Link": '<https://fm.test/next?cursor=x>; rel="next"'}
    respond: Handler = lambda _: httpx.Response(200, json=[{"id": 1}], headers=headers)  # noqa: E731 -- one line
    with pytest.raises(SourceShapeChanged, match="goes on at a next page"):
        _fetch(api.on(path, respond), fetch)


@pytest.mark.parametrize("name", ["filtered-records", "filtered_records", "num-records", "num_records"])
def test_the_total_has_several_spellings(api: FakeApi, name: str) -> None:
    listing = _fetch(api.on(ASSETS, {"data": _assets(2), name: 3}, status(404)), fetch_assets)
    assert (listing.expected, listing.problem) == (3, "2 of 3 records came")
    listing = _fetch(api.on(ASSETS, {"data": _assets(2), name: "3"}, status(404)), fetch_assets)
    assert (listing.expected, listing.problem) == (3, "2 of 3 records came")


# -- paging --
def test_pages_are_read_until_all_have_come(api: FakeApi) -> None:
    listing = _fetch(api.on(ASSETS, pages(_assets(250))), fetch_assets)
    assert (_ids(listing), listing.expected, listing.problem) == (list(range(1, 251)), 250, None)
    assert [query["page"] for query in _queries(api, ASSETS)] == ["1", "2", "3"]


def test_a_server_that_cuts_smaller_pages_than_asked_for_is_followed(api: FakeApi) -> None:
    listing = _fetch(api.on(ASSETS, pages(_assets(25), per_page=10)), fetch_assets)
    assert (len(listing.records), listing.problem, api.asked(ASSETS)) == (25, None, 3)


def test_a_page_past_the_end_is_the_end(api: FakeApi) -> None:
    def lacking(request: httpx.Request) -> httpx.Response:
        if request.url.params["page"] == "1":
            return httpx.Response(200, json={"data": _assets(2), "filtered-records": 3})
        return httpx.Response(404, json={"message": "Not found", "status": 404})

    listing = _fetch(api.on(ASSETS, lacking), fetch_assets)
    assert (len(listing.records), listing.problem) == (2, "2 of 3 records came")


def test_a_404_on_the_first_page_is_no_empty_listing(api: FakeApi) -> None:
    with pytest.raises(SourceRejected, match="Account 99 not found"):
        _fetch(api.on(ASSETS, status(404, {"message": "Account 99 not found", "status": 404})), fetch_assets)


def test_a_total_that_changes_between_pages_is_told(api: FakeApi) -> None:
    page_1 = {"data": _assets(2), "filtered-records": 3}
    page_2 = {"data": [asset(3), asset(4)], "filtered-records": 4}
    listing = _fetch(api.on(ASSETS, page_1, page_2), fetch_assets)
    assert listing.problem == "the total changed between pages (3, 4)"
    assert _ids(listing) == [1, 2, 3, 4]


def test_a_page_that_repeats_itself_ends_the_reading(api: FakeApi) -> None:
    listing = _fetch(api.on(ASSETS, {"data": _assets(10), "filtered-records": 25}), fetch_assets)
    assert (len(listing.records), listing.problem, api.asked(ASSETS)) == (10, "10 of 25 records came", 4)


def test_a_page_that_overlaps_the_one_before_counts_each_id_once(api: FakeApi) -> None:
    page_1 = {"data": [asset(1), asset(2)], "filtered-records": 3}
    page_2 = {"data": [asset(2, "renamed"), asset(3)], "filtered-records": 3}
    listing = _fetch(api.on(ASSETS, page_1, page_2), fetch_assets)
    assert ([record["name"] for record in listing.records], listing.problem) == (
        ["asset 1", "renamed", "asset 3"],
        None,
    )


@given(count=st.integers(0, 60), per_page=st.integers(1, 25), drop=st.sets(st.integers(1, 60), max_size=3))
def test_all_records_come_or_the_listing_says_so(count: int, per_page: int, drop: set[int]) -> None:
    """Whatever the size of the pages, and whatever a page loses on the way."""
    whole = pages(_assets(count), per_page=per_page)

    def losing(request: httpx.Request) -> httpx.Response:
        response = whole(request)
        body = response.json()
        if response.status_code == 200:
            body["data"] = [record for record in body["data"] if record["id"] not in drop]
        return httpx.Response(response.status_code, json=body)

    listing = _fetch(FakeApi().on(ASSETS, losing), fetch_assets)
    assert (listing.problem is None) == (len(listing.records) == count)


# -- fields --
@pytest.mark.parametrize("code", [400, 422])
def test_fields_that_are_refused_are_left_out(api: FakeApi, code: int) -> None:
    def older(request: httpx.Request) -> httpx.Response:
        if "fields" in request.url.params:
            return httpx.Response(code, json=payload("fields_refused"))
        return pages(_assets(3))(request)

    listing = _fetch(api.on(ASSETS, older), fetch_assets)
    assert (len(listing.records), listing.problem) == (3, None)
    assert ["fields" in query for query in _queries(api, ASSETS)] == [True, False]


def _four_fields(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a list shows on a server with FLEXMEASURES_API_SUNSET_ACTIVE."""
    return [{name: r[name] for name in ("id", "name", "account_id", "generic_asset_type")} for r in records]


def test_a_list_that_withholds_fields_is_completed_asset_by_asset(api: FakeApi) -> None:
    recorded = payload("assets")
    api.on(ASSETS, pages(_four_fields(recorded)))
    for record in recorded:
        api.on(f"{ASSETS}/{record['id']}", {**record, "status": 200})
    listing = _fetch(api, fetch_assets)
    assert listing.records == [{**record, "status": 200} for record in recorded]
    assert (listing.expected, listing.problem, listing.has_details, listing.failed) == (8, None, True, 0)


def test_a_single_asset_that_cannot_be_had_is_present_all_the_same(api: FakeApi) -> None:
    api.on(ASSETS, pages(_four_fields([*_assets(4), asset(5)])))
    api.on(f"{ASSETS}/1", asset(1)).on(f"{ASSETS}/2", status(404)).on(f"{ASSETS}/3", status(403)).on(
        f"{ASSETS}/4", html()
    )
    api.on(f"{ASSETS}/5", asset(6))  # not what was asked for
    listing = _fetch(api, fetch_assets)
    assert _ids(listing) == [1]
    assert listing.unfetched_keys == {"2", "3", "4", "5"}
    assert listing.failed == 3  # a 404 is none: the asset left meanwhile
    assert "/assets/3" in (listing.failure or "")


def test_records_without_a_usable_id_are_not_asked_for_and_not_lost(api: FakeApi) -> None:
    odd: list[Any] = [{"name": "a"}, {"id": None, "name": "b"}, {"id": "../users", "name": "c"}, "text", {"id": [1]}]
    api.on(ASSETS, pages([*_four_fields(_assets(1)), *odd])).on(f"{ASSETS}/1", asset(1))
    listing = _fetch(api, fetch_assets)
    assert listing.records == [asset(1), *odd]
    assert {request.url.path for request in api.requests} == {ASSETS, f"{ASSETS}/1"}


def test_an_empty_list_needs_no_details(api: FakeApi) -> None:
    listing = _fetch(api.on(ASSETS, pages([])), fetch_assets)
    assert (listing.records, listing.expected, listing.problem, listing.has_details) == ([], 0, None, False)


# -- sensors --
def test_sensors_come_in_one_call_as_their_pages_are_in_no_order(api: FakeApi) -> None:
    recorded = payload("sensors")
    assert _fetch(api.on(SENSORS, pages(recorded)), fetch_sensors).records == recorded
    assert _queries(api, SENSORS) == [{}]


def test_sensors_in_an_envelope_that_holds_all_of_them(api: FakeApi) -> None:
    body = {"data": [sensor(1, 1), sensor(2, 1)], "filtered-records": 2}
    listing = _fetch(api.on(SENSORS, body), fetch_sensors)
    assert (len(listing.records), listing.expected, api.asked(SENSORS)) == (2, 2, 1)


def test_sensors_in_an_envelope_that_holds_the_first_ten(api: FakeApi) -> None:
    sensors = [sensor(i + 1, 1) for i in range(25)]

    def always_paged(request: httpx.Request) -> httpx.Response:
        if "page" in request.url.params:
            return pages(sensors)(request)
        return httpx.Response(200, json={"data": sensors[:10], "num-records": 25, "filtered-records": 25})

    listing = _fetch(api.on(SENSORS, always_paged), fetch_sensors)
    assert (len(listing.records), listing.expected, listing.problem) == (25, 25, None)


# -- accounts and failures --
def test_a_configured_account_is_asked_for(api: FakeApi) -> None:
    api.on(ASSETS, pages([])).on(SENSORS, [])
    configured = replace(SETTINGS, account="3")
    _fetch(api, fetch_assets, configured)
    _fetch(api, fetch_sensors, configured)
    assert [dict(request.url.params).get("account_id") for request in api.requests] == ["3", "3"]
    _fetch(api, fetch_sensors, replace(SETTINGS, account="etl@fm.test"))
    assert "account_id" not in api.requests[-1].url.params


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        (None, {"account_id": "3"}),
        ("own", {"account_id": "3"}),
        ("public", {"account_id": "3", "include_public": "true"}),
        ("accessible", {"all_accessible": "true"}),
    ],
)
def test_whose_assets_are_listed_is_a_setting(api: FakeApi, asked: str | None, sent: dict[str, str]) -> None:
    api.on(ASSETS, pages([]))
    others = {} if asked is None else {"FLEXMEASURES_ASSETS": asked}
    _fetch(api, fetch_assets, replace(SETTINGS, account="3", others=others))
    params = dict(api.requests[0].url.params)
    assert {name: params[name] for name in ("account_id", "include_public", "all_accessible") if name in params} == sent


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (status(403, {"message": "no", "result": "Rejected", "status": "INVALID_SENDER"}), SourceRejected),
        (status(401), SourceRejected),
        (status(410), SourceRejected),
        (status(500), SourceUnavailable),
        (html(), SourceUnavailable),
        (html(404), SourceRejected),
        (no_answer, SourceUnavailable),
    ],
)
def test_failures_are_told_apart(api: FakeApi, answer: Handler, kind: type[SourceError]) -> None:
    for path, fetch in ((ASSETS, fetch_assets), (SENSORS, fetch_sensors), (TYPES, fetch_asset_types)):
        with pytest.raises(kind):
            _fetch(api.on(path, answer), fetch)


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 120) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["data", "id", "name", "filtered-records", "latitude"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(_JSON)
def test_any_json_is_a_listing_or_an_error_of_the_source(body: Any) -> None:
    api = FakeApi().on(ASSETS, body).on(SENSORS, body).on(TYPES, body)
    for number in range(-5, 121):
        api.on(f"{ASSETS}/{number}", body)
    for fetch in (fetch_assets, fetch_sensors, fetch_asset_types):
        try:
            listing = _fetch(api, fetch)
        except SourceError:
            continue
        assert isinstance(listing.records, list)
