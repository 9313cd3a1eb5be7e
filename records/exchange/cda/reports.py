"""Examination and laboratory reports (WS/T 500.6 and .7), and what every document that is a report has."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from records.exchange.cda import moments
from records.exchange.cda.body import below, code_of, marks, name_of, observations, said, value_of
from records.exchange.cda.header import Header, organization
from records.exchange.cda.making import Numbered, found_in, inner, observation, present, simple, told
from records.exchange.cda.xml import attribute, clean, first

Resource = dict[str, Any]
# The data elements that describe an item instead of being one.
METHOD, CATEGORY, ITEM, NAME, RESULT, NUMBER, UNIT = (
    *("DE02.10.027", "DE04.30.018", "DE04.30.019", "DE04.30.020"),
    *("DE04.30.017", "DE04.30.015", "DE04.30.016"),
)
SPECIMEN, SPECIMEN_STATE, FIXATIVE, SPECIAL = "DE04.50.134", "DE04.50.135", "DE08.50.027", "DE02.01.079"
REPORTED, SEEN, MEANT = "DE04.50.130", "DE04.50.131", "DE04.50.132"
DEPARTMENT, FACILITY, REMARK = "DE08.10.026", "DE08.10.013", "DE06.00.179"
_DESCRIBING = {METHOD, CATEGORY, ITEM, NAME, RESULT, NUMBER, UNIT, SPECIMEN, SPECIMEN_STATE, FIXATIVE, SPECIAL}
_REPORTING = {REPORTED, SEEN, MEANT, DEPARTMENT, FACILITY, REMARK}
_ELEMENT = 11
_LONGEST_PDF = 7_000_000


def element(node: Element) -> str:
    """The data element of an observation without its last part."""
    return code_of(node)[:_ELEMENT]


@dataclass
class Item:
    """One item of a report, put together from the observations that describe it."""

    code: str = ""
    name: str = ""
    when: str = ""
    specimen: str = ""
    sampled: str = ""
    number: Element | None = None
    result: Element | None = None
    marked: dict[str, Any] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether it has a result already, so that the next name begins another item."""
        return self.number is not None or self.result is not None


def items(section: Element) -> list[Item]:
    """The items of a section: each organizer is one, and so is each run of entries that begins with a code or name."""
    found: list[Item] = []
    for holder in _holders(section):
        current = Item()
        for node in holder:
            if element(node) in (ITEM, NAME) and current.is_whole:
                found.append(current)
                current = Item()
            _describe(current, node)
        found.append(current)
    return [item for item in found if (item.name or item.code) and item.is_whole]


def _holders(section: Element) -> Iterator[list[Element]]:
    """The observations that belong together: of each organizer, and of all entries without one."""
    organizers = [one for one in below(section, "organizer") if next(below(one, "organizer"), None) is None]
    held = {id(node) for one in organizers for node in one.iter("observation")}
    for one in organizers:
        yield [node for node in observations(one) if element(node) in _DESCRIBING]
    yield [node for node in observations(section) if id(node) not in held and element(node) in _DESCRIBING]


def _describe(item: Item, node: Element) -> None:
    kind = element(node)
    if kind == ITEM:
        value = first(node, "value")
        item.code = attribute(value, "code") or _words(value) or item.code
        item.name = item.name or attribute(value, "displayName")
        item.when = moments.start(node, "effectiveTime") or item.when
    elif kind == NAME:
        item.name = said(node) or item.name
    elif kind == SPECIMEN:
        item.specimen = said(node) or item.specimen
        item.sampled = moments.start(node, "effectiveTime") or item.sampled
    elif kind == NUMBER and value_of(node):
        item.number = node
    elif kind == RESULT and said(node):
        item.result = node
    if kind in (ITEM, NUMBER, RESULT, NAME):
        item.marked |= marks(node)


def _words(value: Element | None) -> str:
    return clean("".join(value.itertext())) if value is not None else ""


def item_observation(
    header: Header, item: Item, key: tuple[str, ...], category: str, when: str, method: str
) -> Resource:
    """An item as an Observation: the number with its unit, the coded result as its mark; or the result in words."""
    made = dict(item.marked)
    if item.number is not None:
        value = value_of(item.number, inner(item.number, UNIT))
        if item.result is not None:
            made.setdefault("interpretation", [{"text": said(item.result)}])
    else:
        value = {"valueString": said(item.result)}
    coding = [{"system": "urn:local", "code": item.code[:60]}] if item.code else []
    return observation(
        header,
        header.id(*key),
        category,
        code={"text": item.name or item.code} | present(coding=coding),
        effectiveDateTime=item.sampled or item.when or when,
        specimen={"display": item.specimen} if item.specimen else {},
        method={"text": method} if method else {},
        **value,
        **made,
    )


