"""An order with its results as a DiagnosticReport and its Observations."""

from collections.abc import Iterable
from dataclasses import dataclass

from records.exchange.hl7v2 import attachments, coding, moments, people, results
from records.exchange.hl7v2.grouping import Order
from records.exchange.hl7v2.identity import Patient
from records.exchange.hl7v2.naming import identifier
from records.exchange.hl7v2.results import Item, Setting
from records.exchange.hl7v2.segments import Segment
from records.exchange.hl7v2.statuses import order_status
from records.exchange.mapping.report import SECTIONS, WORDS
from records.exchange.reading import Resource
from records.exchange.translating import Untranslatable
from records.models import Report

NO_CODE_TO_CANCEL = "取消通知里没有 OBR 段，不能确定取消的是哪份报告。请机构在 ORC 之后附上原来的 OBR。"
WAVES = frozenset({"NA", "MA", "CD"})
FILES = frozenset({"ED", "RP"})
WAVE_NOT_SHOWN = "波形没有在门户中显示，请向出具机构查看原图。"
FILES_NOT_SHOWN = "有 {number} 个附件没有在门户中显示，请向出具机构查看。"
LABORATORY = "LAB"
KINDS = {Report.Category.LABORATORY: "laboratory", Report.Category.IMAGING: "imaging"}


@dataclass(frozen=True)
class Sender:
    """What a message says of itself that its reports need: its control id, its time and the zone of its times."""

    control: str
    sent: str
    zone: str


def report(order: Order, patient: Patient, visit: str, sender: Sender) -> list[Resource]:
    """The Observations of an order, and the DiagnosticReport that lists them."""
    request = order.request
    if request is None:
        raise Untranslatable(NO_CODE_TO_CANCEL)
    key = report_key(order, patient, sender)
    status = order_status(order)
    setting = Setting(
        key=key,
        subject=patient.reference,
        visit=visit,
        happened=_happened(order, sender.zone),
        updated=updated(order, status, sender),
        zone=sender.zone,
        status=status,
        category=_kind(order),
        specimen=_specimen(order),
    )
    said = results.items(order)
    made = [(item, results.observation(item, setting)) for item in said if not _belongs_to_report(item)]
    observations = [resource for _item, resource in made if resource]
    return [*observations, _report(order, request, setting, observations, said)]


def report_key(order: Order, patient: Patient, sender: Sender) -> tuple[str, ...]:
    """What a report is known by: the filler's order number and the code of what was asked.

    The code belongs to it because laboratories give all panels of one tube the same number (OBR-3): with the number
    alone the second panel would replace the first.
    """
    request = order.request
    code = _service_code(request) if request else ""
    for prefix, field in (((), 3), (("placer",), 2)):
        for segment in filter(None, (request, order.control)):
            number, assigned_by = segment.text(field, 1), segment.text(field, 2) or segment.text(field, 3)
            if number:
                return (*prefix, *filter(None, (assigned_by, number, code)))
    happened = request.text(7) if request else ""
    return ("report", *patient.key, code, happened or sender.control)


def has_filler_number(order: Order) -> bool:
    """Whether the laboratory has given the order a number, and so may have reported on it."""
    return any(segment.text(3, 1) for segment in filter(None, (order.request, order.control)))


def _service_code(request: Segment) -> str:
    part = request.first(4)
    return part.text(1) or part.text(4) or part.text(2)


def updated(order: Order, status: str, sender: Sender) -> str:
    """When this version was made: OBR-22, and not the sending, or an old message sent again would look new."""
    ordered = order.control.text(9) if order.control else ""
    reported = order.request.text(22) if order.request else ""
    # A cancelled order often still carries the time of the report that it takes back.
    given = (ordered, sender.sent) if status == "cancelled" and not order.results else (reported, sender.sent)
    return moments.first_said(sender.zone, *given)


def _report(
    order: Order, request: Segment, setting: Setting, observations: list[Resource], said: list[Item]
) -> Resource:
    resource: Resource = {"resourceType": "DiagnosticReport", "id": setting.report_id}
    resource |= moments.version(setting.updated)
    number = request.text(3, 1) or request.text(2, 1)
    optional: Resource = {
        "identifier": [{"use": "official", "value": number}] if number else [],
        "category": _category(order),
        "code": coding.concept(request.first(4)),
        "effectiveDateTime": setting.happened,
        "issued": moments.moment(request.text(22), setting.zone),
        "encounter": setting.encounter,
        "performer": _performers(said),
        "resultsInterpreter": _interpreters(request),
        "specimen": [{"display": setting.specimen}] if setting.specimen else [],
        "result": [{"reference": f"Observation/{item['id']}"} for item in observations],
        "conclusion": _conclusion(order, said),
        "presentedForm": _forms(said),
    }
    resource |= {"status": setting.status, "subject": setting.subject}
    return resource | {name: value for name, value in optional.items() if value}


