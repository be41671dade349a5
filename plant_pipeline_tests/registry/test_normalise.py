import pytest

from plant_pipeline.registry.normalise import is_placeholder, normalise_key, normalise_name, same_sound


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("FVE Velká Louka", "velka louka"),
        ("VELKA_LOUKA_01", "velka louka"),
        ("Velka Louka PV", "velka louka"),
        ("VelkaLouka998kWp", "velka louka"),
        ("FVE Lhota 2.5 MWp s.r.o.", "lhota"),
        ("Lhota - Zelená energie a.s.", "lhota"),
        ("Farma Wiatrowa Kozłowo sp. z o.o.", "kozlowo"),
        ("Parque Eólico Montes de Oca, S.L.", "montes oca"),
        ("Φωτοβολταϊκό Πάρκο Κοζάνης", "kozanis"),
        ("Solarpark Großräschen GmbH & Co. KG", "grossraschen"),
        ("MT_BRYAN_WF", "mount bryan"),
        ("NORTH_PLANT", "north"),
        ("Planta Norte", "north"),
    ],
)
def test_what_kind_of_thing_it_is_and_who_owns_it_is_dropped(name: str, words: str) -> None:
    normalised = normalise_name(name)
    assert normalised is not None
    assert " ".join(normalised.words) == words


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("Los Llanos I", {"1"}),
        ("LOS_LLANOS_II", {"2"}),
        ("Los Llanos I y II", {"1", "2"}),
        ("Los Llanos Fase III Norte", {"3"}),
        ("Lhota Phase 2 Solar Park", {"2"}),
        ("2. etapa Lhota", {"2"}),
        ("Lhota segunda fase", {"2"}),
        ("Lhota 02", {"2"}),
        ("LHOTA2", {"2"}),
        ("Blok B Lhota", {"2"}),
        ("Lhota C", {"3"}),
        ("Lhota 2a", {"2a"}),
        ("Lhota 12 MW", set()),
        ("Lhota 2010", set()),
        ("Ústí v Polích", set()),
        ("Viento", set()),
    ],
)
def test_phases_are_numbers_however_they_are_written(name: str, numbers: set[str]) -> None:
    normalised = normalise_name(name)
    assert normalised is not None
    assert normalised.numbers == numbers


def test_numbers_of_three_digits_and_years_are_codes_and_longer_ones_nothing() -> None:
    names = [normalise_name(name) for name in ("Lhota 2010", "Lhota 117", "Lhota 482119")]
    assert [sorted(name.codes) for name in names if name] == [["2010"], ["117"], []]


@pytest.mark.parametrize("name", [None, "", " - ", "n/a", "N.A.", "Test", "unknown", "xxx", "Bez názvu", "(none)"])
def test_a_placeholder_is_no_name(name: str | None) -> None:
    assert normalise_name(name) is None


@pytest.mark.parametrize("name", ["PV1", "Bor", "Solar Park", "PLT_0042", "Planta 7"])
def test_short_and_general_names_identify_nothing(name: str) -> None:
    normalised = normalise_name(name)
    assert normalised is not None
    assert not normalised.is_distinctive


def test_names_tell_technology_compass_points_and_opposites() -> None:
    hybrid, south, lower = map(normalise_name, ("Kladno PV + Storage", "Lauchhammer-Süd", "Dolní Lhota"))
    assert hybrid is not None
    assert hybrid.hint == "hybrid"
    assert south is not None
    assert south.compass == {"south"}
    assert lower is not None
    assert lower.opposites == {("height", 2)}


def test_spellings_of_one_sound_are_one() -> None:
    assert same_sound("gruenhain") == same_sound("grunhain")
    assert same_sound("kyjiv") == same_sound("kyiv")


def test_keys_are_compared_without_case_and_blanks_and_not_at_all_if_they_say_nothing() -> None:
    assert normalise_key(" Velvary-MAIN ") == "velvary-main"
    assert [normalise_key(key) for key in ("", "n/a", "12", "test")] == [None] * 4
    assert is_placeholder(" N/A ")
