from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from plant_pipeline.registry.plants.golden import Golden, Member, as_text, disagreements, golden_values
from plant_pipeline.sources.shapes import PlantCandidate
from plant_pipeline_tests.registry.given import record

_NOW = datetime(2026, 3, 10, tzinfo=UTC)


def _golden(*candidates: PlantCandidate, **stated: object) -> Golden:
    return golden_values([Member(each) for each in candidates], stated)


def _disagreements(*candidates: PlantCandidate, **stated: object) -> list[str]:
    members = [Member(each) for each in candidates]
    return disagreements("P-1", "A", members, golden_values(members, stated), _NOW)


def test_sources_are_believed_in_order_and_losers_are_kept() -> None:
    golden = _golden(
        record("flexmeasures:3", "In FlexMeasures", 50.2, 14.2, capacity_ac_kw=1100.0),
        record("ravenwits:1", "In Ravenwits", capacity_ac_kw=1000.0, capacity_dc_kw=1200.0),
        record("voke:2", "In Voke", 50.1, 14.1, capacity_dc_kw=1300.0, storage_kwh=500.0),
    )
    values = golden.values
    assert values["name"] == "In Ravenwits"
    assert (values["latitude"], values["longitude"]) == (50.1, 14.1)
    assert (values["capacity_ac_kw"], values["capacity_dc_kw"], values["storage_kwh"]) == (1000, 1300, 500)
    assert golden.offers["capacity_ac_kw", "flexmeasures", "3"].value == "1100.0"
    assert {key[1] for key, offer in golden.offers.items() if key[0] == "capacity_dc_kw" and offer.is_selected} == {
        "voke"
    }
    assert [key for key, offer in golden.offers.items() if key[0] == "latitude" and offer.is_selected] == [
        ("latitude", "voke", "2")
    ]


def test_a_placeholder_is_no_name_while_another_has_one() -> None:
    assert _golden(record("ravenwits:1", "n/a"), record("voke:2", "Lhota")).values["name"] == "Lhota"
    assert _golden(record("ravenwits:1", "n/a")).values["name"] == "n/a"


def test_zero_coordinates_are_unknown_ones() -> None:
    assert _golden(record("ravenwits:1", "A", 0.0, 0.0), record("voke:2", "A", 50.0, 14.0)).values["latitude"] == 50


@pytest.mark.parametrize(
    ("technologies", "golden"),
    [
        (("solar", "wind"), "solar"),
        (("solar", "storage"), "hybrid"),
        (("wind", "hybrid"), "hybrid"),
        (("other", "wind"), "wind"),
        (("other", None), "other"),
        ((None, "storage"), "storage"),
        ((None, None), None),
    ],
)
def test_technology_is_the_most_specific(technologies: tuple[str | None, str | None], golden: str | None) -> None:
    one, two = technologies
    chosen = _golden(record("ravenwits:1", "A", technology=one), record("voke:2", "A", technology=two))
    assert chosen.values["technology"] == golden


def test_a_dc_capacity_belongs_to_solar_plants_alone() -> None:
    golden = _golden(record("voke:1", "A", technology="wind", capacity_dc_kw=100.0))
    assert golden.values["capacity_dc_kw"] is None
    assert not golden.offers["capacity_dc_kw", "voke", "1"].is_selected


def test_the_zone_is_stated_or_that_of_the_place_or_of_most_sensors() -> None:
    sensors = ("Asia/Seoul", "Europe/Madrid", "Europe/Madrid", "Nowhere/Else")
    no_place = record("flexmeasures:1", "A", sensor_timezones=sensors)
    placed = record("flexmeasures:1", "A", 50.0, 14.0, sensor_timezones=sensors)
    assert _golden(no_place).values["timezone"] == "Europe/Madrid"
    assert _golden(placed).values["timezone"] == "Europe/Prague"
    assert _golden(placed, record("ravenwits:2", "A", timezone="Europe/Vienna")).values["timezone"] == "Europe/Vienna"
    assert _golden(placed, record("ravenwits:2", "A", timezone="CEST-ish")).values["timezone"] == "Europe/Prague"
    assert _golden(placed, timezone="Europe/Warsaw").values["timezone"] == "Europe/Warsaw"
    assert _golden(no_place).offers["sensor_timezone", "flexmeasures", "1"].is_selected
    assert not _golden(placed).offers["sensor_timezone", "flexmeasures", "1"].is_selected


