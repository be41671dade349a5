from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from plant_pipeline.errors import RegistryConflict, UsageError
from plant_pipeline.registry.decisions.crosswalk import CROSSWALK_COLUMNS, parse_crosswalk
from plant_pipeline.registry.decisions.rulings import Rulings, Step, rule, stated_on, steps_by_field
from plant_pipeline.registry.decisions.statements import METER_CHANGE_FIELDS, Decision, check_decision, stated_value
from plant_pipeline_tests.registry.given import decision

_HEADER = ",".join(CROSSWALK_COLUMNS)


def _crosswalk(tmp_path: Path, *lines: str, header: str = _HEADER) -> list[Decision]:
    path = tmp_path / "crosswalk.csv"
    path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return parse_crosswalk(path)


def _conflict(tmp_path: Path, *lines: str) -> str:
    with pytest.raises(RegistryConflict) as caught:
        _crosswalk(tmp_path, *lines)
    return str(caught.value)


def test_lines_become_decisions_with_their_numbers(tmp_path: Path) -> None:
    found = _crosswalk(
        tmp_path,
        "link,voke,v1,ravenwits,r1,,,,jana,same meter",
        "",
        " Set ,Ravenwits,r1,,,capacity_ac_kw,1500,2026-02-01,jana,",
        "link,voke,v2,voke,v1,,duplicate,,jana,",
    )
    assert found == [
        decision("link", "voke:v1", "ravenwits:r1", why="same meter", line=2),
        decision("set", "ravenwits:r1", field="capacity_ac_kw", value="1500", valid_from=date(2026, 2, 1), line=4),
        decision("link", "voke:v2", "voke:v1", value="duplicate", line=5),
    ]


def test_columns_may_stand_in_any_order_and_a_byte_order_mark_before_them(tmp_path: Path) -> None:
    path = tmp_path / "crosswalk.csv"
    columns = CROSSWALK_COLUMNS[::-1]
    cells = dict.fromkeys(columns, "") | {
        "action": "not_a_plant",
        "source": "voke",
        "source_plant_id": "v1",
        "who": "j",
    }
    path.write_text(",".join(columns) + "\n" + ",".join(cells[each] for each in columns), encoding="utf-8-sig")
    assert parse_crosswalk(path) == [decision("not_a_plant", "voke:v1", who="j", line=2)]


_METER_HEADER = ",".join((*CROSSWALK_COLUMNS, *METER_CHANGE_FIELDS))


