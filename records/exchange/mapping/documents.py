"""DocumentReference and Composition: documents to read, in the parts in which they were written."""

import base64
import binascii
import re
from html.parser import HTMLParser
from typing import Any

from records.exchange import reading, references, sensitivity
from records.exchange.mapping import elements
from records.exchange.mapping.elements import ENTERED_IN_ERROR
from records.exchange.problems import unreadable
from records.exchange.reading import Resource
from records.exchange.values import DocumentFacts, Frame, Mapped

REFERRED = frozenset({"current", "superseded", ENTERED_IN_ERROR})
COMPOSED = frozenset({"preliminary", "final", "amended", ENTERED_IN_ERROR})
# Over this nobody reads it on a telephone, and it is a file that got into the wrong place.
LONGEST, MOST_PARTS, TITLE = 100_000, 200, 200
CHARSETS = {"": "utf-8", "utf-8": "utf-8", "utf8": "utf-8", "gb18030": "gb18030", "gbk": "gb18030", "gb2312": "gb18030"}
BREAKS = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "dt", "dd"})
_BLANK_LINES = re.compile(r"[ \t\u00a0]*\n\s*")
Part = dict[str, str]


def document_reference(resource: Resource, frame: Frame) -> Mapped:
    """The row of a document: its plain text, and how many files of other kinds it has."""
    said = reading.status(resource, REFERRED)
    subject = references.subject(resource, "subject", frame)
    texts: list[Part] = []
    unshown = 0
    for content in reading.nodes(resource, "content"):
        attachment = reading.node(content, "attachment")
        words = _plain_text(attachment)
        if words is None:
            unshown += 1
        elif words:
            texts.append(_part(reading.text(attachment, "title", TITLE), words))
    description = reading.text(resource, "description", LONGEST)
    if description and not texts:
        texts.append({"title": "", "text": description})
    context = reading.node(resource, "context")
    time = elements.happened(resource, frame, "date") or elements.happened(context, frame, "period")
    row = DocumentFacts(
        **_common(resource, frame, texts, withdrawn=said != "current"),
        **elements.occurred(time),
        unshown_files=unshown,
        encounter_identifier=_first_target(reading.nodes(context, "encounter"), frame),
    )
    return Mapped(subject, (row,))


def composition(resource: Resource, frame: Frame) -> Mapped:
    """The row of a composed document, its sections as text; one that is preliminary has none yet."""
    said = reading.status(resource, COMPOSED)
    subject = references.subject(resource, "subject", frame)
    if said == "preliminary":
        return Mapped(subject, ())
    parts = [part for section in reading.nodes(resource, "section") for part in _parts(section)]
    row = DocumentFacts(
        **_common(resource, frame, parts, withdrawn=said == ENTERED_IN_ERROR),
        **elements.occurred(elements.happened(resource, frame, "date")),
        encounter_identifier=_first_target([reading.node(resource, "encounter")], frame),
    )
    return Mapped(subject, (row,))


def _common(resource: Resource, frame: Frame, parts: list[Part], *, withdrawn: bool) -> dict[str, Any]:
    if len(parts) > MOST_PARTS:
        raise unreadable(f"文书超过 {MOST_PARTS} 段，门户不能完整保存。")
    node = reading.node(resource, "type")
    code = elements.concept(node, TITLE)
    title = reading.text(resource, "title", TITLE) or code.name
    special = sensitivity.level(
        codings=elements.codings([node]),
        words=[title, *elements.all_words([node]), *(part["text"] for part in parts)],
        labels=[*elements.labels(resource), *elements.codes(reading.nodes(resource, "securityLabel"))],
    )
    people = reading.nodes(resource, "author")
    keeper = {**reading.node(resource, "custodian"), "type": "Organization"} if resource.get("custodian") else {}
    return {
        "withdrawn": withdrawn,
        "sensitivity": special,
        "release": sensitivity.release(special),
        "place": references.place([*people, keeper], frame, resource),
        "code_system": code.system,
        "code": code.code or code.local_code,
        "title": elements.named(title, "type（文书名称）", withdrawn=withdrawn),
        "author": references.practitioner(people, frame, resource),
        "sections": parts,
    }


def _first_target(found: list[Resource], frame: Frame) -> str:
    return references.target_id(found[0], frame) if found and found[0] else ""


def _part(title: str, words: str) -> Part:
    return {"title": title, "text": reading.fitting(words, "text", LONGEST)}


def _parts(section: Resource, above: str = "") -> list[Part]:
    """A section and those inside it, each with what it is called."""
    own = reading.text(section, "title", TITLE) or elements.words(reading.node(section, "code"), TITLE)
    title = " · ".join(filter(None, (above, own)))[:TITLE]
    words = told(reading.text(reading.node(section, "text"), "div"))
    found = [_part(title, words)] if words else []
    for inside in reading.nodes(section, "section"):
        found += _parts(inside, title)
    return found


def _plain_text(attachment: Resource) -> str | None:
    """What an attached text says; None for a file of another kind, or one that is not here."""
    kind, _, rest = reading.text(attachment, "contentType").partition(";")
    data = reading.text(attachment, "data")
    if kind.strip().lower() not in ("text/plain", "text/html", "application/xhtml+xml") or not data:
        return None
    named = re.search(r"charset=\"?([\w-]+)", rest)
    try:
        words = base64.b64decode(data, validate=False).decode(CHARSETS[named[1].lower() if named else ""])
    except (binascii.Error, UnicodeDecodeError, KeyError):
        return None
    if not reading.storable(words):
        return None
    return words.strip() if kind.strip().lower() == "text/plain" else told(words)


class _Words(HTMLParser):
    """The words of a narrative, a line for each paragraph, item or row of a table."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style")
        self.said.append("\n" if tag in BREAKS else "  " if tag in ("td", "th") else "")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style") and self._hidden > 0
        self.said.append("\n" if tag in BREAKS else "")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.said.append(re.sub(r"\s+", " ", data))


def told(div: str) -> str:
    """A narrative in XHTML as plain text: nothing of its markup is ever shown."""
    reader = _Words()
    reader.feed(div)
    reader.close()
    return _BLANK_LINES.sub("\n", "".join(reader.said)).strip()
