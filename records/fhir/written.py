"""DocumentReference and QuestionnaireResponse: documents to read, and forms that were filled in about a person."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from records.fhir import elements
from records.fhir.elements import Resource, filled, moment, person
from records.models import Dispute, Document, Examination, FollowUp

TEXT = "text/plain; charset=utf-8"


def document_reference(row: Document, dispute: Dispute | None = None) -> Resource:
    """A document to read, its words inside."""
    told = "\n\n".join(f"{part.get('title', '')}\n{part.get('text', '')}".strip() for part in row.sections)
    data = base64.b64encode((told or row.title).encode()).decode()
    system = elements.system_of(row.code_system) or f"{elements.feed(row.source_id)}:code"
    attachment = filled(
        contentType=TEXT, language="zh-CN", data=data, title=row.title, creation=moment(row.occurred_at)
    )
    coded = [elements.coding(system, row.code)] if row.code else []
    notes = [f"{one.get('authorString', '')}：{one['text']}" for one in elements.notes(None, dispute)]
    return elements.base("DocumentReference", row, dispute) | filled(
        status="current",
        type=filled(coding=coded, text=row.title),
        subject=elements.patient_of(row),
        date=moment(row.occurred_at or row.received_at),
        author=[person(row.author)] if row.author else [],
        custodian=elements.place_of(row),
        description="\n".join(notes),
        content=[{"attachment": attachment}],
    )


def questionnaire_response(row: Examination | FollowUp, dispute: Dispute | None = None) -> Resource:
    """A check-up or a follow-up: the answers in printed order, by sections."""
    start = elements.base("QuestionnaireResponse", row, dispute)
    return start | filled(
        identifier=start["identifier"][0],
        status="completed",
        subject=elements.patient_of(row),
        authored=moment(row.occurred_at),
        author=elements.place_of(row),
        item=[*_sections(row.answers), *_words(row)],
    )


def _sections(answers: Iterable[Mapping[str, Any]]) -> list[Resource]:
    """The answers under the headings they were printed under, each heading once."""
    found: dict[str, list[Resource]] = {}
    for number, answer in enumerate(answers, 1):
        found.setdefault(str(answer.get("section") or ""), []).append(_item(number, answer))
    loose = found.pop("", [])
    return [
        *loose,
        *(
            {"linkId": f"s{place}", "text": title, "item": items}
            for place, (title, items) in enumerate(found.items(), 1)
        ),
    ]


def _item(number: int, answer: Mapping[str, Any]) -> Resource:
    told = " ".join(filter(None, (str(answer.get("value") or ""), str(answer.get("unit") or ""))))
    return filled(
        linkId=str(number),
        text=str(answer.get("label") or answer.get("code") or ""),
        answer=[{"valueString": told}] if told.strip() else [],
    )


def _words(row: Examination | FollowUp) -> list[Resource]:
    """What the form says of it in the end, in words."""
    told = {"assessment": ("评价", row.assessment), "guidance": ("指导", row.guidance)}
    return [
        {"linkId": name, "text": title, "answer": [{"valueString": text}]}
        for name, (title, text) in told.items()
        if text.strip()
    ]
