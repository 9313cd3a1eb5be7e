"""Documents of FHIR R4: the International Patient Summary, and the record or a part of it.

Source of the summary: HL7 IPS, https://hl7.org/fhir/uv/ips (Composition-uv-ips). Every reference leads to an entry of
the same bundle, by its `urn:uuid:`.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.db.models import Model, Q
from django.shortcuts import get_object_or_404
from django.utils import translation

from facilities.models import Facility
from foundation.dated import register, setting
from foundation.keys import uuid7
from records import fhir, openness
from records.fhir import gathering, narratives, own, sections
from records.fhir.elements import Resource, concept, filled, moment
from records.fhir.gathering import OWN, REPORTS, VITALS, Chosen, Found, Results
from records.fhir.sections import NONE_KNOWN, UNAVAILABLE, WITHHELD, Disputes, Section
from records.fhir.statements import OVER
from residents.access import Viewer, record_event
from residents.models import Identifier, Resident

SUMMARY, DOCUMENT = "records.exported_summary", "records.exported_document"
LISTED = register("records.summary_entries", 50, "国际患者摘要每一节最多列多少条（诊断、用药、过敏等）")
REPORTED = register("records.summary_reports", 10, "国际患者摘要列出最近几份检查检验报告")
MOST = register("records.export_rows", 20_000, "导出FHIR文档时，一类内容最多多少条（超过的请分时间段导出）")
IPS = "http://hl7.org/fhir/uv/ips/StructureDefinition/"
LOINC = "http://loinc.org"
EMPTY_REASONS = "http://terminology.hl7.org/CodeSystem/list-empty-reason"
NOBODY = UUID(int=0)
# What a person was asked once, and the section that "none" is an answer to.
ASKED = {"allergies": "allergy", "conditions": "illness", "procedures": "operation"}


def summary(viewer: Viewer, now: datetime, *, deed: str = SUMMARY, subject: Model | None = None) -> Resource:
    """The International Patient Summary of the viewer's person; one line in the access log, under `deed`.

    Without `deed` whoever asks has written it down before.
    """
    with translation.override(settings.LANGUAGE_CODE):
        found = list(_summarised(viewer, now))
    if deed:
        record_event(viewer=viewer, action=deed, now=now, subject=subject)
    told = concept(LOINC, "60591-5", "Patient summary Document", "国际患者摘要")
    return _document(viewer, now, told, "国际患者摘要（IPS）", found, profile="uv-ips")


def document(viewer: Viewer, now: datetime, chosen: Chosen | None = None) -> Resource:
    """The viewer's whole record, or the chosen part of it, complete; one line in the access log.

    Raises TooMuch where a kind has more rows than go into one file: nothing is left out without a word.
    """
    with translation.override(settings.LANGUAGE_CODE):
        found = list(_whole(viewer, chosen or Chosen(), setting(MOST, now)))
        # The numbers of a person's documents are for that person: a delegate was let see the record.
        identifiers = list(Identifier.objects.filter(resident_id=viewer.resident_id)) if viewer.is_self else []
    record_event(viewer=viewer, action=DOCUMENT, now=now)
    told = concept(LOINC, "11503-0", "Medical records", "居民健康档案")
    return _document(viewer, now, told, "居民健康档案", found, identifiers=identifiers)


def entries_in(bundle: Resource) -> dict[str, int]:
    """How many entries of the record each section holds, by its title."""
    found: Resource = bundle["entry"][0]["resource"]
    return {one["title"]: len(one.get("entry", ())) for one in found["section"]}


def _summarised(viewer: Viewer, now: datetime) -> Iterator[Section]:
    most, disputes = setting(LISTED, now), gathering.disputes_of(viewer)
    none = gathering.denied(viewer)
    records, measured = (_shut(viewer, category) for category in ("records", "results"))

    def empty(slug: str) -> str:
        return records or (NONE_KNOWN if ASKED.get(slug) in none else UNAVAILABLE)

    conditions = gathering.newest_stacks(gathering.rows_of(viewer, "conditions"), most)
    yield from _problems(conditions, disputes, empty("conditions"))
    for slug in ("allergies", "medications"):
        found = gathering.newest_stacks(gathering.rows_of(viewer, slug), most)
        yield sections.section(slug, found, disputes, empty=empty(slug))
    for slug in ("immunizations", "procedures"):
        yield sections.section(
            slug, gathering.newest(gathering.rows_of(viewer, slug), most), disputes, empty=empty(slug)
        )
    reports = gathering.newest_results(viewer, setting(REPORTED, now))
    yield sections.results(reports, disputes, empty=measured or UNAVAILABLE)
    vitals = gathering.items_of(viewer).filter(category=gathering.VITAL)
    found = gathering.newest_stacks(vitals, most, measured=True)
    yield sections.section(VITALS, found, disputes, empty=records or UNAVAILABLE)


def _problems(found: Found, disputes: Disputes, empty: str) -> Iterator[Section]:
    """What a person has, and what they had: two sections of the summary. The first may be cut, and says so."""
    over = [row for row in found.rows if row.state in OVER]
    having = [row for row in found.rows if row.state not in OVER]
    cut = found.total - len(found.rows)
    yield sections.section("conditions", Found(having, len(having) + cut, found.stacks), disputes, empty=empty)
    if over:
        yield sections.section("past", Found(over, len(over), found.stacks), disputes)


def _whole(viewer: Viewer, chosen: Chosen, most: int) -> Iterator[Section]:
    disputes = gathering.disputes_of(viewer)
    records, measured = (_shut(viewer, category) for category in ("records", "results"))
    for slug in gathering.KINDS:
        if slug in chosen.kinds:
            found = gathering.all_rows(viewer, slug, chosen, most)
            shut = measured if slug == "imaging" else records
            yield sections.section(slug, found, disputes, empty=shut or UNAVAILABLE)
    if VITALS in chosen.kinds:
        found = gathering.all_vitals(viewer, chosen, most)
        yield sections.section(VITALS, found, disputes, empty=records or UNAVAILABLE)
    if REPORTS in chosen.kinds:
        results: Results = gathering.all_results(viewer, chosen, most)
        yield sections.results(results, disputes, empty=measured or UNAVAILABLE)
    if OWN in chosen.kinds:
        yield own.section_of(viewer, chosen, most, empty=records or UNAVAILABLE)


def _shut(viewer: Viewer, category: str) -> str:
    """Why a part of the record is empty where the session may not read it."""
    return WITHHELD if openness.closed_to(viewer, category) else ""


def _document(
    viewer: Viewer,
    now: datetime,
    told: Resource,
    title: str,
    found: Sequence[Section],
    *,
    profile: str = "",
    identifiers: Iterable[Identifier] = (),
) -> Resource:
    person = get_object_or_404(Resident, pk=viewer.resident_id)
    resources = [one for section in found for entry in section.entries for one in entry.resources]
    county, *places = _facilities(person, resources)
    key = uuid7()
    head = _composition(key, told, title, person, county["id"], found, now) | _profiled("Composition", profile)
    whole = [head, fhir.patient(person, identifiers), county, *places, *resources]
    bundle = filled(
        resourceType="Bundle",
        id=str(key),
        meta=_profiled("Bundle", profile).get("meta"),
        language="zh-CN",
        identifier={"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{key}"},
        type="document",
        timestamp=moment(now),
        entry=[{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in _once(whole)],
    )
    _address(bundle)
    return bundle


def _profiled(kind: str, profile: str) -> Resource:
    return {"meta": {"profile": [f"{IPS}{kind}-{profile}"]}} if profile else {}


def _composition(
    key: UUID, told: Resource, title: str, person: Resident, county: str, found: Sequence[Section], now: datetime
) -> Resource:
    return filled(
        resourceType="Composition",
        id=str(uuid5(key, "composition")),
        language="zh-CN",
        status="final",
        type=told,
        subject={"reference": f"Patient/{person.pk}"},
        date=moment(now),
        author=[{"reference": f"Organization/{county}"}],
        title=title,
        confidentiality="N",
        custodian={"reference": f"Organization/{county}"},
        section=[_section(one) for one in found],
    )


def _section(section: Section) -> Resource:
    heading = section.heading
    code = concept(LOINC, heading.code, heading.display) if heading.code else {}
    lines = [entry.line for entry in section.entries]
    refers = [_to(entry.resources[0]) for entry in section.entries]
    return filled(
        title=heading.title,
        code=code,
        text={"status": "generated", "div": narratives.table(heading.heads, lines, section.note)},
        entry=refers,
        emptyReason=None if refers else concept(EMPTY_REASONS, section.empty, text=section.note),
    )


def _to(resource: Resource) -> Resource:
    return {"reference": f"{resource['resourceType']}/{resource['id']}"}


def _facilities(person: Resident, resources: Sequence[Resource]) -> list[Resource]:
    """The county's health bureau, which puts the document together, and every facility that is referred to."""
    said = _references(list(resources))
    wanted = {one.removeprefix("Organization/") for one in said if one.startswith("Organization/")}
    keys = {UUID(one) for one in wanted} | ({person.facility_id} if person.facility_id else set())
    found = list(Facility.objects.filter(Q(pk__in=keys) | Q(level=Facility.Level.BUREAU)).order_by("position", "code"))
    bureau = next((one for one in found if one.level == Facility.Level.BUREAU), None)
    county = bureau or Facility(pk=NOBODY, code="BUREAU", name=f"{settings.COUNTY_NAME}卫生健康局")
    others = [one for one in found if one.pk in keys and one.pk != county.pk]
    return [fhir.organization(one) for one in (county, *others)]


def _once(resources: Iterable[Resource]) -> list[Resource]:
    """Each resource once: an item may stand in two reports."""
    return list({one["id"]: one for one in resources}.values())


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            yield node["reference"]
        for value in node.values():
            if isinstance(value, (dict, list)):
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _address(node: Any) -> None:
    """Turn `Type/id` into the address of the entry: a document has no server that it could be relative to."""
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            node["reference"] = f"urn:uuid:{node['reference'].rpartition('/')[2]}"
        for value in node.values():
            _address(value)
    elif isinstance(node, list):
        for value in node:
            _address(value)
