"""What Dagster shows, with every text of others as text."""

import base64
import re
from xml.etree import ElementTree as ET

import pytest

from plant_pipeline.markdown import md_table, md_text
from plant_pipeline.report.fleet_days import Conflict
from plant_pipeline.report.fleet_map import draw_map
from plant_pipeline.report.markdown import md_conflicts, md_image, md_map
from plant_pipeline_tests.report.test_comparison import plant

EVIL = "a|b\n# <script> [x](javascript:alert(1)) ![y](http://z) `c` $d$ *e* _f_ - ~g~"


def test_nothing_of_a_text_is_markup() -> None:
    written = md_text(EVIL)
    assert "\n" not in written
    assert re.findall(r"(?<!\\)[|#<>\[\]()!`$*_~-]", written) == []
    assert re.sub(r"\\(.)", r"\1", written) == EVIL.replace("\n", " ")


def test_a_table_has_as_many_cells_a_line_whatever_is_in_them() -> None:
    lines = md_table(("one", "two"), [(EVIL, "x"), ("y", EVIL)]).split("\n")
    assert [len(re.findall(r"(?<!\\)\|", line)) for line in lines] == [3, 3, 3, 3]
    assert lines[1] == "| --- | --- |"


def test_a_picture_becomes_an_image_that_stands_alone() -> None:
    image = md_map([(plant("A", latitude=50.0, longitude=15.0, name=EVIL), "low", "20 %")], "the fleet")
    found = re.fullmatch(r"!\[the fleet\]\(data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)\)", image)
    assert found is not None
    root = ET.fromstring(base64.b64decode(found[1]))  # noqa: S314 -- our own output
    svg = "{http://www.w3.org/2000/svg}"
    assert root.tag == f"{svg}svg"
    assert "--mark-low:" in (root.findtext(f"{svg}style") or "")
    assert [path.attrib["class"] for path in root.findall(f"{svg}g")[1]] == ["m-low"]
    assert len(image) < 40_000


def test_a_fleet_without_places_and_a_picture_too_large_are_no_image() -> None:
    assert md_map([(plant("A"), "low", "20 %")], "the fleet") == ""
    fleet = [(plant(f"P-{n}", latitude=40.0 + n / 500, longitude=10.0), "normal", "x" * 60) for n in range(1500)]
    drawn = draw_map(fleet)  # type: ignore[arg-type] # literals in a list
    assert drawn is not None
    assert md_image(drawn, "the fleet") == ""


@pytest.mark.parametrize(("conflicts", "lines"), [(0, 1), (2, 4), (16, 19)])
def test_a_long_list_is_cut_and_says_so(conflicts: int, lines: int) -> None:
    own = [Conflict("P-1", "A", "capacity_ac_kw", "ravenwits", "100", "voke", "150", 0.5, 0.05)] * conflicts
    text = md_conflicts(own)
    assert len(text.split("\n")) == lines
    assert text.endswith("and 1 more") == (conflicts == 16)
