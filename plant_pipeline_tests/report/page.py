"""A page as a reader without eyes or without a network finds it: its words, its structure, what it loads."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise

_VOID = {"meta", "br", "link", "img", "hr", "input"}
_LOADING = ("src", "href", "xlink:href", "srcset", "action", "data", "poster", "background")


@dataclass
class Element:
    """An element with what stands in it; `text` in order, without style sheets."""

    tag: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    def all(self, *tags: str) -> list["Element"]:
        """Elements of these tags within it, in the order of the page."""
        found = [self] if self.tag in tags else []
        for child in self.children:
            if isinstance(child, Element):
                found += child.all(*tags)
        return found

    @property
    def text(self) -> str:
        """Its words, blanks as one."""
        return re.sub(r"\s+", " ", self._words()).strip()

    def _words(self) -> str:
        if self.tag == "style":
            return ""
        return " ".join(child if isinstance(child, str) else child._words() for child in self.children)


class Page(HTMLParser):
    """A parsed page; every end tag must close what was opened last."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]
        self.feed(text)
        assert [element.tag for element in self._open] == [""], "elements are left open"

    @property
    def text(self) -> str:
        return self.root.text

    def all(self, *tags: str) -> list[Element]:
        return self.root.all(*tags)

    @property
    def loads(self) -> list[str]:
        """Whatever a browser may go and get, or go to."""
        return [
            value
            for element in self._elements(self.root)
            for name, value in element.attributes.items()
            if name in _LOADING
        ]

    @property
    def handlers(self) -> list[str]:
        """Attributes that would run something."""
        return [name for element in self._elements(self.root) for name in element.attributes if name.startswith("on")]

    def _elements(self, element: Element) -> list[Element]:
        own = [child for child in element.children if isinstance(child, Element)]
        return [*own, *(found for child in own for found in self._elements(child))]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def require_accessible(page: Page) -> None:
    """What a screen reader and a keyboard need: one h1, no level skipped, named pictures, tables with heads."""
    (html,) = page.all("html")
    assert html.attributes["lang"] == "en"
    levels = [int(heading.tag[1]) for heading in page.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    for picture in page.all("svg"):
        assert picture.attributes["role"] == "img"
        first = picture.children[0]
        assert isinstance(first, Element)
        assert first.tag == "title"
        assert first.text
    for table in page.all("table"):
        (head,) = table.all("thead")
        assert head.all("th")
        assert all(cell.attributes.get("scope") == "col" for cell in head.all("th"))
        for row in table.all("tbody")[0].all("tr"):
            assert [cell.attributes.get("scope") for cell in row.all("th")] == ["row"]
    ids = [own.attributes["id"] for own in page._elements(page.root) if "id" in own.attributes]
    assert len(ids) == len(set(ids))
    inner = [link.attributes["href"][1:] for link in page.all("a") if link.attributes["href"].startswith("#")]
    assert inner
    assert set(inner) <= set(ids), "links that lead nowhere"
    assert page.all("main")
    assert page.all("nav")


def require_self_contained(text: str) -> None:
    """Nothing is run, and nothing is asked of anybody."""
    page = Page(text)
    assert not page.all("script", "link", "img", "iframe", "object", "embed", "form", "base", "video", "audio")
    assert page.handlers == []
    assert [target for target in page.loads if not target.startswith("#")] == []
    assert "@import" not in text
    assert re.findall(r"url\((?!#)", text) == []
    assert re.findall(r"(?<!xmlns=\")https?://", text) == []
