"""The named plants of the sandbox: what stands where, and under which names the three systems know it.

What belongs here: the table. What does not: the continuation to any size (invented.py), ids of equipment and sensors
(catalogue.py). Coordinates and capacities differ from the true ones by small amounts fixed per plant and system.
"""

import uuid
from dataclasses import replace
from typing import Final, Literal

from plant_pipeline.sandbox.noise import between
from plant_pipeline.sandbox.plants import (
    FlexMeasuresRecord,
    Quirk,
    RavenwitsRecord,
    Style,
    Technology,
    TruePlant,
    VokeRecord,
)

NAMESPACE: Final = uuid.UUID("5b0f5d3a-6f6e-4b39-9a57-4a6f0e6a1c11")
METRES_PER_DEGREE: Final = 111_195.0

Capacity = Literal["attribute", "flex-model", "none"]


def record_id(source: str, key: str) -> str:
    """The UUID under which a UUID-keyed system knows `key`."""
    return str(uuid.uuid5(NAMESPACE, f"{source}:{key}"))


def plant(
    key: str,
    name: str,
    technology: Technology,
    latitude: float,
    longitude: float,
    timezone: str,
    country: str,
    ac_kw: float,
    dc_kw: float | None = None,
    storage_kwh: float | None = None,
    quirk: Quirk | None = None,
) -> TruePlant:
    """A true plant that no system knows yet."""
    return TruePlant(key, name, technology, latitude, longitude, timezone, country, ac_kw, dc_kw, storage_kwh, quirk)


def _near(true: TruePlant, source: str, digits: int) -> tuple[float, float]:
    """The plant's coordinates as one system has them: up to about 250 m off, rounded."""
    north, east = (
        between(-0.0022, 0.0022, true.key, source, "north"),
        between(-0.0022, 0.0022, true.key, source, "east"),
    )
    return round(true.latitude + north, digits), round(true.longitude + east, digits)


def in_ravenwits(
    true: TruePlant,
    name: str,
    display_name: str = "",
    has_timezone: bool = True,
    group: str = "",
    has_forecast: bool = True,
) -> TruePlant:
    """The plant, known to Ravenwits: MW, nominal = AC, installed = DC for solar."""
    latitude, longitude = _near(true, "ravenwits", 5)
    record = RavenwitsRecord(
        id=record_id("ravenwits", true.key),
        name=name,
        latitude=latitude,
        longitude=longitude,
        installed_mw=(true.capacity_dc_kw or true.capacity_ac_kw) / 1000.0,
        nominal_mw=true.capacity_ac_kw / 1000.0,
        area=true.country,
        technology_type="eolica" if true.technology == "wind" else "solar",
        timezone=true.timezone if has_timezone else "",
        agrupation=group,
        customer_display_name=display_name,
        has_forecast=has_forecast,
    )
    return replace(true, ravenwits=record)


def in_voke(
    true: TruePlant,
    name: str,
    external_id: str | None = None,
    place: Literal["known", "zero", "null"] = "known",
    has_load: bool = False,
    group: str | None = None,
    certificate_expires_at: str | None = None,
) -> TruePlant:
    """The plant, known to Voke: kWp within 1 % of the true DC capacity, kWh of storage, nothing for wind."""
    latitude: float | None
    longitude: float | None
    latitude, longitude = _near(true, "voke", 5)
    if place != "known":
        latitude = longitude = 0.0 if place == "zero" else None
    peak = 0.0
    if true.capacity_dc_kw is not None:
        peak = round(true.capacity_dc_kw * between(0.99, 1.01, true.key, "kwp"), 1)
    devices: list[tuple[str, str]] = [("R1", "CABINET"), ("E1", "METER")]
    if true.technology in ("solar", "hybrid"):
        devices += [("INV1", "INVERTER"), ("INV2", "INVERTER")]
    if true.storage_kwh is not None:
        devices.append(("BAT1", "BATTERY"))
    record = VokeRecord(
        id=record_id("voke", true.key),
        name=name,
        external_plant_id=external_id,
        latitude=latitude,
        longitude=longitude,
        peak_kwp=peak,
        capacity_kwh=true.storage_kwh or 0.0,
        has_load=has_load,
        group=group,
        sub_devices=tuple(devices),
        certificate_expires_at=certificate_expires_at,
    )
    return replace(true, voke=record)


