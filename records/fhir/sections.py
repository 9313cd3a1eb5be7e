"""Sections of a document: each entry as FHIR resources, and as a line to read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from records import fhir
from records.fhir.elements import SHANGHAI, Resource
from records.fhir.gathering import OWN, Found, Results
from records.models import Dispute, Observation, Report
from records.presenters import words
from records.provenance import Provenance
from records.stacks import Stack

Disputes = Callable[[Provenance], Dispute | None]
CONTESTED = "（本人有异议）"
UNAVAILABLE, NONE_KNOWN, WITHHELD = "unavailable", "nilknown", "withheld"
EMPTY = {
    UNAVAILABLE: "没有收到这方面的资料。没有资料不等于没有：可能没有问过，或者机构还没有接入。",
    NONE_KNOWN: "问过本人，答复是没有。",
    WITHHELD: "这部分内容没有向取用人开放。",
}
WRITERS: dict[str, Callable[[Any, Dispute | None], Resource]] = {
    "condition": fhir.condition,
    "allergy": fhir.allergy_intolerance,
    "medication": fhir.medication_statement,
    "immunization": fhir.immunization,
    "procedure": fhir.procedure,
    "encounter": fhir.encounter,
    "examination": fhir.questionnaire_response,
    "followup": fhir.questionnaire_response,
    "document": fhir.document_reference,
    "observation": fhir.observation,
    "imagingstudy": lambda row, dispute: fhir.imaging_study(row),
}


@dataclass(frozen=True)
class Heading:
    """What a section is called, its LOINC code where there is one, and the heads of its table."""

    title: str
    code: str = ""
    display: str = ""
    heads: Sequence[str] = ("名称", "说明", "时间", "机构")


HEADINGS = {
    "conditions": Heading("诊断与慢性病", "11450-4", "Problem list - Reported"),
    "past": Heading("过去的疾病", "11348-0", "History of Past illness note"),
    "allergies": Heading("过敏与不良反应", "48765-2", "Allergies and adverse reactions Document"),
    "medications": Heading("用药", "10160-0", "History of Medication use Narrative"),
    "immunizations": Heading("预防接种", "11369-6", "History of Immunization note"),
    "procedures": Heading("手术操作", "47519-4", "History of Procedures Document"),
    "encounters": Heading("就诊", "46240-8", "History of Hospitalizations+Outpatient visits note"),
    "vitals": Heading("体征测量", "8716-3", "Vital signs note"),
    "reports": Heading("检查检验结果", "30954-2", "Relevant diagnostic tests/laboratory data note"),
    "examinations": Heading("健康体检"),
    "followups": Heading("随访"),
    "documents": Heading("医疗文书"),
    "imaging": Heading("影像检查（图像在医院的影像系统里）"),
    OWN: Heading("自己记录的测量（未经医疗机构核对）", heads=("名称", "说明", "时间", "谁记的")),
}


@dataclass(frozen=True)
class Written:
    """An entry: its resources, the first of which the section refers to, and its line."""

    resources: Sequence[Resource]
    line: Sequence[str]


@dataclass(frozen=True)
class Section:
    """A section ready to be put into a document. `total` entries exist; where not all are in it, the text says so."""

    heading: Heading
    entries: Sequence[Written]
    total: int
    empty: str = UNAVAILABLE

    @property
    def note(self) -> str:
        """The sentence below the table."""
        if not self.entries:
            return EMPTY[self.empty]
        if len(self.entries) < self.total:
            return f"共有 {self.total} 条，这里是最近的 {len(self.entries)} 条；其余在居民健康服务门户里。"
        return f"共 {self.total} 条。"


def section(slug: str, found: Found, disputes: Disputes, *, empty: str = UNAVAILABLE) -> Section:
    """A section of rows that are an entry each."""
    entries = [_entry(row, disputes(row), found.stacks.get(row.id)) for row in found.rows]
    return Section(HEADINGS[slug], entries, found.total, empty)


def results(found: Results, disputes: Disputes, *, empty: str = UNAVAILABLE) -> Section:
    """The section of reports: each refers to its items, which are written beside it."""
    entries = [_reported(report, found.items[report.pk], disputes) for report in found.reports]
    entries += [_entry(row, disputes(row), None) for row in found.loose]
    return Section(HEADINGS["reports"], entries, found.total, empty)


def _entry(row: Any, dispute: Dispute | None, stack: Stack | None) -> Written:
    resource = WRITERS[str(row._meta.model_name)](row, dispute)
    if stack is not None and stack.times > 1:
        resource.setdefault("note", []).append({"text": _course(stack)})
    told = "；".join(filter(None, [*_told(row), _course(stack) if stack and stack.times > 1 else ""]))
    marked = _name(row) + (CONTESTED if dispute else "")
    return Written([resource], [marked, told, day(row.occurred_at), row.facility_name])


def _reported(report: Report, items: Sequence[Observation], disputes: Disputes) -> Written:
    dispute = disputes(report)
    status = "preliminary" if report.status == Report.Status.PRELIMINARY else "final"
    written = [fhir.observation(row, disputes(row), status=status) for row in items]
    title = (report.title or str(report.get_category_display())) + (CONTESTED if dispute else "")
    told = [str(report.get_status_display()), report.impression, *(f"{row.name} {measured(row)}" for row in items)]
    return Written(
        [fhir.diagnostic_report(report, items, dispute), *written],
        [title, "；".join(filter(None, told)), day(report.issued_at or report.occurred_at), report.facility_name],
    )


def _course(stack: Stack) -> str:
    """Since when, until when and where the same was written down."""
    days = " 至 ".join(dict.fromkeys(filter(None, (day(stack.first), day(stack.last)))))
    return f"共 {stack.times} 次记录" + (f"（{days}）" if days else "") + f"，来自{'、'.join(stack.places)}"


def _name(row: Any) -> str:
    kinds = str(row.get_kind_display()) if hasattr(row, "get_kind_display") else ""
    return str(getattr(row, "name", "") or getattr(row, "title", "") or kinds)


def _told(row: Any) -> Iterator[str]:
    """What else a person would read of an entry."""
    if isinstance(row, Observation):
        yield measured(row)
    yield _state(row)
    for name in ("dosage", "reaction", "department_name", "reason", "assessment"):
        yield str(getattr(row, name, ""))


def _state(row: Any) -> str:
    """The state of a statement, in the words of the portal's pages."""
    state = getattr(row, "state", "")
    known = words.MEDICATION_STATES if row._meta.model_name == "medication" else words.STATES
    return str(known[state][0]) if state in known else ""


def measured(row: Observation) -> str:
    """A result with its unit, what the laboratory makes of it, and its range."""
    value = f"{row.value_text} {row.unit}".strip()
    flag = words.FLAGS.get(row.flag)
    return value + (f"（{flag.word}）" if flag else "") + (f" 参考 {row.range_text}" if row.range_text else "")


def day(at: datetime | None) -> str:
    """A day as it is read in the county."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d}" if at else ""
