"""Discharge summaries, follow-ups, check-ups and basic health information as FHIR resources."""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from records.exchange import sensitivity
from records.exchange.cda import answers, forms, kinds, medicines, moments, reports
from records.exchange.cda.body import (
    ADMISSION_DIAGNOSIS,
    ALLERGIES,
    DISCHARGE_DIAGNOSIS,
    PAST_ILLNESS,
    Section,
    code_of,
    name_of,
    observations,
    said,
    sections,
)
from records.exchange.cda.header import Header
from records.exchange.cda.making import (
    Numbered,
    category_of,
    diagnoses,
    diagnosis,
    found_in,
    observation,
    present,
    pressure,
    pressures,
    simple,
    told,
)
from records.exchange.cda.xml import attribute, first, text

Resource = dict[str, Any]
_NEXT_VISIT, _WAY = "DE06.00.109", "DE06.00.108"
_ELEMENT = 11
_ALLERGEN, _PAST, _OPERATION = "DE05.01.022", ("DE02.10.021", "DE02.10.026"), ("DE02.10.061",)
_NOTHING = ("无", "否认", "不详")
_BLOOD_GROUPS = ("DE04.50.001", "DE04.50.010")
# Not shown to residents as results of theirs: codes of what stands beside them in words, relatives, households, money.
_NOT_SECTIONS = ("10157-6", "48768-6", "11369-6", "11336-5", "48765-2")
_NOT_OBSERVED = ("DE04.01.116", "DE07", "DE08", "DE02.10.095", "DE01", "DE06.00.129", "DE06.00.027")


def discharge(header: Header, root: Element) -> Iterator[Resource]:
    """The stay, its diagnoses, and the summary itself as a document to read.

    One that names a specially protected disease is, besides, a report that is kept at the facility: so the person
    learns that there is something to collect.
    """
    yield _stay(header, root)
    found = list(diagnoses(header, root, (DISCHARGE_DIAGNOSIS,)))
    yield from found
    admitted = list(diagnoses(header, root, (ADMISSION_DIAGNOSIS,)))
    words = _summary(root)
    if words:
        codes = [one["code"] for one in (*found, *admitted)]
        header_safe = _meta(header, words, codes)
        if "security" in header_safe:
            made = reports.report(header, root, "出院小结", {"text": "出院小结"}, [], words, conclusionCode=codes)
            yield made | {"meta": header_safe}
        yield from forms.summary(header, root, header_safe, kinds.DISCHARGE, "出院小结", _SUMMARY)


def _meta(header: Header, words: str, codes: list[Resource]) -> Resource:
    """A summary that names a specially protected disease anywhere, in words or by a code, is protected as a whole."""
    said = [words, *(code["text"] for code in codes)]
    coded = [(coding["system"], coding["code"]) for code in codes for coding in code.get("coding", [])]
    special = sensitivity.level(codings=coded, words=said, labels=[]) > sensitivity.ORDINARY
    label = [] if header.labels or not special else [{"code": "R"}]
    return header.meta() | ({"security": label} if label else {})


def _stay(header: Header, root: Element) -> Resource:
    visit = first(root, "componentOf", "encompassingEncounter")
    period = present(
        start=moments.moment(visit, "effectiveTime", "low") or moments.moment(visit, "effectiveTime"),
        end=moments.moment(visit, "effectiveTime", "high"),
    )
    return {
        "resourceType": "Encounter",
        "id": header.id(),
        "meta": header.meta(),
        "status": "entered-in-error" if header.withdrawn else "finished",
        "class": {"code": "IMP"},
        "subject": header.subject,
    } | present(
        period=period,
        serviceType={"text": name} if (name := _department(visit)) else {},
        serviceProvider=header.performer,
        participant=[{"individual": one} for one in header.doctor()[:1]],
        reasonCode=[one["code"] for one in diagnoses(header, root, (DISCHARGE_DIAGNOSIS,))][:3],
    )


def _department(visit: Element | None) -> str:
    """The department of a stay: the organization with that kind of number (2.16.156.10011.1.26)."""
    for node in visit.iter("wholeOrganization") if visit is not None else ():
        if attribute(node, "root", "id") == "2.16.156.10011.1.26":
            return text(node, "name")[:100]
    return ""


_SUMMARY = (
    ("入院情况", ("DE05.10.148",)),
    ("诊疗过程", ("DE06.00.296",)),
    ("阳性检查结果", ("DE04.50.128",)),
    ("出院时症状与体征", ("DE04.01.117",)),
    ("出院情况", ("DE06.00.193",)),
    ("治疗结果", ("DE05.10.113",)),
    ("治则治法", ("DE06.00.300",)),
    ("中药煎煮与用法", ("DE08.50.047", "DE06.00.136")),
    ("出院医嘱", ("DE06.00.287",)),
)


def _summary(root: Element) -> str:
    """What the summary tells in words, part by part."""
    parts = [(label, [words for node in found_in(root, *kinds) if (words := said(node))]) for label, kinds in _SUMMARY]
    return "\n".join(f"{label}：{'；'.join(dict.fromkeys(words))}" for label, words in parts if words)


