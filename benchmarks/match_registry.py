"""Time, memory and quality of matching two systems' plant lists of any size, truth known.

Run `python benchmarks/match_registry.py [plants] [seed]`. The fleet is invented: ten languages and scripts, phases,
neighbours of one name, typing errors, other words for "solar park", owners in the name, coordinates that are off,
swapped or missing. Its words are its own, not those of the normaliser. Thresholds were chosen on seeds 1 to 5; the
figures that count are those of other seeds (the default is one).
"""

import math
import random
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from anyascii import anyascii

from plant_pipeline.registry.decisions.rulings import Rulings
from plant_pipeline.registry.matching.match import Match, find_matches
from plant_pipeline.registry.plants.resolve import Known, resolve
from plant_pipeline.registry.records import key_of
from plant_pipeline.sources.shapes import PlantCandidate, Technology

HELD_OUT_SEED: Final = 20261121
KM_PER_DEGREE: Final = 111.2


@dataclass(frozen=True)
class Language:
    """How one country names its plants: parts of place names, and what it calls a plant."""

    country: str
    zone: str
    box: tuple[float, float, float, float]  # south, north, west, east
    first: tuple[str, ...]
    second: tuple[str, ...]
    solar: tuple[str, ...]
    wind: tuple[str, ...]
    owners: tuple[str, ...]


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