def test_exchanges_of_meters_stand_in_columns_of_their_own(tmp_path: Path) -> None:
    found = _crosswalk(
        tmp_path,
        "meter_change,,,,,,,,jana,broken,flexmeasures:17,2026-03-31T11:40+02:00,81455.2,0",
        "meter_change,,,,,,,,jana,,voke:8/-/energy,2026-03-31 09:40:00Z,,",
        "not_a_plant,voke,v1,,,,,,jana,,,,,",
        header=_METER_HEADER,
    )
    at_utc = datetime(2026, 3, 31, 9, 40, tzinfo=UTC)
    assert found == [
        Decision("meter_change", "", "", "jana", why="broken", sensor="flexmeasures:17", valid_at=at_utc,
                 last_value=81455.2, first_value=0.0, line=2),
        Decision("meter_change", "", "", "jana", sensor="voke:8/-/energy", valid_at=at_utc, line=3),
        decision("not_a_plant", "voke:v1", line=4),
    ]  # fmt: skip
    assert str(found[0]) == "meter_change flexmeasures:17 (jana)"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("meter_change,,,,,,,,jana,,,2026-03-31T11:40Z,,", "None is no sensor: write SOURCE:ID"),
        ("meter_change,,,,,,,,jana,,17,2026-03-31T11:40Z,,", "'17' is no sensor: write SOURCE:ID"),
        ("meter_change,,,,,,,,jana,,a:17,,,", "meter_change needs valid_at"),
        ("meter_change,,,,,,,,,,a:17,2026-03-31T11:40Z,,", "who is needed"),
        ("meter_change,,,,,,,,jana,,a:17,2026-03-31T11:40,,", "is not an instant with its offset"),
        ("meter_change,,,,,,,,jana,,a:17,2026-03-31,,", "is not an instant with its offset"),
        ("meter_change,,,,,,,,jana,,a:17,2026-03-31T11:40Z,-1,", "last_value = -1 is not what is expected"),
        ("meter_change,,,,,,,,jana,,a:17,2026-03-31T11:40Z,,nan", "first_value = nan is not what is expected"),
        ("meter_change,,,,,,,,jana,,a:17,2026-03-31T11:40Z,,much", "first_value 'much' is not a number"),
        (
            "meter_change,voke,v1,,,,,,jana,,a:17,2026-03-31T11:40Z,,",
            "leave the columns from source to valid_from empty",
        ),
        ("retire,voke,v1,,,,,,jana,,a:17,,,", "retire has no sensor"),
        ("retire,voke,v1,,,,,,jana,", "it does not have 14 fields"),
    ],
)
def test_malformed_exchanges_are_named(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(RegistryConflict, match="line 2: ") as caught:
        _crosswalk(tmp_path, line, header=_METER_HEADER)
    assert message in str(caught.value)


def test_one_exchange_has_one_pair_of_values(tmp_path: Path) -> None:
    lines = [f"meter_change,,,,,,,,jana,,a:17,2026-03-31T{instant},1,{first}"
             for instant, first in (("11:40+02:00", 0), ("09:40Z", 5), ("10:40Z", 7))]  # fmt: skip
    with pytest.raises(RegistryConflict, match="lines 2, 3: different values of one exchange of a:17"):
        _crosswalk(tmp_path, *lines, header=_METER_HEADER)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("merge,voke,v1,,,,,,jana,", "action 'merge' is not one of link, unlink"),
        ("link,voke,v1,,,,,,jana,", "link needs other_source and other_source_plant_id"),
        ("link,voke,v1,ravenwits,,,,,jana,", "other_source and other_source_plant_id go together"),
        ("link,voke,v1,voke,v1,,,,jana,", "the two records are the same"),
        ("link,voke,v1,voke,v2,,twice,,jana,", "only link has a value, 'duplicate'"),
        ("retire,voke,,,,,,,jana,", "source and source_plant_id are needed"),
        ("retire,voke,v1,,,,,,,", "who is needed"),
        ("retire,voke,v1,,,,,31.1.2026,jana,", "valid_from '31.1.2026' is not a date such as 2026-01-31"),
        ("retire,voke,v1,ravenwits,r1,,,,jana,", "retire is about one record"),
        ("unlink,voke,v1,ravenwits,r1,,,2026-01-01,jana,", "unlink has no valid_from"),
        ("set,voke,v1,,,capacity,1,,jana,", "field 'capacity' cannot be set: use one of name, technology"),
        ("set,voke,v1,,,capacity_ac_kw,,,jana,", "set capacity_ac_kw needs a value"),
        ("set,voke,v1,,,capacity_ac_kw,-1,,jana,", "'-1' is not what is expected: a number from 0"),
        ("set,voke,v1,,,timezone,CEST,,jana,", "an IANA time zone such as Europe/Madrid"),
        ("set,voke,v1,,,country,Spain,,jana,", "an ISO 3166 alpha-3 code such as ESP"),
        ("set,voke,v1,,,technology,pv,,jana,", "one of solar, wind, storage, hybrid, other"),
        ("set,voke,v1,,,commissioned_at,soon,,jana,", "'soon' is not what is expected"),
        ("not_a_plant,voke,v1,,,name,,,jana,", "not_a_plant has no field"),
        ("link,voke", "it does not have 10 fields"),
        ("link,voke,v1,ravenwits,r1,,,,jana,why,more", "it does not have 10 fields"),
    ],
)
def test_malformed_lines_are_named_with_number_and_remedy(tmp_path: Path, line: str, message: str) -> None:
    text = _conflict(tmp_path, line)
    assert "line 2: " in text
    assert message in text


_CONTRADICTIONS = [
    (["link,voke,v1,ravenwits,r1,,,,j,", "unlink,ravenwits,r1,voke,v1,,,,j,"],
     "line 3 keeps ravenwits:r1 and voke:v1 apart, against line 2"),
    (["link,voke,v1,ravenwits,r1,,,,j,", "link,flexmeasures,7,voke,v1,,,,j,",
      "reject,flexmeasures,7,ravenwits,r1,,,,j,"],
     "line 4 keeps flexmeasures:7 and ravenwits:r1 apart, against lines 2, 3"),
    (["unlink,voke,v1,,,,,,j,", "link,ravenwits,r1,voke,v1,,,,j,"],
     "line 2 keeps voke:v1 and all others apart, against line 3"),
    (["not_a_plant,voke,v1,,,,,,j,", "set,voke,v1,,,name,A,,j,"],
     "line 2 says that voke:v1 is no plant, line 3 treats it as one (set)"),
    (["set,voke,v1,,,name,A,,j,", "set,voke,v1,,,name,B,,j,"], "lines 2, 3: different statements of name of voke:v1"),
    (["set,voke,v1,,,name,A,,j,", "set,ravenwits,r1,,,name,B,,j,", "link,voke,v1,ravenwits,r1,,,,j,"],
     "lines 2, 3: different statements of name"),
    (["retire,voke,v1,,,,,2026-01-01,j,", "retire,voke,v1,,,,,2026-01-02,j,"],
     "lines 2, 3: different statements of retirement"),
    (["link,voke,v1,voke,v2,,duplicate,,j,", "link,voke,v2,voke,v1,,duplicate,,j,"], "lines 2, 3: voke:v1 and voke:v2"),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "message"), _CONTRADICTIONS)