def laboratory(header: Header, root: Element) -> Iterator[Resource]:
    """A laboratory report and its items."""
    made = _items(header, root, "laboratory")
    title = told(root, CATEGORY)
    conclusion = _paragraphs(told(root, REPORTED), told(root, REMARK))
    yield from made
    yield report(header, root, title or "检验报告", {"coding": [{"code": "LAB"}], "text": "检验"}, made, conclusion)


def examination(header: Header, root: Element) -> Iterator[Resource]:
    """An examination report: what was seen is an Observation, what it means is the conclusion."""
    made = _items(header, root, "procedure")
    seen, meant = _seen_and_meant(root)
    if seen:
        code = {"coding": [{"system": "urn:local", "code": "FINDINGS"}], "text": "检查所见"}
        when = _when(root) or header.signed
        made.append(
            observation(
                header, header.id("", "findings"), "imaging", code=code, effectiveDateTime=when, valueString=seen
            )
        )
    category = told(root, CATEGORY)
    title = next((item.name for one in root.iter("section") for item in [*_named(one)] if item.name), "")
    conclusion = _paragraphs(meant, told(root, REMARK))
    yield from made
    yield report(header, root, title or category or "检查报告", {"text": category or "检查"}, made, conclusion)


def _named(section: Element) -> Iterator[Item]:
    """What was examined, also where it has no result of its own."""
    for holder in _holders(section):
        item = Item()
        for node in holder:
            _describe(item, node)
        yield item


def _seen_and_meant(root: Element) -> tuple[str, str]:
    """Findings and impression: by the names that some systems tell them apart with, else by their data elements."""
    seen: list[str] = []
    meant: list[str] = []
    for node in found_in(root, SEEN, MEANT):
        name = name_of(node)
        is_meant = any(word in name for word in ("主观", "提示", "意见", "结论", "诊断")) or element(node) == MEANT
        (meant if is_meant and "所见" not in name else seen).append(said(node))
    return _paragraphs(*seen), _paragraphs(*meant)


def _items(header: Header, root: Element, category: str) -> list[Resource]:
    numbered, method, when = Numbered(), told(root, METHOD), _when(root) or header.signed
    made: list[Resource] = []
    for section in root.iter("section"):
        for item in items(section):
            made.append(item_observation(header, item, numbered(item.code or item.name), category, when, method))
        for node in observations(section):
            plain = element(node) not in _DESCRIBING | _REPORTING and _is_result(section, node)
            found = simple(header, node, numbered(code_of(node) or name_of(node)), category, when) if plain else None
            made += [found] if found else []
    return made


def _is_result(section: Element, node: Element) -> bool:
    """Only studies have results that are written without the elements for them; diagnoses and complaints are none."""
    return attribute(section, "code", "code") == "30954-2" and bool(name_of(node))


def report(
    header: Header, root: Element, title: str, category: Resource, made: list[Resource], conclusion: str, **more: Any
) -> Resource:
    """The DiagnosticReport of a document."""
    facility = told(root, FACILITY)
    interpreters = header.doctor()
    if facility and facility != header.performer.get("display"):
        interpreters.insert(0, organization(facility))
    specimens = dict.fromkeys(one["specimen"]["display"] for one in made if "specimen" in one)
    return {
        "resourceType": "DiagnosticReport",
        "id": header.id(),
        "meta": header.meta(),
        "identifier": [{"use": "official", "value": header.number[:80]}],
        "status": header.status,
        "category": [category],
        "code": {"text": title},
        "subject": header.subject,
    } | present(
        effectiveDateTime=_when(root) or header.signed,
        issued=header.signed,
        performer=[header.performer] if header.performer else [],
        resultsInterpreter=interpreters,
        specimen=[{"display": name} for name in specimens],
        result=[{"reference": f"Observation/{one['id']}"} for one in made],
        conclusion=conclusion,
        presentedForm=_pdf(root),
        **more,
    )


def _pdf(root: Element) -> list[Resource]:
    """The printed report, where the document carries it."""
    for value in root.iter("value"):
        data = "".join((value.text or "").split())
        if value.get("mediaType") == "application/pdf" and data and len(data) <= _LONGEST_PDF:
            return [{"contentType": "application/pdf", "data": data}]
    return []


def _when(root: Element) -> str:
    """When it was examined: the item's own time, else the sample's, else the visit's."""
    for kind in (ITEM, SPECIMEN):
        found = [moments.start(node, "effectiveTime") for node in found_in(root, kind)]
        if any(found):
            return min(time for time in found if time)
    return moments.start(first(root, "componentOf", "encompassingEncounter"), "effectiveTime")


def _paragraphs(*words: str) -> str:
    return "\n".join(dict.fromkeys(filter(None, words)))
