"""Check-ups and follow-ups as the form that was filled in, page by page; a discharge summary part by part.

They come after everything else of a document, so that the number of each earlier entry stays what it was.
"""

from collections.abc import Iterator
from html import escape
from typing import Any
from xml.etree.ElementTree import Element

from records.exchange.cda import medicines, moments
from records.exchange.cda.body import (
    MEDICATION,
    Section,
    code_of,
    marks,
    name_of,
    observations,
    said,
    sections,
    value_of,
)
from records.exchange.cda.header import Header
from records.exchange.cda.making import found_in, present
from records.exchange.mapping.answers import FLAG, RANGE
from records.exchange.mapping.forms import TITLE

Resource = dict[str, Any]
# What a part is called, and the data elements that it consists of.
Parts = tuple[tuple[str, tuple[str, ...]], ...]
DOCUMENT_TYPES = "urn:oid:2.16.156.10011.2.4"
NEXT = "DE06.00.109"
# Of relatives, money and persons a form says nothing here; codes of what stands beside them in words are left out.
_OTHERS = ("10157-6", "48768-6")
_NOT_ASKED = ("DE01", "DE07", "DE08.10", "DE08.30", "DE02.10.095", "DE04.01.116", "DE06.00.129", "DE06.00.027")
# The pages of the national check-up form (健康体检表), by the sections of WS/T 483.11.
_PAGES = {
    "8716-3": "一般状况",
    "29762-2": "生活方式",
    "47420-5": "脏器功能",
    "29545-1": "查体",
    "30954-2": "辅助检查",
    "11450-4": "现存主要健康问题",
    "11336-5": "住院治疗",
    "10160-0": "主要用药",
    "11369-6": "非免疫规划预防接种",
    "51848-0": "健康评价",
    "18776-5": "健康指导",
    "11348-0": "既往史",
    "48765-2": "过敏史",
}
_PAGE_BY_ELEMENT = {"DE05.10.072": "健康评价", "DE06.00.051": "健康指导", "DE06.00.114": "健康指导"}


def form(header: Header, root: Element, code: str, title: str, when: str) -> Iterator[Resource]:
    """The form as a QuestionnaireResponse."""
    pages: dict[str, list[Resource]] = {}
    for section in sections(root):
        if section.code in _OTHERS or section.code == MEDICATION:
            continue
        for node in observations(section.node):
            item = _item(node)
            if item:
                page = _PAGE_BY_ELEMENT.get(code_of(node)[:11]) or _page(section)
                pages.setdefault(page, []).append(item)
    if taken := _medicines(header, root, when):
        pages.setdefault("主要用药", []).extend(taken)
    items = [{"linkId": f"{turn}", "text": page, "item": some} for turn, (page, some) in enumerate(pages.items(), 1)]
    yield {
        "resourceType": "QuestionnaireResponse",
        "id": header.id(),
        "meta": header.meta(),
        "questionnaire": f"{DOCUMENT_TYPES}:{code}",
        "_questionnaire": {"extension": [{"url": TITLE, "valueString": title}]},
        "status": {"final": "completed", "corrected": "amended"}.get(header.status, header.status),
        "subject": header.subject,
    } | present(
        authored=when or header.signed,
        author=header.doctor()[0] if header.people else {},
        source=header.performer,
        item=items,
    )


def _page(section: Section) -> str:
    return _PAGES.get(section.code) or section.title or "其他"


def _item(node: Element) -> Resource:
    """One answered item; an empty one where nothing was asked or said."""
    code, name = code_of(node), name_of(node)
    if code.startswith(_NOT_ASKED) or not (name or code):
        return {}
    if code.startswith(NEXT):
        day = (moments.start(node, "effectiveTime") or said(node))[:10]
        value: Resource = {"valueString": day} if day else {}
    else:
        value = value_of(node)
    if not value:
        return {}
    made: Resource = {"linkId": (code or name)[:200], "text": (name or code)[:200], "answer": [value]}
    return made | present(extension=_beside(marks(node)))


def _beside(marked: Resource) -> list[Resource]:
    """The printed range and the mark, which a questionnaire has no elements for."""
    spans, signs = marked.get("referenceRange", []), marked.get("interpretation", [])
    span = spans[0].get("text", "") if spans else ""
    if spans and not span:
        low, high = (spans[0].get(side, {}).get("value") for side in ("low", "high"))
        span = f"{low}-{high}" if low is not None and high is not None else ""
    codes = [coding["code"] for sign in signs for coding in sign.get("coding", []) if coding.get("code")]
    found = [{"url": RANGE, "valueString": span[:200]}] if span else []
    return found + ([{"url": FLAG, "valueCode": codes[0]}] if codes else [])


def _medicines(header: Header, root: Element, when: str) -> list[Resource]:
    """What is taken, each medicine with how it is taken."""
    return [
        {
            "linkId": f"medicine-{turn}",
            "text": one["medicationCodeableConcept"]["text"][:200],
            "answer": [{"valueString": (one.get("dosage") or [{"text": "在服用"}])[0]["text"]}],
        }
        for turn, one in enumerate(medicines.statements(header, root, when), 1)
    ]


def summary(header: Header, root: Element, labels: Resource, code: str, title: str, parts: Parts) -> Iterator[Resource]:
    """A document to read as a Composition, a section for each part that says something."""
    found = [(name, list(dict.fromkeys(filter(None, map(said, found_in(root, *kinds)))))) for name, kinds in parts]
    made = [
        {"title": name, "text": {"status": "generated", "div": "".join(f"<p>{escape(one)}</p>" for one in words)}}
        for name, words in found
        if words
    ]
    if not made:
        return
    status = {"corrected": "amended"}.get(header.status, header.status)
    yield {
        "resourceType": "Composition",
        "id": header.id(),
        "meta": labels,
        "status": status,
        "type": {"coding": [{"system": DOCUMENT_TYPES, "code": code}], "text": title},
        "subject": header.subject,
        "date": header.signed,
        "title": title,
        "section": made,
    } | present(author=header.doctor()[:1], custodian=header.performer)