def test_contradicting_lines_are_named(tmp_path: Path, lines: Sequence[str], message: str) -> None:
    assert message in _conflict(tmp_path, *lines)


def test_what_only_looks_like_a_contradiction_passes(tmp_path: Path) -> None:
    assert _crosswalk(
        tmp_path,
        "set,voke,v1,,,name,A,,j,",
        "set,voke,v1,,,name,A,,j,again",
        "set,voke,v1,,,name,B,2026-01-01,j,",
        "set,voke,v2,,,name,C,,j,",
        "unlink,voke,v1,voke,v2,,,,j,",
        "unlink,voke,v1,voke,v3,,,,j,",
    )


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    text = _conflict(tmp_path, "merge,voke,v1,,,,,,j,", "link,voke,v1,,,,,,j,")
    assert "line 2: " in text
    assert "line 3: " in text


def test_another_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RegistryConflict, match=r"line 1: .* missing: who; unknown: author"):
        _crosswalk(tmp_path, header=_HEADER.replace("who", "author"))


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="PLANT_CROSSWALK"):
        parse_crosswalk(tmp_path / "none.csv")


def test_stated_values_have_the_type_of_their_column() -> None:
    assert stated_value("capacity_ac_kw", " 1500 ") == 1500.0
    assert stated_value("commissioned_at", "2020-05-01") == date(2020, 5, 1)
    assert stated_value("country", "esp") == "ESP"
    assert stated_value("farm_id", "12345") == "12345"
    assert check_decision(decision("set", "voke:v1", field="latitude", value="91")) != []


# ------------------------------------------------------------------------------------------------------------- rulings
def _rule(*decisions: Decision) -> Rulings:
    return rule(
        [
            replace(each, decision_id=number, decided_at=datetime(2026, 1, number, tzinfo=UTC))
            for number, each in enumerate(decisions, start=1)
        ]
    )


def test_the_newest_of_link_and_unlink_wins_also_along_a_chain() -> None:
    links = [decision("link", "voke:2", "ravenwits:1"), decision("link", "flexmeasures:3", "voke:2")]
    apart = decision("unlink", "flexmeasures:3", "ravenwits:1")
    older = _rule(apart, *links)
    assert older.joined.are_joined(("ravenwits", "1"), ("flexmeasures", "3"))
    assert [each.action for each in older.overruled] == ["unlink"]
    newer = _rule(*links, apart)
    # The older of the two links has to give way, the newer one still holds.
    assert newer.joined.are_joined(("voke", "2"), ("flexmeasures", "3"))
    assert not newer.joined.are_joined(("ravenwits", "1"), ("flexmeasures", "3"))
    assert newer.are_apart({("ravenwits", "1")}, {("flexmeasures", "3")})


def test_the_newest_of_link_and_not_a_plant_wins() -> None:
    link, denied = decision("link", "voke:2", "ravenwits:1"), decision("not_a_plant", "voke:2", why="a rack")
    assert _rule(link, denied).not_plants.keys() == {("voke", "2")}
    assert not _rule(link, denied).joined.are_joined(("voke", "2"), ("ravenwits", "1"))
    assert _rule(denied, link).not_plants == {}


def test_the_newest_link_says_whether_a_record_is_a_duplicate() -> None:
    part, copy = (decision("link", "voke:2", "voke:1", value=value) for value in (None, "duplicate"))
    assert _rule(part, copy).duplicates == {("voke", "2")}
    assert _rule(copy, part).duplicates == set()


def _stated(*values: tuple[str, date | None]) -> dict[str, list[Step]]:
    decisions = [
        decision("set", "voke:1", field="name", value=value, valid_from=valid_from, decision_id=number,
                 decided_at=datetime(2026, 3, number, 23, 30, tzinfo=UTC))
        for number, (value, valid_from) in enumerate(values, start=1)
    ]  # fmt: skip
    return steps_by_field(decisions, "Europe/Prague", datetime(2026, 1, 1, tzinfo=UTC))


def test_stated_values_follow_each_other_by_date() -> None:
    steps = _stated(("B", date(2026, 1, 1)), ("A", date(2020, 1, 1)))
    assert [stated_on(steps, day).get("name") for day in (date(2019, 1, 1), date(2025, 1, 1), date(2026, 1, 1))] == [
        None, "A", "B",
    ]  # fmt: skip


def test_a_value_without_date_counts_from_the_local_day_of_the_decision() -> None:
    # 23:30 UTC on 1 March is 2 March in Prague.
    assert _stated(("A", None)) == {"name": [Step(date(2026, 3, 2), "A", is_dated=False)]}


def test_a_later_decision_displaces_one_of_the_same_date_and_undated_ones_after_it() -> None:
    first = date(2026, 1, 1)
    assert [step.value for step in _stated(("A", first), ("B", first))["name"]] == ["B"]
    assert [step.value for step in _stated(("A", None), ("B", first))["name"]] == ["B"]
    assert [step.value for step in _stated(("A", first), ("B", None))["name"]] == ["A", "B"]
