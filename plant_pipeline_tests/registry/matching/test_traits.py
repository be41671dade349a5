"""Names of neighbours: one spot, one size, and yet two plants for a person to judge."""

from dataclasses import replace

import pytest

from plant_pipeline.registry.matching.match import find_matches
from plant_pipeline.registry.matching.normalise import PlantName, normalise_name
from plant_pipeline.registry.matching.traits import are_other_words, crossed_marks
from plant_pipeline_tests.registry.given import record

_ONE = record("ravenwits:1", "", 50.0, 14.0, capacity_ac_kw=5000.0)


def _is_linked(one: str, other: str) -> bool:
    """Whether two records of one place, size and technology are linked; a person is asked if not."""
    (match,) = find_matches([replace(_ONE, name=one), replace(_ONE, source="voke", name=other)])
    return match.is_clear


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Flat North", "Flat Central"),
        ("Flat North Solar", "Flat Central Solar"),
        ("Lhota Střed", "Lhota Sever"),
        ("Mitte Flat", "Nord Flat"),
        ("Flat Northeast", "Flat North"),
        ("Flat Northeast", "Flat Northwest"),
        ("Upper Flat", "Flat II"),
        ("Flat Inner", "Flat Outer"),
        ("Feld Links", "Feld Rechts"),
        ("Flat Alpha", "Flat Beta"),
        ("Lhota první", "Lhota druhá"),
        ("Flat Second", "Flat Third"),
        ("Flat II A", "Flat II B"),
        ("Flat I B", "Flat II A"),
        ("Flat Q", "Flat R"),
        ("Flat (B)", "Flat (C)"),
        ("פארק סולארי ערד א", "פארק סולארי ערד ב"),
        ("Слатина Блок А", "Слатина Блок Б"),
        ("Слатина В", "Слатина Г"),
        ("Αγία Πέτρα Α", "Αγία Πέτρα Β"),
        ("敦煌 甲", "敦煌 乙"),
        ("가야 가", "가야 나"),
        ("सौर पार्क क", "सौर पार्क ख"),
        ("ชัยภูมิ ก", "ชัยภูมิ ข"),
        ("Aura", "Aurora"),
        ("Aura Solar", "Aurora Solar"),
        ("Aura North", "Aurora North"),
        ("Alba", "Albata"),
    ],
)
def test_neighbours_at_one_spot_and_of_one_size_are_asked_about(one: str, other: str) -> None:
    assert not _is_linked(one, other)
    assert not _is_linked(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Flat North", "Flat"),
        ("Flat", "Flat Central"),
        ("Alcoutim Central Fotovoltaica", "Alcoutim 2 PV"),
        ("Alcoutim Norte Solar", "Central Fotovoltaica Alcoutim Norte"),
        ("Louka 1", "Louka sever"),
        ("Flat Energy Center", "Flat North"),
        ("Flat Northeast", "Flat North East"),
        ("Слатина Блок Б", "SLATINA_B"),
        ("פארק סולארי ערד ב", "פארק סולארי ערד 2"),
        ("Flat II B", "Flat 2b"),
        ("Aurora", "Aurorra"),
        ("Wendy's Farm Solar", "WENDYS_FARM"),
        ("Върбица", "VRBITSA"),
        ("Bois de Sablons", "BOISDESABLONS"),
        ("Oak Ridge Energy", "OakRidge PV"),
    ],
)
def test_what_one_name_leaves_out_or_writes_otherwise_links(one: str, other: str) -> None:
    assert _is_linked(one, other)
    assert _is_linked(other, one)


def _names(one: str, other: str) -> tuple[PlantName, PlantName]:
    names = normalise_name(one), normalise_name(other)
    assert names[0] is not None
    assert names[1] is not None
    return names[0], names[1]


@pytest.mark.parametrize(
    ("one", "other", "crossed"),
    [
        ("Flat North", "Flat Central", ({"north"}, {"centre"})),
        ("Flat Upper 2", "Flat North 2", ({"upper"}, {"north"})),
        ("Flat North", "Flat North 2", None),
        ("Flat 2", "Flat Central", None),  # a centre beside a number may be a plant
        ("Flat 1", "Flat North", None),
        ("Flat 2", "Flat North", ({"2"}, {"north"})),
    ],
)
def test_marks_are_crossed_if_each_name_has_its_own(
    one: str, other: str, crossed: tuple[set[str], set[str]] | None
) -> None:
    names = _names(one, other)
    found, reverse = crossed_marks(*names), crossed_marks(names[1], names[0])
    assert (found and tuple(map(set, found))) == crossed
    assert (reverse and tuple(map(set, reverse[::-1]))) == crossed


@pytest.mark.parametrize(
    ("one", "other", "are_other"),
    [
        ("Aura", "Aurora", True),  # two letters of four
        ("Aura", "Auro", False),  # one
        ("Aurelia", "Aurelias", False),
        ("Friedenstedt", "Fridenstett", False),  # three of twelve
        ("Aura", "Aurora Aura", False),  # all words of the other
        ("Aura Louka", "Aurora Louka", False),  # a telling word in both
        ("Aura North", "Aurora North", True),  # which a compass point is not
        ("Steinheim", "Stein Heim", False),
    ],
)
def test_words_are_others_if_no_error_made_one_of_the_other(one: str, other: str, are_other: bool) -> None:
    names = _names(one, other)
    assert are_other_words(*names) == are_other
    assert are_other_words(names[1], names[0]) == are_other