def in_flexmeasures(
    true: TruePlant,
    name: str,
    style: Style | None = None,
    external_id: str | None = None,
    capacity: Capacity = "attribute",
    has_place: bool = True,
) -> TruePlant:
    """The plant, known to FlexMeasures; the asset's id follows later, when the whole catalogue is numbered."""
    latitude, longitude = _near(true, "flexmeasures", 4)
    megawatts = round(true.capacity_ac_kw / 1000.0, 3)
    types = {"solar": "solar", "wind": "wind", "storage": "battery", "hybrid": "solar"}
    record = FlexMeasuresRecord(
        id="",
        name=name,
        asset_type=types[true.technology],
        latitude=latitude if has_place else None,
        longitude=longitude if has_place else None,
        external_id=external_id,
        attributes={"capacity_in_mw": megawatts} if capacity == "attribute" else {},
        flex_model={"power-capacity": f"{megawatts} MW"} if capacity == "flex-model" else {},
        style=style,
    )
    return replace(true, flexmeasures=record)


def named_plants() -> tuple[TruePlant, ...]:
    """All named plants, those known to three systems first."""
    return (*_in_all_three(), *_in_two(), *_in_one())


def _in_all_three() -> list[TruePlant]:
    prague, madrid, berlin = "Europe/Prague", "Europe/Madrid", "Europe/Berlin"
    velvary = plant(
        "velvary", "Velvary", "solar", 50.2817, 14.2362, prague, "CZE", 4000, 4800, quirk=Quirk.INVERTER_GAP
    )
    velvary = in_voke(in_ravenwits(velvary, "VELVARY_01"), "FVE Velvary", "VELVARY-MAIN", has_load=True, group="Čechy")
    olmedilla = plant("olmedilla", "Olmedilla de Alarcón", "solar", 39.6180, -2.0990, madrid, "ESP", 50_000, 60_000,
                      quirk=Quirk.METER_RESET)  # fmt: skip
    olmedilla = in_voke(in_ravenwits(olmedilla, "OLMEDILLA", group="IBERIA"), "FV Olmedilla", "OLMEDILLA")
    gruenhain = plant("gruenhain", "Grünhain", "solar", 50.5790, 12.8030, berlin, "DEU", 7500, 9000)
    gruenhain = in_ravenwits(gruenhain, "SOLARPARK_GRUENHAIN", "Solarpark Grünhain")
    gruenhain = in_voke(gruenhain, "FVE Grünhain", certificate_expires_at="2026-01-31T06:00:00Z")
    montes = plant("montes_de_oca", "Montes de Oca", "wind", 42.3900, -3.4000, madrid, "ESP", 49_500)
    montes = in_ravenwits(montes, "MONTES_DE_OCA", "Parque Eólico Montes de Oca", group="IBERIA")
    montes = in_voke(montes, "VTE Montes de Oca", "MONTES_DE_OCA")
    augusta = plant(
        "port_augusta", "Port Augusta", "solar", -32.4660, 137.8450, "Australia/Adelaide", "AUS", 60_000, 72_000
    )
    augusta = in_ravenwits(augusta, "PT_AUGUSTA_SF", "Port Augusta Solar Farm")
    bryan = plant("mount_bryan", "Mount Bryan", "wind", -33.5500, 139.0300, "Australia/Adelaide", "AUS", 120_000)
    bryan = in_voke(in_ravenwits(bryan, "MT_BRYAN_WF"), "Mount Bryan", "MTBRYAN-WF")
    bhadla = plant("bhadla", "Bhadla 3", "solar", 27.5390, 71.9150, "Asia/Kolkata", "IND", 100_000, 130_000)
    bhadla = in_voke(in_ravenwits(bhadla, "BHADLA_03", has_timezone=False), "Bhadla 3 PV")
    pecos = plant("pecos_flats", "Pecos Flats", "hybrid", 31.4000, -103.3500, "America/Chicago", "USA", 80_000, 100_000,
                  160_000, Quirk.TWO_SOURCES)  # fmt: skip
    pecos = in_voke(in_ravenwits(pecos, "PECOS_FLATS"), "Pecos Flats PV+BESS", "PECOS-FLATS")
    pampa = plant(
        "pampa_blanca", "Pampa Blanca", "solar", -23.9500, -69.4500, "America/Santiago", "CHL", 90_000, 105_000
    )
    pampa = in_voke(in_ravenwits(pampa, "PAMPA_BLANCA"), "FVE Pampa Blanca")
    alcoutim = plant("alcoutim", "Alcoutim", "solar", 37.4420, -7.5950, "Europe/Lisbon", "PRT", 46_000, 54_000)
    alcoutim = in_voke(in_ravenwits(alcoutim, "ALCOUTIM_PV", has_timezone=False, group="IBERIA"), "FVE Alcoutim")
    zdar = plant("zdar", "Žďár nad Sázavou", "solar", 49.5620, 15.9390, prague, "CZE", 2200, 2600)
    zdar = in_voke(in_ravenwits(zdar, "ZDAR_NAD_SAZAVOU"), "FVE Žďár nad Sázavou", has_load=True, group="Morava")
    karoo = plant("karoo_kop", "Karoo Kop", "solar", -30.7500, 23.3000, "Africa/Johannesburg", "ZAF", 75_000, 86_000)
    karoo = in_voke(in_ravenwits(karoo, "KAROO_KOP"), "Karoo Kop FVE", certificate_expires_at="2026-12-05T06:00:00Z")
    return [
        in_flexmeasures(velvary, "Velvary Solar Park", Style.NORTH, external_id="VELVARY-MAIN"),
        in_flexmeasures(olmedilla, "Olmedilla de Alarcón PV", Style.IBERIA),
        in_flexmeasures(gruenhain, "Gruenhain PV", Style.TEN_MINUTES, capacity="flex-model"),
        in_flexmeasures(montes, "Montes de Oca Wind Farm", Style.WIND_REGISTER),
        in_flexmeasures(in_voke(augusta, "Port Augusta PV"), "Port Augusta Solar Farm", Style.BLOCKS, capacity="none"),
        in_flexmeasures(bryan, "Mount Bryan Wind Farm", Style.WIND_FINE, external_id="MTBRYAN-WF"),
        in_flexmeasures(bhadla, "Bhadla Solar Park 3", Style.IBERIA),
        in_flexmeasures(pecos, "Pecos Flats Solar + Storage", Style.NORTH, external_id="PECOS-FLATS"),
        in_flexmeasures(pampa, "Parque Solar Pampa Blanca", Style.CHECK_METER),
        in_flexmeasures(alcoutim, "Central Fotovoltaica de Alcoutim", capacity="none"),
        in_flexmeasures(zdar, "Zdar nad Sazavou PV", capacity="flex-model"),
        in_flexmeasures(karoo, "Karoo Kop Solar Park", Style.INVERTERS_ONLY),
    ]