def test_a_place_at_sea_has_the_zone_of_its_sensors() -> None:
    at_sea = record("flexmeasures:1", "A", 55.0, 3.0)
    assert _golden(at_sea).values["timezone"] == "Etc/GMT"
    known = record("flexmeasures:1", "A", 55.0, 3.0, sensor_timezones=("Europe/Amsterdam",))
    assert _golden(known).values["timezone"] == "Europe/Amsterdam"


def test_the_country_is_stated_or_that_of_the_zone() -> None:
    assert _golden(record("ravenwits:1", "A", country="esp")).values["country"] == "ESP"
    in_zone = _golden(record("ravenwits:1", "A", country="Iberia", timezone="Europe/Bratislava"))
    assert in_zone.values["country"] == "SVK"
    assert _golden(record("ravenwits:1", "A", timezone="Asia/Calcutta")).values["country"] == "IND"
    assert _golden(record("ravenwits:1", "A", timezone="Etc/UTC")).values["country"] is None


def test_people_win_and_what_they_say_decides_what_follows() -> None:
    golden = _golden(record("ravenwits:1", "A", 50.0, 14.0), latitude=40.4, longitude=-3.7, technology="wind")
    assert (golden.values["timezone"], golden.values["country"]) == ("Europe/Madrid", "ESP")
    assert golden.offers["technology", "decision", ""].is_selected
    assert not golden.offers["technology", "ravenwits", "1"].is_selected


def test_what_sources_still_have_comes_before_what_is_gone() -> None:
    gone = Member(record("ravenwits:1", "Old", capacity_ac_kw=900.0, storage_kwh=5.0), is_live=False)
    here = Member(record("flexmeasures:2", "New", capacity_ac_kw=1000.0))
    values = golden_values([gone, here], {}).values
    assert (values["name"], values["capacity_ac_kw"], values["storage_kwh"]) == ("New", 1000, 5)


def test_parts_of_one_source_add_up() -> None:
    members = [
        Member(record("voke:1", "A", capacity_dc_kw=600.0)),
        Member(record("voke:2", "A", capacity_dc_kw=400.0)),
        Member(record("voke:3", "A", capacity_dc_kw=400.0), is_counted=False),
        Member(record("ravenwits:4", "A", capacity_dc_kw=1100.0)),
    ]
    assert golden_values(members, {}).values["capacity_dc_kw"] == 1000


def test_a_capacity_of_zero_is_an_unknown_one_and_a_small_one_is_not() -> None:
    golden = _golden(record("ravenwits:1", "A", capacity_ac_kw=0.0), record("voke:2", "A", capacity_ac_kw=0.5))
    assert golden.values["capacity_ac_kw"] == 0.5
    assert ("capacity_ac_kw", "ravenwits", "1") not in golden.offers
    assert _golden(record("ravenwits:1", "A", capacity_ac_kw=0.0)).values["capacity_ac_kw"] is None


def test_of_two_records_of_a_source_the_one_that_counts_is_believed() -> None:
    members = [
        Member(record("voke:1", "Copy", 49.0, 15.0), is_counted=False),
        Member(record("voke:2", "Lhota", 50.0, 14.0)),
    ]
    values = golden_values(members, {}).values
    assert (values["name"], values["latitude"]) == ("Lhota", 50.0)
    # Unless its source no longer has it.
    gone = golden_values([members[0], Member(members[1].candidate, is_live=False)], {}).values
    assert (gone["name"], gone["latitude"]) == ("Copy", 49.0)


@pytest.mark.parametrize("technology", ["hybrid", "wind"])
def test_of_two_that_say_the_same_one_is_chosen(technology: str) -> None:
    golden = _golden(*(record(f"{source}:1", "A", technology=technology) for source in ("voke", "ravenwits")))
    chosen = [key for key, offer in golden.offers.items() if key[0] == "technology" and offer.is_selected]
    assert chosen == [("technology", "ravenwits", "1")]


def test_half_a_place_that_a_person_states_tells_no_zone() -> None:
    assert _golden(record("ravenwits:1", "A"), latitude=40.4).values["timezone"] is None
    assert _golden(record("ravenwits:1", "A"), longitude=-3.7).values["timezone"] is None


