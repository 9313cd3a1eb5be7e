"""The translator: bytes of one message, or of a batch, to FHIR resources in their order."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from records.exchange.bundles import Entry
from records.exchange.hl7v2 import charsets, identity, moments, reports, visits
from records.exchange.hl7v2.grouping import Order, PatientGroup, groups, patients
from records.exchange.hl7v2.identity import Patient
from records.exchange.hl7v2.naming import identifier
from records.exchange.hl7v2.reports import Sender
from records.exchange.hl7v2.segments import Message, check_ends, message, taken_apart
from records.exchange.hl7v2.statuses import is_cancelled
from records.exchange.reading import Resource
from records.exchange.translating import Setup, Untranslatable

MOST_BYTES = 32 * 1024 * 1024
MERGES = frozenset({"A18", "A34", "A36", "A39", "A40"})
# Two patients who were merged are two again.
PARTS = frozenset({"A37"})
ADMISSIONS = frozenset(
    {"", *(f"A{number:02d}" for number in range(1, 9)), "A11", "A13", "A14", "A23", "A27", "A28", "A31", "A38"}
)
_VERSION = re.compile(r"2(?:\.[1-9](?:\.\d)?)?")

TOO_LARGE = f"内容超过 {MOST_BYTES // (1024 * 1024)} MB。请把批量文件拆小后再发送。"
NO_KIND = "MSH-9 没有写明消息类型（例如 ORU^R01）。请机构补充。"
MISCOUNTED = "批次结尾（BTS-1）写有 {said} 条消息，实际收到 {came} 条。请机构核对后重新发送。"
BAD_VERSION = "MSH-12 写的版本不是 HL7 v2（2.3 到 2.6）。请机构核对。"


def translate(raw: bytes, setup: Setup) -> Iterator[Entry]:
    """The resources of a document, patients before what speaks of them. A message is translated whole or not at all.

    Of a batch, a message that cannot be read is an entry with its problem, and so is what is missing at the end; the
    others are translated all the same. Raises Untranslatable where the only message cannot be read.
    """
    if len(raw) > MOST_BYTES:
        raise Untranslatable(TOO_LARGE)
    check_ends(raw)
    text, codec = charsets.decode(raw, setup.charset)
    document = taken_apart(text)
    number = 0
    for place, lines in enumerate(document.messages, start=1):
        for entry in _entries(lines, codec, setup, place if len(document.messages) > 1 else 0):
            yield replace(entry, number=number)
            number += 1
    if document.promised not in (None, len(document.messages)):
        # Not the bytes alone: their hash names the document as a whole.
        yield Entry(
            "", None, b"BTS" + raw, number, MISCOUNTED.format(said=document.promised, came=len(document.messages))
        )


def _entries(lines: list[str], codec: str, setup: Setup, place: int) -> list[Entry]:
    """The entries of one message; `place` is its place in a batch, 0 outside of one."""
    try:
        return [Entry("", resource) for resource in _resources(message(lines, codec), setup)]
    except Untranslatable as problem:
        if not place:
            raise
        raw = "\r".join(lines).encode(errors="backslashreplace")
        return [Entry("", None, raw, problem=f"批量文件中的第 {place} 条消息：{problem.explanation}")]


def _resources(one: Message, setup: Setup) -> list[Resource]:
    version = one.header.text(12)
    if version and not _VERSION.fullmatch(version):
        raise Untranslatable(BAD_VERSION)
    if not one.kind:
        raise Untranslatable(NO_KIND)
    if one.kind == "ADT" and one.event not in MERGES | PARTS | ADMISSIONS:
        return [_unwanted(one)]
    return _KINDS.get(one.kind, _skipped)(one, _own_names(one, setup))


def _own_names(one: Message, setup: Setup) -> frozenset[str]:
    """The names under which the facility assigns patient numbers: all its systems should name a patient alike."""
    said = [one.header.text(4, part) for part in (1, 2)]
    return frozenset(filter(None, [*said, setup.facility_code, setup.facility_name]))


def _sender(one: Message) -> Sender:
    return Sender(control=one.header.text(10), sent=one.header.text(7), zone=moments.zone_of(one))


def _patient(group: PatientGroup, own: frozenset[str], updated: str) -> Patient:
    found = identity.patient(group.pid, own)
    found.resource.update(moments.version(updated))
    return found


def _results(one: Message, own: frozenset[str]) -> list[Resource]:
    sender = _sender(one)
    made: list[Resource] = []
    for group in groups(one):
        patient = _patient(group, own, moments.first_said(sender.zone, sender.sent))
        visit = visits.encounter_id(group.visit, patient)
        made.append(patient.resource)
        for order in _joined(group, patient, sender):
            made += reports.report(order, patient, visit, sender)
    return made


def _joined(group: PatientGroup, patient: Patient, sender: Sender) -> list[Order]:
    """The orders of a patient; several OBR of one report are one report, or the last would replace the others."""
    found: dict[tuple[str, ...], Order] = {}
    for order in group.orders:
        if order.request is None and not is_cancelled(order):
            continue
        first = found.setdefault(reports.report_key(order, patient, sender), order)
        if first is not order:
            first.results += order.results
            first.notes += order.notes
            first.specimens += order.specimens
    return list(found.values())


def _orders(one: Message, own: frozenset[str]) -> list[Resource]:
    """Orders: of those that are cancelled, what the laboratory may have reported is cancelled, too."""
    sender = _sender(one)
    made: list[Resource] = []
    for group in groups(one):
        patient = _patient(group, own, moments.first_said(sender.zone, sender.sent))
        visit = visits.encounter_id(group.visit, patient)
        made.append(patient.resource)
        for order in group.orders:
            if is_cancelled(order) and reports.has_filler_number(order):
                made += reports.report(order, patient, visit, sender)
            else:
                made.append(reports.service_request(order, patient, sender))
    return made


def _visits(one: Message, own: frozenset[str]) -> list[Resource]:
    event = one.first("EVN")
    zone = moments.zone_of(one)
    updated = moments.first_said(zone, event.text(2) if event else "", one.header.text(7))
    if one.event in PARTS:
        return [resource | moments.version(updated) for resource in identity.parted(patients(one), own)]
    made: list[Resource] = []
    for group in patients(one):
        patient = _patient(group, own, updated)
        made.append(patient.resource)
        if one.event in MERGES:
            made += _merged(group, patient, own, updated)
        elif group.visit and (encounter := visits.encounter(one, group.visit, patient, updated)):
            made.append(encounter)
    return made


def _merged(group: PatientGroup, patient: Patient, own: frozenset[str], updated: str) -> list[Resource]:
    if group.merge is None:
        raise Untranslatable("合并消息里没有 MRG 段，不知道停用哪个患者编号。请机构补充。")
    retired = identity.retired(group.merge, patient, group.pid, own)
    return [resource | moments.version(updated) for resource in retired]


def _skipped(one: Message, own: frozenset[str]) -> list[Resource]:
    return [_unwanted(one)]


def _unwanted(one: Message) -> Resource:
    """A message the portal has no use for, as the ledger counts it."""
    control = one.header.text(10) or hashlib.sha256(repr(one.header.text(7)).encode()).hexdigest()[:32]
    number = identifier(*filter(None, ("message", one.header.text(3), one.header.text(4), control)))
    code = "^".join(filter(None, (one.kind, one.event)))[:60]
    header: Resource = {"resourceType": "MessageHeader", "id": number}
    header |= moments.version(moments.first_said(moments.zone_of(one), one.header.text(7)))
    return header | {"eventCoding": {"code": code}}


_KINDS: dict[str, Callable[[Message, frozenset[str]], list[Resource]]] = {
    "ORU": _results,
    "OML": _orders,
    "OMG": _orders,
    "ORM": _orders,
    "ADT": _visits,
}