def _in_two() -> list[TruePlant]:
    madrid, prague, santiago = "Europe/Madrid", "Europe/Prague", "America/Santiago"
    llanos_1 = plant("los_llanos_1", "Los Llanos I", "solar", 38.8000, -2.8800, madrid, "ESP", 20_000, 24_000,
                     quirk=Quirk.UNEXPLAINED_FALL)  # fmt: skip
    llanos_2 = plant("los_llanos_2", "Los Llanos II", "solar", 38.8090, -2.8800, madrid, "ESP", 22_000, 26_000)
    kozlowo = plant("kozlowo", "Kozłowo", "wind", 53.1900, 20.3100, "Europe/Warsaw", "POL", 36_000)
    pavagada = plant("pavagada", "Pavagada 7", "solar", 14.2800, 77.4200, "Asia/Kolkata", "IND", 50_000, 62_000,
                     quirk=Quirk.SILENT_TUESDAYS)  # fmt: skip
    sierra = plant("sierra_gorda", "Sierra Gorda Este", "wind", -22.9000, -69.0500, santiago, "CHL", 112_000)
    brno = plant("brno_slatina", "Brno-Slatina", "solar", 49.1760, 16.6870, prague, "CZE", 900, 1100)
    mojave = plant("mojave_ridge", "Mojave Ridge", "wind", 35.0500, -118.2500, "America/Los_Angeles", "USA", 102_000)
    kladno = plant("kladno", "Kladno", "hybrid", 50.1500, 14.1000, prague, "CZE", 3000, 3600, 4000)
    sued = plant("lauchhammer", "Lauchhammer-Süd", "solar", 51.4700, 13.7700, "Europe/Berlin", "DEU", 12_000, 15_000)
    return [
        in_flexmeasures(in_ravenwits(llanos_1, "LOS_LLANOS_I", group="IBERIA"), "Los Llanos I", Style.IBERIA),
        in_flexmeasures(
            in_ravenwits(llanos_2, "LOS_LLANOS_II", group="IBERIA"), "Los Llanos II", Style.CONSUMPTION_POSITIVE
        ),
        in_flexmeasures(
            in_ravenwits(kozlowo, "KOZLOWO_WIND", "Farma Wiatrowa Kozłowo"), "Kozłowo Wind Farm", Style.WIND_HOURLY
        ),
        in_flexmeasures(in_ravenwits(pavagada, "PAVAGADA_07"), "Pavagada Block 7", Style.NORTH, capacity="flex-model"),
        in_voke(in_ravenwits(sierra, "SIERRA_GORDA_ESTE"), "VTE Sierra Gorda Este", "SIERRA_GORDA_ESTE"),
        in_flexmeasures(
            in_voke(brno, "FVE Brno-Slatina", "BRNO-SLATINA", place="zero", has_load=True, group="Morava"),
            "Brno Slatina Rooftop",
            external_id="BRNO-SLATINA",
            capacity="none",
        ),
        in_flexmeasures(in_ravenwits(mojave, "MOJAVE_RIDGE"), "Mojave Ridge Wind", Style.WIND_REGISTER),
        in_flexmeasures(in_voke(kladno, "FVE Kladno + baterie", has_load=True, group="Čechy"), "Kladno PV + Storage"),
        in_voke(in_ravenwits(sued, "LAUCHHAMMER_SUED"), "FVE Lauchhammer-Süd"),
    ]


