"""Words of plant names that say what kind of thing it is, not which one: data for `normalise`.

What belongs here: word lists, written as they look after transliteration to ASCII and casefolding. What does not: any
rule how they are used. A word missing here costs recall, never precision: names are compared with what is left of them.
"""

from typing import Final

from plant_pipeline.sources.shapes import Technology


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _technologies() -> dict[str, Technology]:
    words: dict[str, Technology] = {}
    words.update(dict.fromkeys(SOLAR_WORDS, "solar"))
    words.update(dict.fromkeys(WIND_WORDS, "wind"))
    words.update(dict.fromkeys(STORAGE_WORDS, "storage"))
    return words


SOLAR_WORDS: Final = _words(
    """
    solar solare solaire solaires solari solares solarni solarna solarne solarny solarnaya solarnyy pv pvp fv fve fvp
    fotovoltaika fotovoltaicka fotovoltaicke fotovoltaicky fotovoltaico fotovoltaica fotovoltaicos fotovoltaik
    fotovoltaiczna fotowoltaika fotowoltaiczna fotovoltaiko fotovoltaikos fotovoltaic fotovoltaice fotonaponska
    photovoltaic photovoltaics photovoltaik photovoltaique photovoltaikanlage photovoltaikpark photovoltaikanlagen
    solarpark solarfarm solarkraftwerk solaranlage solarfeld solarplant sonnenpark sonnenkraftwerk zonnepark zonneweide
    zonnecentrale zonne solcellspark solcellsparken solpark solcelle solcellepark solceller aurinkovoimala aurinkopuisto
    aurinko naperomu napelem napelempark slunecni slnecna sloneczna gunes ges iliako heliako solnechnaya ses sese
    sonyachna saules saule paikesepark freiflachenanlage freiflache pvanlage pvpark sfv fves fvfarma taiyangguang sf
    spp
    """
)
WIND_WORDS: Final = _words(
    """
    wind windpark windfarm windkraft windkraftanlage windkraftanlagen windenergie windenergieanlage windanlage windfeld
    windturbine windturbines windmill windmolen windmolenpark eolico eolica eolicos eolicas eolien eolienne eoliennes
    eoliens eolian eoliana eolske vte vetropark vetrna vetrne vetrny veterna veterny wiatrowa wiatrowe wiatrowy
    vindpark vindmollepark vindmoller vindkraft vindkraftpark vindkraftverk vindkraftsparken tuulipuisto tuulivoima
    tuulivoimapuisto tuulepark szelpark szelero szeleromu ruzgar res aioliko aiolikos ves vetrena vetroelektrana
    vetroelektrostantsiya vetrovaya vitrova vejo wf wfarm wpp wka wea turbine turbines repowering fengdian fengli
    """
)
STORAGE_WORDS: Final = _words(
    """
    bess battery batteries batterie batteriespeicher batteriepark baterie baterii bateria baterias batteria batterij
    batterijen storage speicher speicherpark stockage almacenamiento accumulo accumulatore magazyn opslag energilager
    energiaraktar ess uloziste akumulace akumulacni megapack powerpack
    """
)
TECHNOLOGY_WORDS: Final = _technologies()

PLANT_WORDS: Final = _words(
    """
    plant plants park parks parc parcs parque parques parco parchi parko parcul farm farms farma farmy ferme planta
    plantas power powerplant station stations central centrale centrales centrala centralna centraal energy energia
    energie energies energetica energetico energeticka energi energija energo elektrarna elektraren elektrarne
    elektrownia elektrana elektrane elektro elektrostantsiya elektrostanciya elektrichna elektrocentrala stantsiya
    kraftwerk anlage anlagen huerta huerto instalacion instalace instalacja instalatie installation impianto impianti
    campo centro complejo complexe complesso komplex site sites projekt project projet proyecto progetto projeto
    generation generating facility asset hybrid hybrido hibrido hibrida hybridni ibrido rooftop roof strecha dach
    dachanlage toit toiture cubierta tetto terre sol freiland ground usina ufv eol pe ppe ce pfv psf psfv ft cpv psp pk
    santrali santral elektrik puisto erdmu eromu puisto park's photo voltaic
    """
)
LEGAL_WORDS: Final = _words(
    """
    gmbh mbh ag kg kgaa ohg ug gbr ev eg co cokg und sro spol as ks vos sl slu sa sau slne srl sarl sas spa snc sca sci
    scs sc ltd limited llc llp lp inc corp plc pty bv nv vof cv oy oyj ab aps is ivs kft zrt nyrt bt doo dd jsc pjsc
    ojsc ooo oao zao ead ood eood ad spzoo spz oo zoo spk lda ltda unipessoal me eireli sti asi anonim sirketi ae epe
    ike
    ehf hf as asa ans uab ou mb sia holding group grupo gruppe skupina company spv
    """
)
SMALL_WORDS: Final = _words(
    """
    the of and de del dela des du la las le les lo los el els il i gli al ao da das do dos di dei della delle d l e y o
    u und der die das dem den im am zu zur zum an na v ve w z ze s se k ke a the en het van op te og och i ja es
    """
)
PHASE_WORDS: Final = _words(
    """
    phase phases fase fases faza faze fazi etapa etapy etape etap stage block blok bloc bloque blocco blocul part parte
    partie teil cast czesc unit units unidad unite unita abschnitt bauabschnitt ba tranche lot lote lotto no nr num
    numero nummer number c cislo ext extension erweiterung ampliacion rozsireni section seccion sezione secteur sector
    """
)