def follow_up(header: Header, root: Element, code: str) -> Iterator[Resource]:
    """A follow-up: the visit, what was measured and asked, what is taken, and the form itself."""
    title = kinds.TITLES[code]
    when = _visit_time(root) or header.signed
    yield {
        "resourceType": "Encounter",
        "id": header.id(),
        "meta": header.meta(),
        "status": "entered-in-error" if header.withdrawn else "finished",
        "class": {"code": "HH" if told(root, _WAY).startswith(("家庭", "上门", "入户")) else "AMB"},
        "subject": header.subject,
        "reasonCode": [{"text": title}],
    } | present(
        period={"start": when} if when else {},
        serviceProvider=header.performer,
        participant=[{"individual": one} for one in header.doctor()[:1]],
    )
    yield from _observed(header, root, when)
    yield from medicines.statements(header, root, when)
    yield from forms.form(header, root, code, title, when)


def check_up(header: Header, root: Element) -> Iterator[Resource]:
    """A check-up: one report with everything that was found, and the form itself."""
    when = _visit_time(root) or header.signed
    made = list(_observed(header, root, when))
    words = "\n".join(filter(None, (told(root, kind) for kind in ("DE05.10.072", "DE06.00.051", "DE06.00.114"))))
    yield from made
    yield reports.report(header, root, "成人健康体检", {"text": "健康体检"}, made, words)
    yield from medicines.statements(header, root, when)
    yield from forms.form(header, root, kinds.CHECK_UP, kinds.TITLES[kinds.CHECK_UP], when)


def basics(header: Header, root: Element) -> Iterator[Resource]:
    """Blood groups, allergies, illnesses and operations of the past, and what else was answered; no households."""
    numbered = Numbered()
    for node in found_in(root, *_BLOOD_GROUPS):
        made = simple(header, node, numbered(code_of(node)), "survey", header.signed)
        if made:
            yield made
    yield from answers.answers(header, root)
    for section in sections(root):
        times = _times(section)
        for node in observations(section.node):
            kind = code_of(node)[:_ELEMENT]
            if section.code == ALLERGIES and kind == _ALLERGEN:
                yield from _allergy(header, node, numbered)
            elif section.code == PAST_ILLNESS and kind in _PAST:
                found = diagnosis(header, node, ("past",), "")
                yield from [found | {"id": header.id(*numbered("past"))}] if found else []
            elif section.code == PAST_ILLNESS and kind in _OPERATION:
                yield from _operation(header, node, numbered, times.get(id(node), ""))


def _allergy(header: Header, node: Element, numbered: Numbered) -> Iterator[Resource]:
    words = said(node)
    if not words or words.startswith(_NOTHING):
        return
    yield {
        "resourceType": "AllergyIntolerance",
        "id": header.id(*numbered("allergy")),
        "meta": header.meta(),
        "patient": header.subject,
        "code": {"text": words},
        "verificationStatus": {"coding": [{"code": "entered-in-error" if header.withdrawn else "confirmed"}]},
    } | present(recordedDate=moments.start(node, "effectiveTime"))


def _times(section: Section) -> dict[int, str]:
    """When the observations of a section were: their own time, or the one of what they are part of."""
    found: dict[int, str] = {}
    for outer in observations(section.node):
        time = moments.start(outer, "effectiveTime") or found.get(id(outer), "")
        for node in outer.iter("observation") if time else ():
            found[id(node)] = time
    return found


def _operation(header: Header, node: Element, numbered: Numbered, when: str) -> Iterator[Resource]:
    words = said(node)
    if not words or words.startswith(_NOTHING):
        return
    yield {
        "resourceType": "Procedure",
        "id": header.id(*numbered("operation")),
        "meta": header.meta(),
        "status": "entered-in-error" if header.withdrawn else "completed",
        "subject": header.subject,
        "code": {"text": words},
    } | present(performedDateTime=when)


def _observed(header: Header, root: Element, when: str) -> Iterator[Resource]:
    """Everything observed with a name and a value; the two numbers of a blood pressure are one."""
    numbered = Numbered()
    for section in sections(root):
        nodes = list(observations(section.node)) if section.code not in _NOT_SECTIONS else []
        pairs = pressures(nodes)
        taken = {id(node) for pair in pairs for node in pair}
        for pair in pairs:
            yield pressure(header, pair, numbered("pressure", section.code), when)
        for node in nodes:
            if id(node) not in taken and not code_of(node).startswith(_NOT_OBSERVED):
                yield from _one(header, section, node, numbered, when)


def _one(header: Header, section: Section, node: Element, numbered: Numbered, when: str) -> Iterator[Resource]:
    if code_of(node).startswith(_NEXT_VISIT):
        day = moments.start(node, "effectiveTime") or said(node)
        code = {"text": name_of(node) or "下次随访日期"}
        key = numbered("next")
        if day:
            yield observation(
                header, header.id(*key), "survey", code=code, effectiveDateTime=when, valueString=day[:10]
            )
        return
    element = code_of(node)
    key = numbered(name_of(node) if element.startswith("DE999") or not element else element)
    made = simple(header, node, key, category_of(section.code), when)
    if made:
        yield made


def _visit_time(root: Element) -> str:
    """When somebody was visited: the follow-up's own time, else the examiner's signature, else the visit's."""
    times = [moments.start(node, "effectiveTime") for node in found_in(root, _WAY)]
    times += [moments.moment(node, "time") for node in root.iter("authenticator")]
    times.append(moments.start(first(root, "componentOf", "encompassingEncounter"), "effectiveTime"))
    return next((time for time in times if time), "")
