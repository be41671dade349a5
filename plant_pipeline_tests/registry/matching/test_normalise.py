import pytest

from plant_pipeline.registry.matching.normalise import is_placeholder, normalise_key, normalise_name, same_sound


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("FVE Velká Louka", "velka louka"),
        ("VELKA_LOUKA_01", "velka louka"),
        ("Velka Louka PV", "velka louka"),
        ("VelkaLouka998kWp", "velka louka"),
        ("FVE Lhota 2.5 MWp s.r.o.", "lhota"),
        ("Lhota - Zelená energie a.s.", "lhota"),
        ("Oak Leaf Solar XXIV LLC (CSG)", "oak leaf csg"),  # what is left says too little: the company is the name
        ("Oak Leaf Solar XXII, LLC (CSG)", "oak leaf csg"),
        ("Farma Wiatrowa Kozłowo sp. z o.o.", "kozlowo"),
        ("Parque Eólico Montes de Oca, S.L.", "montes oca"),
        ("Φωτοβολταϊκό Πάρκο Κοζάνης", "kozanis"),
        ("Solarpark Großräschen GmbH & Co. KG", "grossraschen"),
        ("MT_BRYAN_WF", "mount bryan"),
        ("NORTH_PLANT", "north"),
        ("Lhota 2 Sever", "lhota north"),
        ("Lhota 2. etapa", "lhota"),
        ("Lhota 2. etapa Sever", "lhota north"),
        ("Fase II Lhota Sever", "lhota north"),
        ("Segunda fase Lhota Sever", "lhota north"),
        ("Lhota Q", "lhota"),
        ("Lhota severovýchod", "lhota north east"),
        ("D'Oro L'Épine", "oro epine"),
        ("Бяла Ябълково", "byala yablkovo"),
        ("Phase Q Lhota", "phase q lhota"),
        ("Phase CD Lhota", "phase cd lhota"),
        ("Lhota CD", "lhota cd"),
        ("Lhota Ok II", "lhota ok"),
        # Nothing but general words: they are all there is, but for the legal form.
        ("Solar Park s.r.o.", "solar park"),
        ("Solar Park V", "solar park v"),
        ("IV", "iv"),
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
        ("Lhota Phase 02", {"2"}),
        ("Phase 2a Lhota", {"2a"}),
        ("Lhota IV", {"4"}),
        ("Lhota V", {"5"}),
        ("Lhota VI", {"6"}),
        ("Lhota IX", {"9"}),
        ("De Aar Solar One", {"1"}),
        ("De Aar Two Solar Park", {"2"}),
        ("敦煌二期光伏电站", {"2"}),
        ("つくば第一発電所", {"1"}),
        ("つくば第十二発電所", {"12"}),
        ("つくば第二十三発電所", {"23"}),
        ("三峡光伏电站", set()),
        ("Oak Leaf Solar XXIV LLC (CSG)", {"24"}),
        ("Lhota XIV Agro", {"14"}),
        ("Lhota X", {"10"}),
        ("Lhota XIV", {"14"}),
        ("Lhota XXIX", {"29"}),
        ("Lhota Q", {"q"}),
        ("Lhota 2 B", {"2b"}),
        ("Lhota Phase II B", {"2b"}),
        ("Lhota I II B", {"1", "2"}),
        ("Lhota Б", {"2"}),
        ("Lhota Блок Б", {"2"}),
        ("Lhota (ב)", {"2"}),
        ("Lhota ฉ", {"ฉ"}),
        ("Lhota Ö", set()),
        ("Τρίπολη Α/Π", set()),
        ("Lhota druhá", {"2"}),
        ("Phase Q Lhota", set()),
        ("Solar Park V", set()),
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


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("7", "phase"), ("99", "phase"), ("100", "code"), ("999", "code"), ("1000", None), ("1979", None),
        ("1980", "code"), ("2049", "code"), ("2050", None), ("482119", None),
    ],
)  # fmt: skip
def test_numbers_of_three_digits_and_years_are_codes_and_longer_ones_nothing(number: str, kind: str | None) -> None:
    name = normalise_name(f"Lhota {number}")
    assert name is not None
    assert name.numbers == ({number} if kind == "phase" else set())
    assert name.codes == ({number} if kind == "code" else set())


@pytest.mark.parametrize("name", [None, "", " - ", "n/a", "N.A.", "Test", "unknown", "xxx", "Bez názvu", "(none)"])
def test_a_placeholder_is_no_name(name: str | None) -> None:
    assert normalise_name(name) is None


@pytest.mark.parametrize("name", ["PV1", "Bor", "Solar Park", "PLT_0042", "Planta 7"])
def test_short_and_general_names_identify_nothing(name: str) -> None:
    normalised = normalise_name(name)
    assert normalised is not None
    assert not normalised.is_distinctive


def test_a_name_of_four_letters_identifies_a_plant() -> None:
    assert [name.is_distinctive for name in map(normalise_name, ("Bor", "Brno")) if name] == [False, True]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Lhota", None),
        ("Lhota PV", "solar"),
        ("Lhota Windpark", "wind"),
        ("Lhota BESS", "storage"),
        ("Lhota PV + BESS", "hybrid"),
        ("Lhota PV + Wind", None),
        ("Lhota Wind + BESS", None),
    ],
)
def test_a_name_hints_at_one_technology_or_at_none(name: str, hint: str | None) -> None:
    normalised = normalise_name(name)
    assert normalised is not None
    assert normalised.hint == hint


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
    assert [normalise_key(key) for key in ("M7", "M12")] == [None, "m12"]
    assert is_placeholder(" N/A ")