def _belongs_to_report(item: Item) -> bool:
    return item.kind in WAVES | FILES or item.is_conclusion


def _happened(order: Order, zone: str) -> str:
    """When the specimen was taken or the examination done: OBR-7, else the specimen's time, else the first result's."""
    given = [order.request.text(7)] if order.request else []
    given += [specimen.text(17) for specimen in order.specimens]
    given += [result.obx.text(14) for result in order.results[:1]]
    return next((moment for text in given if (moment := moments.moment(text, zone))), "")


def _section(order: Order) -> str:
    """OBR-24; without one, whatever has a specimen is of the laboratory."""
    section = order.request.text(24) if order.request else ""
    return section or (LABORATORY if _specimen(order) else "")


def _category(order: Order) -> list[Resource]:
    section = _section(order)
    return [{"coding": [{"code": section}], "text": section}] if section else []


def _kind(order: Order) -> str:
    """The category of the observations."""
    section = _section(order)
    found = SECTIONS.get(section) or next((kind for word, kind in WORDS.items() if word in section), None)
    return KINDS.get(found, "") if found else ""


def _specimen(order: Order) -> str:
    """SPM-4, else OBR-15 as the versions before 2.5 have it, or as a bare word."""
    names = [concept.get("text", "") for item in order.specimens if (concept := coding.concept(item.first(4)))]
    if not any(names) and order.request:
        names = [_old_specimen(order.request)]
    return "、".join(dict.fromkeys(filter(None, names)))


def _old_specimen(request: Segment) -> str:
    part = request.first(15)
    source = part.subs(1)
    named = source[1] if len(source) > 1 else ""
    chinese = next((text for text in (part.text(2), part.text(3)) if people.HAN.search(text)), "")
    return named or chinese or (source[0] if source else "")


def _performers(said: Iterable[Item]) -> list[Resource]:
    """The first organization and the first person named at the results."""
    performers = [reference for item in said for reference in item.performers]
    kinds = {reference["type"]: reference for reference in reversed(performers)}
    return [kinds[kind] for kind in ("Organization", "Practitioner") if kind in kinds]


def _interpreters(request: Segment) -> list[Resource]:
    """OBR-32: who signs, and, of a well-formed NDL, where."""
    part = request.first(32)
    name = people.interpreter(part)
    place = part.text(7) if len(part.subs(1)) > 1 else ""
    found = [people.practitioner(name)] if name else []
    return found + ([people.organization(place, "")] if place else [])


def _conclusion(order: Order, said: list[Item]) -> str:
    """What the report concludes, the notes to the whole of it, and what the portal does not show."""
    texts = [item.words() for item in said if item.is_conclusion and not item.withdrawn]
    remarks = results.remarks(order.notes)
    texts += [f"备注：{remarks}"] if remarks else []
    current = [item for item in said if not item.withdrawn]
    hidden = sum(len(item.obx.parts(5)) for item in current if item.kind in FILES) - len(_forms(said))
    texts += [WAVE_NOT_SHOWN] if any(item.kind in WAVES for item in current) else []
    texts += [FILES_NOT_SHOWN.format(number=hidden)] if hidden else []
    return "\n".join(filter(None, texts))


def _forms(said: list[Item]) -> list[Resource]:
    files = [item for item in said if item.kind == "ED" and not item.withdrawn]
    found = [attachments.pdf(part, item.title) for item in files for part in item.obx.parts(5)]
    return [form for form in found if form]


def service_request(order: Order, patient: Patient, sender: Sender) -> Resource:
    """An order that is not yet a report: the portal shows none, but the ledger says that it came."""
    request: Resource = {"resourceType": "ServiceRequest"}
    request["id"] = identifier("order", *report_key(order, patient, sender))
    request |= moments.version(moments.first_said(sender.zone, sender.sent))
    return request | {"status": "unknown", "intent": "order", "subject": patient.reference}