LANGUAGES: Final = (
    Language("CZE", "Europe/Prague", (48.8, 50.8, 12.8, 18.4),
             _split("Velká,Malá,Horní,Dolní,Nová,Stará,Bílá,Černá,Červená,Suchá,Dlouhá,Široká,Hluboká,Kamenná,Vysoká,,,,"),
             _split("Louka,Lhota,Ves,Bystřice,Voda,Hora,Třebová,Olšina,Březina,Skalice,Dubina,Kamenice,Losenice,Rybná,Řečice,"
                    "Žďárek,Kostelec,Hradiště,Újezd,Opatov,Chlumec,Vrbno,Strážnice,Pohořelice,Líšnice,Mokrá,Kunratice"),
             _split("FVE,Fotovoltaika,Sluneční elektrárna,Solární park"), _split("VTE,Větrný park,Větrná elektrárna"),
             _split("Agrosol s.r.o.,Energo Morava a.s.,Slunce a.s.")),
    Language("ESP", "Europe/Madrid", (37.0, 42.8, -6.9, -0.5),
             _split("Los,Las,El,La,Sierra de,Puerto de,Cerro,Valle de,Campo de,San,Santa,Dehesa de,Llano de,Alto de"),
             _split("Llanos,Arenales,Molinos,Olivares,Encinas,Zarzal,Almendros,Villanueva,Carrascal,Peñas,Tomillar,Hoya,"
                    "Barrancos,Cabezuela,Retamar,Montejo,Aldea,Fuentes,Guijarro,Herrera,Lobera,Navas,Oropesa,Quintana"),
             _split("Planta Fotovoltaica,PSF,Parque Solar,Huerta Solar"), _split("Parque Eólico,PE,Eólica"),
             _split("Iberluz S.L.,Energías del Sur S.A.,Renovables Duero SLU")),
    Language("DEU", "Europe/Berlin", (48.0, 54.0, 7.5, 14.0),
             _split("Groß,Klein,Ober,Unter,Neu,Alt,Bad,Schön,Wald,Stein,Eichen,Birken,Mühl,Frieden,König,Lauch,Grün,Rot"),
             _split("hain,dorf,hausen,berg,feld,bach,heim,rode,stedt,leben,walde,räschen,brück,münde,hütte,beuren,lohe,möckern"),
             _split("Solarpark,PV-Freiflächenanlage,PVA,Sonnenkraftwerk"),
             _split("Windpark,WP,Bürgerwindpark,Windfeld"),
             _split("Nordlicht GmbH,EnerSüd AG,Bürgerenergie eG")),
    Language("POL", "Europe/Warsaw", (50.2, 54.2, 15.0, 23.3),
             _split("Nowa,Stara,Wielka,Mała,Górna,Dolna,Biała,Czarna,Suchy,Długa,,,,"),
             _split("Łąka,Wieś,Góra,Dąbrowa,Brzoza,Sośnica,Kozłowo,Gołańcz,Żarnów,Świętno,Jasień,Krzywin,Mściszewo,Ostrów,"
                    "Podlesie,Rokitno,Szczawin,Trzebiel,Wólka,Źródła,Lipno,Chełmce"),
             _split("Elektrownia Słoneczna,Farma Fotowoltaiczna,PV"), _split("Farma Wiatrowa,FW,Elektrownia Wiatrowa"),
             _split("Zielona Moc sp. z o.o.,Wiatr i Słońce S.A.")),
    Language("GRC", "Europe/Athens", (37.2, 41.0, 20.8, 25.5),
             _split("Άγιος,Νέα,Άνω,Κάτω,Μεγάλη,Μικρή,Παλαιά,,,"),
             _split("Κοζάνη,Παναγιά,Λάρισα,Βέροια,Τρίπολη,Θήβα,Δομοκός,Φάρσαλα,Ελασσόνα,Καρδίτσα,Λιβάδι,Πέτρα,Στεφάνι,Πλατάνι,"
                    "Μηλιά,Καστανιά,Κερασιά,Βαθύρεμα,Ξηροχώρι"),
             _split("Φωτοβολταϊκό Πάρκο,Φ/Β Σταθμός"), _split("Αιολικό Πάρκο,Α/Π"), _split("Ήλιος ΑΕ,Ανεμος ΑΕ")),
    Language("BGR", "Europe/Sofia", (41.8, 43.8, 23.0, 28.0),
             _split("Горна,Долна,Нова,Стара,Голяма,Малка,Бяла,Черна,,,"),
             _split("Баня,Слатина,Поляна,Върбица,Оряховица,Каменец,Равна,Церово,Шипка,Дъбово,Бреза,Крушево,Чешма,Ябълково,"
                    "Любеново,Царевец,Стражица,Широково"),
             _split("ФЕЦ,Соларен парк"), _split("ВЕЦ,Ветропарк"), _split("Слънце ЕООД,Вятър АД")),
    Language("PRT", "Europe/Lisbon", (37.2, 41.8, -8.8, -6.9),
             _split("Serra de,Vale de,Monte,São,Santa,Alto do,Ribeira de,Quinta da,Vila,Herdade da"),
             _split("Alcoutim,Évora,Mértola,Serpa,Amoreira,Figueira,Carvalhal,Pinheiro,Azinhal,Cabeço,Freixo,Loureiro,Moinhos,"
                    "Oliveira,Pereiro,Romeira,Sobral,Torrão"),
             _split("Central Fotovoltaica,Parque Fotovoltaico,CF"), _split("Parque Eólico,PE"),
             _split("Luz do Sul Lda,Eolus SA")),
    Language("FRA", "Europe/Paris", (43.8, 49.5, -0.8, 6.0),
             _split("Saint-,Sainte-,Le,La,Les,Mont,Bois de,Plaine de,Champ de,Côte de,Haut,Bas,Val de"),
             _split("Aubin,Brévenne,Chênaie,Drôme,Épine,Ferté,Garenne,Hêtraie,Joncs,Landes,Marais,Noyers,Ormeau,Prés,Quercy,"
                    "Rivière,Sablons,Tilleul,Vigneaux"),
             _split("Centrale Photovoltaïque,Parc Solaire,CPV"), _split("Parc Éolien,Ferme Éolienne"),
             _split("Énergies Vertes SAS,Soleil de France SARL")),
    Language("USA", "America/Chicago", (31.0, 42.0, -102.0, -90.0),
             _split("Big,Little,North,South,East,West,Upper,Lower,Cedar,Oak,Prairie,Red,Blue,Lone,Deer,Turkey,Buffalo,Eagle"),
             _split("Creek,Ridge,Hollow,Springs,Flats,Valley,Hill,Mesa,Point,Fork,Bluff,Meadow,Prairie,Lake,Crossing,Canyon"),
             _split("Solar,Solar Energy Center,Solar Project,PV"), _split("Wind,Wind Farm,Wind Energy Project"),
             _split("Sunrun Holdings LLC,Lonestar Power Inc.")),
    Language("SWE", "Europe/Stockholm", (56.0, 61.0, 12.5, 17.5),
             _split("Norra,Södra,Östra,Västra,Stora,Lilla,Nya,Gamla,,,"),
             _split("Björkås,Ekeby,Fågelvik,Gränna,Hällstad,Järvsö,Kråkö,Lövåsen,Mörkret,Näset,Råneå,Sjöbo,Tångaberg,Vänersnäs,"
                    "Åsarp,Älvros,Öjebyn"),
             _split("Solcellspark,Solpark"), _split("Vindkraftpark,Vindpark"), _split("Vattenljus AB,Solkraft AB")),
)  # fmt: skip
ROMAN: Final = ("", "I", "II", "III", "IV", "V")
REGIONS: Final = _split("Agro,Logistik,Depot,Airport,Quarry,Jih,Zona 3,Landfill,Kiesgrube,Rooftop Cluster,Hall")


@dataclass(frozen=True)
class TruePlant:
    """One plant as it is."""

    number: int
    language: Language
    base: str
    phase: int  # 0: the only one
    technology: Technology
    latitude: float
    longitude: float
    ac_kw: float
    dc_kw: float | None