def test_the_zone_of_the_sensors_is_kept_whether_or_not_it_was_chosen() -> None:
    at_sea = record("flexmeasures:1", "A", 55.0, 3.0, sensor_timezones=("Europe/Amsterdam",))
    for stated, is_selected in (({}, True), ({"timezone": "Europe/London"}, False)):
        offer = _golden(at_sea, **stated).offers["sensor_timezone", "flexmeasures", "1"]
        assert (offer.value, offer.is_selected) == ("Europe/Amsterdam", is_selected)


def test_values_are_kept_as_text_that_can_be_read_back() -> None:
    assert [as_text(value) for value in ("Lhota", 0.1, 7, date(2026, 3, 1), datetime(2026, 3, 1, 12, tzinfo=UTC))] == [
        "Lhota", "0.1", "7", "2026-03-01", "2026-03-01T12:00:00+00:00",
    ]  # fmt: skip
    offers = _golden(record("ravenwits:1", "Lhota", technology="wind")).offers
    assert (offers["name", "ravenwits", "1"].value, offers["technology", "ravenwits", "1"].value) == ("Lhota", "wind")


# ------------------------------------------------------------------------------------------------------- disagreements
def test_capacities_that_differ_by_more_than_a_tenth_are_told() -> None:
    pair = record("ravenwits:1", "A", 50.0, 14.0, capacity_ac_kw=1000.0)
    assert _disagreements(pair, record("flexmeasures:2", "A", capacity_ac_kw=1100.0)) == []
    assert _disagreements(pair, record("flexmeasures:2", "A", capacity_ac_kw=1101.0)) == [
        "P-1 A: capacity_ac_kw is 1000, but flexmeasures says 1101 (+10%)"
    ]
    assert _disagreements(pair, record("flexmeasures:2", "A", capacity_ac_kw=899.0)) == [
        "P-1 A: capacity_ac_kw is 1000, but flexmeasures says 899 (-10%)"
    ]


def test_places_more_than_five_kilometres_apart_are_told() -> None:
    # 0.045 degrees of latitude are 5.004 km, 0.0449 are 4.993 km, on a sphere of 6,371 km.
    pair = record("ravenwits:1", "A", 50.0, 14.0)
    assert _disagreements(pair, record("voke:2", "A", 50.0449, 14.0)) == []
    assert _disagreements(pair, record("voke:2", "A", 50.045, 14.0)) == ["P-1 A: voke 2 places it 5.0 km away"]


def test_another_technology_is_told_but_parts_of_a_hybrid_are_none() -> None:
    solar = record("ravenwits:1", "A", 50.0, 14.0)
    assert _disagreements(solar, record("voke:2", "A", technology="storage")) == []
    assert _disagreements(solar, record("voke:2", "A", technology="wind")) == [
        "P-1 A: technology is solar, but voke 2 says wind"
    ]


def test_zones_are_compared_by_offset() -> None:
    prague = record("ravenwits:1", "A", timezone="Europe/Prague")
    assert _disagreements(prague, record("flexmeasures:2", "A", sensor_timezones=("Europe/Berlin",))) == []
    # Tunis is at UTC+1 in winter like Prague, but has no summer time.
    assert _disagreements(prague, record("flexmeasures:2", "A", sensor_timezones=("Africa/Tunis",))) == [
        "P-1 A: timezone is Europe/Prague, but flexmeasures's sensors says Africa/Tunis, which has another offset"
    ]


def test_what_a_person_stated_is_settled_and_a_missing_zone_is_told() -> None:
    pair = (record("ravenwits:1", "A", capacity_ac_kw=1.0), record("flexmeasures:2", "A", capacity_ac_kw=2.0))
    (missing,) = _disagreements(*pair, capacity_ac_kw=1.5)
    assert "no time zone" in missing
    assert "`plant-pipeline registry set P-1 timezone Area/City`" in missing


def test_a_record_that_does_not_count_adds_to_no_capacity() -> None:
    members = [
        Member(record("ravenwits:1", "A", 50.0, 14.0, capacity_ac_kw=1000.0)),
        Member(record("flexmeasures:1", "A", capacity_ac_kw=1000.0)),
        Member(record("flexmeasures:2", "A", capacity_ac_kw=1000.0), is_counted=False),
        Member(record("voke:1", "A")),
    ]
    assert disagreements("P-1", "A", members, golden_values(members, {}), _NOW) == []


def test_a_disagreement_is_told_although_another_capacity_is_unknown() -> None:
    pair = (record("voke:1", "A", 50.0, 14.0, capacity_dc_kw=1000.0), record("ravenwits:2", "A", capacity_dc_kw=500.0))
    assert _disagreements(*pair) == ["P-1 A: capacity_dc_kw is 1000, but ravenwits says 500 (-50%)"]