def _in_one() -> list[TruePlant]:
    madrid, prague = "Europe/Madrid", "Europe/Prague"
    # The doubtful pair: one name, 7 km apart, 18 and 12.5 MW. Two plants until a person says otherwise.
    doubtful_1 = plant("villanueva", "Villanueva", "solar", 38.1830, -2.9980, madrid, "ESP", 18_000, 21_000)
    doubtful_2 = plant("villanueva_norte", "Villanueva Solar", "solar", 38.2460, -2.9980, madrid, "ESP", 12_500, 15_000)
    tarifa = plant("tarifa", "Tarifa", "wind", 36.0700, -5.7000, madrid, "ESP", 30_000)
    almazan = plant("almazan", "Almazán", "solar", 41.4800, -2.5300, madrid, "ESP", 9000)
    cofrentes = plant("cofrentes", "Cofrentes", "wind", 39.2500, -1.1000, madrid, "ESP", 42_000)
    esperance = plant("esperance", "Esperance", "solar", -33.7500, 121.9000, "Australia/Perth", "AUS", 10_000, 12_000)
    canoas = plant("canoas", "Canoas", "wind", -29.9000, -51.0000, "America/Sao_Paulo", "BRA", 60_000)
    pocernice = plant("horni_pocernice", "Horní Počernice", "solar", 50.1100, 14.6200, prague, "CZE", 400, 480)
    trebic = plant("trebic", "Třebíč", "solar", 49.2200, 15.8800, prague, "CZE", 1500, 1800)
    usti = plant("usti", "Ústí nad Labem", "solar", 50.6600, 14.0300, prague, "CZE", 2800, 3300)
    ostrava = plant("ostrava", "Ostrava BESS", "storage", 49.8300, 18.2600, prague, "CZE", 5000, storage_kwh=10_000)
    budweis = plant("budejovice", "České Budějovice", "hybrid", 48.9800, 14.4700, prague, "CZE", 1200, 1400, 1000)
    zwickau = plant("zwickau", "Zwickau Battery Park", "storage", 50.7000, 12.5000, "Europe/Berlin", "DEU", 10_000,
                    storage_kwh=20_000)  # fmt: skip
    kutch = plant("kutch", "Kutch Ridge", "wind", 23.2500, 69.6000, "Asia/Kolkata", "IND", 80_000)
    whyalla = plant("whyalla", "Whyalla", "solar", -33.0300, 137.5200, "Australia/Adelaide", "AUS", 6000, 7200)
    return [
        in_ravenwits(doubtful_1, "VILLANUEVA_SOLAR", group="IBERIA"),
        in_flexmeasures(doubtful_2, "Villanueva Solar"),
        in_ravenwits(tarifa, "TARIFA_EOLICA", group="IBERIA"),
        in_ravenwits(almazan, "ALMAZAN_SOLAR", "Almazán Solar"),
        in_ravenwits(cofrentes, "COFRENTES_EOLICA", has_timezone=False),
        in_ravenwits(esperance, "ESPERANCE_PV", has_forecast=False),
        in_ravenwits(canoas, "CANOAS_EOLICA"),
        in_voke(pocernice, "FVE Horní Počernice", place="zero", has_load=True, group="Čechy"),
        in_voke(trebic, "FVE Třebíč", place="null"),
        in_voke(usti, "FVE Ústí nad Labem", group="Čechy"),
        in_voke(ostrava, "BESS Ostrava", group="Morava"),
        in_voke(budweis, "FVE České Budějovice", has_load=True),
        in_flexmeasures(zwickau, "Zwickau Battery Park", Style.BATTERY, capacity="flex-model"),
        in_flexmeasures(kutch, "Kutch Ridge Wind"),
        in_flexmeasures(whyalla, "Whyalla Rooftop Cluster", capacity="none", has_place=False),
    ]