_POINTS: Final = {
    "north": "north norte nord noord sever severni severna polnoc polnocny pohjoinen eszak norra norr kita",
    "south": "south sur sul sud sued zuid jih jizni juh juzni poludnie poludniowy etela syd sodra guney",
    "east": "east este leste est ost oost vychod vychodni vzhod wschod wschodni ita kelet ostra oestra dogu",
    "west": "west oeste ouest ovest zapad zapadni zachod zachodni lansi nyugat vastra vaest bati",
}
COMPASS: Final[dict[str, str]] = {word: point for point, words in _POINTS.items() for word in words.split()}
# Words of one axis that exclude each other: a place and its opposite number are two places.
_SIDES: Final = {
    "height": (
        _words(
            """
            upper superior horni horna gornji gornja gorny gorna gorne ober oberes alto alta altos haut haute boven ovre
            felso high yukari
            """
        ),
        _words(
            """
            lower inferior dolni dolna donji donja dolny dolne unter unteres bajo baja bajos baixo bas basse beneden
            nedre also low asagi basso bassa
            """
        ),
    ),
    "size": (
        _words(
            """
            great greater gross grosse grosser grossen velka velky velke velika veliki wielka wielki wielkie duzy duza
            grande grandes grand big stora store nagy groot grote buyuk
            """
        ),
        _words(
            """
            little small lesser klein kleine kleiner kleinen mala maly male mali petit petite chico chica pequeno
            pequena piccolo piccola lilla lille kis kleine kucuk
            """
        ),
    ),
    "age": (
        _words(
            """
            new nova novy nove novi nowa nowy nowe neu neue neuer neues nuevo nueva novo nuovo nuova nouveau nouvelle
            nieuw nieuwe ny nya uj yeni
            """
        ),
        _words(
            """
            old stara stary stare stari alt alte alter altes viejo vieja velho velha vecchio vecchia vieux vieille oud
            oude gamla gammel regi eski
            """
        ),
    ),
}
OPPOSITES: Final[dict[str, tuple[str, int]]] = {
    word: (axis, side) for axis, sides in _SIDES.items() for side, words in enumerate(sides, start=1) for word in words
}
ABBREVIATIONS: Final[dict[str, str]] = {
    "mt": "mount",
    "mte": "monte",
    "pt": "port",
    "pto": "puerto",
    "st": "saint",
    "snt": "saint",
    "sankt": "saint",
    "sta": "santa",
    "sto": "santo",
    "svt": "sveti",
    "ft": "fort",
    "hl": "holy",
    "villa": "vila",
}
ORDINALS: Final[dict[str, str]] = {
    "one": "1", "two": "2", "three": "3", "four": "4", "first": "1", "second": "2", "third": "3",
    "uno": "1", "tres": "3", "primera": "1", "segunda": "2", "tercera": "3", "eins": "1", "zwei": "2", "drei": "3",
    "prvni": "1", "druha": "2", "treti": "3", "deux": "2", "trois": "3", "due": "2", "tre": "3", "dois": "2",
    "jedna": "1", "dva": "2", "tri": "3",
}  # fmt: skip

PLACEHOLDERS: Final = frozenset(
    """
    |n/a|na|n.a|nan|none|null|nil|unknown|unnamed|untitled|undefined|not applicable|not available|not set|test|tests|
    testing|test plant|plant test|tbd|tba|tbc|todo|default|dummy|demo|sample|example|placeholder|x|xx|xxx|xxxx|y|z|abc|
    asdf|foo|bar|name|no name|noname|new|new plant|new site|neznamy|neznama|bez nazvu|bez jmena|sin nombre|sem nome|
    sans nom|senza nome|ohne namen|unbenannt|unbekannt|desconocido|desconhecido|inconnu|sconosciuto|brak|brak nazwy|
    prueba|prova|teste|essai|probe|pokus|temp|tmp|old|deleted|do not use|undef|empty|false|true|0
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)