def true_fleet(count: int, chance: random.Random) -> list[TruePlant]:
    """`count` plants around centres, some in phases, some beside another of the same name."""
    centres = [
        (language, chance.uniform(language.box[0], language.box[1]), chance.uniform(language.box[2], language.box[3]))
        for language in LANGUAGES
        for _ in range(max(2, count // 80))
    ]
    plants: list[TruePlant] = []
    while len(plants) < count:
        language, latitude, longitude = chance.choice(centres)
        latitude += chance.gauss(0, 0.25)
        longitude += chance.gauss(0, 0.35)
        technology: Technology = "solar" if chance.random() < 0.7 else "wind"
        base = _place_name(language, chance)
        phases = chance.choice((2, 2, 3, 4)) if chance.random() < 0.10 else 1
        for phase in range(1, phases + 1):
            spread = 1.5 if phases > 1 else 0
            plants.append(
                _plant(len(plants), language, base, phase if phases > 1 else 0, technology,
                       _moved(latitude, longitude, spread, chance), chance)
            )  # fmt: skip
        if chance.random() < 0.06:  # a neighbour of the same village and another owner
            owner = chance.choice(language.owners).split()[0]
            plants.append(
                _plant(
                    len(plants),
                    language,
                    f"{base} {owner}",
                    0,
                    technology,
                    _moved(latitude, longitude, 3, chance),
                    chance,
                )
            )
    return plants[:count]


def _plant(number: int, language: Language, base: str, phase: int, technology: Technology, place: tuple[float, float],
           chance: random.Random) -> TruePlant:  # fmt: skip
    ac_kw = round(10 ** chance.uniform(2.3, 5.0), -1)
    dc_kw = round(ac_kw * chance.uniform(1.05, 1.45), 1) if technology == "solar" else None
    return TruePlant(number, language, base, phase, technology, *place, ac_kw, dc_kw)


def _place_name(language: Language, chance: random.Random) -> str:
    first, second = chance.choice(language.first), chance.choice(language.second)
    if language.country == "DEU":
        return first + second
    name = (f"{first}{second}" if first.endswith("-") else f"{first} {second}").strip()
    return f"{name} {chance.choice(language.second)}" if chance.random() < 0.25 else name


def _moved(latitude: float, longitude: float, km: float, chance: random.Random) -> tuple[float, float]:
    angle, length = chance.uniform(0, 2 * math.pi), km * math.sqrt(chance.random()) / KM_PER_DEGREE
    return latitude + length * math.sin(angle), longitude + length * math.cos(angle) / math.cos(math.radians(latitude))


# ------------------------------------------------------------------------------------------- as a system knows a plant
def _phase_text(plant: TruePlant, chance: random.Random) -> str:
    if plant.phase == 0:
        return " 01" if chance.random() < 0.04 else ""
    if plant.phase == 1 and chance.random() < 0.15:
        return ""
    roman = ROMAN[plant.phase]
    return " " + chance.choice(
        (roman, roman, str(plant.phase), f"{plant.phase:02d}", f"Phase {plant.phase}", f"Fase {roman}")
    )


def _code_name(plant: TruePlant, chance: random.Random) -> str:
    text = anyascii(plant.base + _phase_text(plant, chance)).upper().replace("'", "")
    suffix = chance.choice(("", "", "_PV" if plant.technology == "solar" else "_WF"))
    return text.replace(" ", "_").replace("-", "_") + suffix


def _long_name(plant: TruePlant, chance: random.Random) -> str:
    words = plant.language.solar if plant.technology == "solar" else plant.language.wind
    name = plant.base + _phase_text(plant, chance)
    name = f"{chance.choice(words)} {name}" if chance.random() < 0.75 else f"{name} {chance.choice(words)}"
    if chance.random() < 0.10:
        name = f"{name} - {chance.choice(plant.language.owners)}"
    return f"{name} {chance.choice(REGIONS)}" if chance.random() < 0.03 else name


def _english_name(plant: TruePlant, chance: random.Random) -> str:
    kind = ("Solar Park", "PV", "PV Plant", "Solar") if plant.technology == "solar" else ("Wind Farm", "Wind", "WF")
    base = anyascii(plant.base)
    if plant.language.country == "DEU" and chance.random() < 0.5:
        for letter, spelled in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
            base = plant.base if letter == "ä" else base
            base = base.replace(letter, spelled)
    return f"{base}{_phase_text(plant, chance)} {chance.choice(kind)}"


def _mistyped(name: str, chance: random.Random) -> str:
    edits = 0 if chance.random() > 0.08 else 1 if chance.random() < 0.75 else 2
    for _ in range(edits):
        at = chance.randrange(len(name))
        letter = chance.choice("aeiorstn")
        name = chance.choice(
            (name[:at] + name[at + 1 :], name[:at] + letter + name[at + 1 :], name[:at] + letter + name[at:])
        )
    return name[: chance.randint(14, 24)] if chance.random() < 0.015 else name


def _place(plant: TruePlant, chance: random.Random) -> tuple[float | None, float | None]:
    kind = chance.random()
    if kind < 0.04:
        return None, None
    if kind < 0.045:
        return plant.longitude, plant.latitude
    if kind < 0.05:
        return 0.0, 0.0
    spread = 10.0 if kind < 0.065 else 3.0 if kind < 0.2 else 0.8
    latitude, longitude = _moved(plant.latitude, plant.longitude, spread, chance)
    return round(latitude, 4), round(longitude, 4)


def record(plant: TruePlant, source: str, styles: tuple[Callable[[TruePlant, random.Random], str], ...],
           has_ac: bool, chance: random.Random) -> PlantCandidate:  # fmt: skip
    """The plant as one system has it; its id ends in the true number, which the matcher does not look at."""
    latitude, longitude = _place(plant, chance)
    name = (
        _mistyped(chance.choice(styles)(plant, chance), chance)
        if chance.random() > 0.015
        else f"SITE-{chance.randrange(10**6)}"
    )
    factor = chance.choice((0.5, 1000.0)) if chance.random() < 0.015 else chance.uniform(0.99, 1.01)
    is_known = chance.random() > 0.08
    dc_kw = plant.dc_kw * factor if plant.dc_kw and is_known and (not has_ac or chance.random() < 0.5) else None
    return PlantCandidate(
        source=source,
        source_plant_id=f"{chance.randrange(10**9):09d}-{plant.number}",
        name=name,
        is_plant=True,
        is_present=True,
        observed_at=datetime(2026, 11, 21, tzinfo=UTC),
        technology=plant.technology if chance.random() > 0.08 else None,
        latitude=latitude,
        longitude=longitude,
        timezone=plant.language.zone if has_ac else None,
        country=plant.language.country if has_ac else None,
        sensor_timezones=() if has_ac else (plant.language.zone,),
        capacity_ac_kw=plant.ac_kw * factor if is_known and has_ac else None,
        capacity_dc_kw=dc_kw,
    )


def two_systems(count: int, seed: int) -> tuple[list[PlantCandidate], int]:
    """`count` records in each of two systems, four fifths of them in both; and the number of true pairs."""
    chance = random.Random(seed)  # noqa: S311 -- an invented fleet, not a secret
    shared = count * 4 // 5
    plants = true_fleet(2 * count - shared, chance)
    chance.shuffle(plants)
    records = [
        record(plant, "ravenwits", (_code_name, _code_name, _english_name), True, chance) for plant in plants[:count]
    ]
    records += [
        record(plant, "voke", (_long_name, _long_name, _english_name), False, chance) for plant in plants[-count:]
    ]
    return records, shared


def is_true_match(match: Match) -> bool:
    """Whether both records are of one true plant."""
    one, other = match.one.source_plant_id, match.other.source_plant_id
    return one.partition("-")[2] == other.partition("-")[2]


def main() -> None:
    """Print one line of figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else HELD_OUT_SEED
    records, true_pairs = two_systems(count, seed)
    started = time.perf_counter()
    matches = find_matches(records)
    seconds = time.perf_counter() - started
    by_key = {key_of(each): each for each in records}
    seen_since = {key: each.observed_at for key, each in by_key.items()}
    resolved = resolve(Known(by_key, frozenset(by_key), {}, seen_since, {}, Rulings(), [], matches))
    resolve_s = time.perf_counter() - started - seconds
    clear = [match for match in matches if match.is_clear]
    doubtful = [match for match in matches if not match.is_clear]
    right, right_doubtful = sum(map(is_true_match, clear)), sum(map(is_true_match, doubtful))
    print(
        f"{count} x {count}, seed {seed}: {seconds:.2f} s, peak {_peak_mb():.0f} MB; "
        f"{len(set(resolved.plant_of.values()))} plants in {resolve_s:.2f} s; "
        f"clear {len(clear)}: precision {right / max(1, len(clear)):.4f}, recall {right / true_pairs:.4f}; "
        f"doubtful {len(doubtful)}, {right_doubtful / max(1, len(doubtful)):.2f} of them true; "
        f"found by either {(right + right_doubtful) / true_pairs:.4f}"
    )


def _peak_mb() -> float:
    """Peak resident memory of this process, the invented fleet and the interpreter included."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