def test_parts_of_a_hybrid_are_no_disagreement_but_a_part_is_no_whole() -> None:
    hybrid = record("ravenwits:1", "A", 50.0, 14.0, technology="hybrid")
    parts = [record(f"voke:{each}", "A", technology=each) for each in ("solar", "storage", "other")]
    assert _disagreements(hybrid, *parts) == []
    assert _disagreements(hybrid, record("voke:2", "A", technology="wind")) == [
        "P-1 A: technology is hybrid, but voke 2 says wind"
    ]
    assert _disagreements(replace(hybrid, technology="wind"), record("voke:2", "A", technology="solar")) == [
        "P-1 A: technology is wind, but voke 2 says solar"
    ]


def test_a_zone_that_a_record_or_the_place_says_is_told_if_its_offset_differs() -> None:
    # London is an hour behind Prague all year; Berlin is not.
    prague = record("ravenwits:1", "A", 50.0, 14.0, timezone="Europe/Prague")
    assert _disagreements(prague, record("voke:2", "A", timezone="Europe/London")) == [
        "P-1 A: timezone is Europe/Prague, but voke says Europe/London, which has another offset"
    ]
    assert _disagreements(prague, record("voke:2", "A", timezone="Europe/Berlin")) == []
    assert _disagreements(replace(prague, timezone="Europe/London")) == [
        "P-1 A: timezone is Europe/London, but the place says Europe/Prague, which has another offset"
    ]


def test_a_place_at_sea_contradicts_no_zone() -> None:
    # The zone there is Etc/GMT, an hour behind Amsterdam.
    assert _disagreements(record("ravenwits:1", "A", 55.0, 3.0, timezone="Europe/Amsterdam")) == []


_PRAGUE, _IN_SOMALIA = (50.1, 14.4), (14.4, 50.1)


@pytest.mark.parametrize(
    "witness",
    [
        record("flexmeasures:3", "A", *_PRAGUE),
        record("flexmeasures:3", "A", timezone="Europe/Prague"),
        record("flexmeasures:3", "A", sensor_timezones=("Europe/Prague", "Europe/Prague", "UTC")),
        record("flexmeasures:3", "A", country="CZE"),
    ],
)
def test_coordinates_the_wrong_way_round_are_not_believed_where_others_know_better(witness: PlantCandidate) -> None:
    first, second = record("ravenwits:1", "A", *_IN_SOMALIA), record("voke:2", "A", 50.11, 14.41)
    values = _golden(first, second, witness).values
    assert (values["latitude"], values["longitude"]) in {(50.11, 14.41), _PRAGUE}
    (told,) = (text for text in _disagreements(first, second, witness) if "away" in text)
    # By the law of cosines 5,109.0 km, and 5,109.1 from the second record.
    assert "ravenwits 1 places it 5109." in told
    assert told.endswith("latitude and longitude look swapped in one of the two: correct them at the source")


def test_of_two_that_are_each_other_the_wrong_way_round_the_first_is_believed() -> None:
    first, second = record("ravenwits:1", "A", *_IN_SOMALIA), record("voke:2", "A", *_PRAGUE)
    assert _golden(first, second).values["latitude"] == 14.4
    (told,) = _disagreements(first, second)
    assert told.startswith("P-1 A: voke 2 places it 5109.0 km away: latitude and longitude look swapped")


@pytest.mark.parametrize(
    ("first", "second", "chosen"),
    [
        ("PV-0042", "Velká Louka", "Velká Louka"),
        ("a3f9b2c1-77aa-4bcd-9e00-112233445566", "Lhota 2", "Lhota 2"),
        ("SITE_0042", "WF-17", "SITE_0042"),
        ("Lhota 2", "Velká Louka", "Lhota 2"),
        ("Park", "Velká Louka", "Park"),
        ("n/a", "PV-0042", "PV-0042"),
    ],
)
def test_a_name_that_speaks_wins_over_a_code(first: str, second: str, chosen: str) -> None:
    golden = _golden(record("ravenwits:1", first), record("voke:2", second))
    assert golden.values["name"] == chosen
    selected = [key[1] for key, offer in golden.offers.items() if key[0] == "name" and offer.is_selected]
    assert selected == ["ravenwits" if chosen == first else "voke"]
