"""OBX as Observations: lines of one text put together, every result with its code, time, person, place and notes."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from records.exchange.hl7v2 import coding, measures, moments, people
from records.exchange.hl7v2.grouping import Order, Result
from records.exchange.hl7v2.naming import identifier
from records.exchange.hl7v2.segments import Segment
from records.exchange.hl7v2.statuses import WITHDRAWN, result_status
from records.exchange.reading import Resource

# The suffixes of OBX-3.1 for the parts of a report (HL7 v2.5, 7.1.5), and their LOINC codes.
SECTIONS = {"GDT": "检查所见", "IMP": "诊断意见", "REC": "建议", "ADT": "补充报告", "PROC": "检查方法"}
CONCLUSION_CODES = frozenset({"19005-8", "55110-1", "22637-3", "18844-1"})
CONCLUSION_NAMES = frozenset(
    {"诊断意见", "诊断印象", "诊断提示", "诊断结论", "检查结论", "检查提示", "检查意见", "影像诊断", "影像学诊断"}
    | {"超声诊断", "超声提示", "病理诊断", "心电图诊断", "心电诊断", "内镜诊断", "印象", "结论", "诊断", "提示"}
    | {"impression", "conclusion", "diagnosis", "interpretation"}
)
UNNAMED = "报告内容"
ABSENT = "未报告结果"


@dataclass(frozen=True)
class Setting:
    """What the observations of one report share."""

    key: tuple[str, ...]
    subject: Resource
    visit: str
    happened: str
    updated: str
    zone: str
    status: str
    category: str
    specimen: str

    @property
    def report_id(self) -> str:
        """The report's id."""
        return identifier(*self.key)

    @property
    def encounter(self) -> Resource:
        """The visit, where the message names one."""
        return {"reference": f"Encounter/{self.visit}"} if self.visit else {}


@dataclass
class Item:
    """One result: an OBX, the further lines of its text, and which of several alike it is."""

    result: Result
    lines: list[Result] = field(default_factory=list)
    place: int = 1

    @property
    def obx(self) -> Segment:
        """The OBX that everything but the text is read from."""
        return self.result.obx

    @cached_property
    def kind(self) -> str:
        """The type of the value (OBX-2)."""
        return self.obx.text(2).upper()

    @cached_property
    def key(self) -> tuple[str, ...]:
        """Code and sub-id: what tells the results of a report apart."""
        code = "&".join(filter(None, self.obx.first(3).subs(1))) or self.obx.text(3, 4) or self.obx.text(3, 2)
        sub = self.obx.whole(4)
        return (code or "text", *([sub] if sub else []))

    @property
    def title(self) -> str:
        """What the result is called."""
        return str(self.code.get("text", ""))

    @property
    def withdrawn(self) -> bool:
        """Whether the laboratory took it back."""
        return result_status(self.obx, "") in WITHDRAWN

    @cached_property
    def is_conclusion(self) -> bool:
        """Whether it is the opinion at the end of an examination's report."""
        if self.kind not in measures.TEXTS:
            return False
        part = self.obx.first(3)
        loinc = {part.text(first) for first in (1, 4) if part.text(first + 2).upper() in ("LN", "LOINC")}
        return bool(
            "IMP" in part.subs(1) or loinc & CONCLUSION_CODES or self.title.strip("：: ").casefold() in CONCLUSION_NAMES
        )

    @cached_property
    def performers(self) -> list[Resource]:
        """Where and by whom it was done: OBX-23 (its name), else OBX-15 (its code); OBX-16."""
        obx = self.obx
        name, code = obx.text(23), obx.text(23, 10) or obx.text(23, 3) or obx.text(15)
        name = name or obx.text(15, 2)
        found = [people.organization(code, name)] if name or code else []
        person = next((called for part in obx.parts(16) if (called := people.person(part))), "")
        return found + ([people.practitioner(person)] if person else [])

    @cached_property
    def code(self) -> Resource:
        """OBX-3; a report's text may have no code, its numbers must."""
        part = self.obx.first(3)
        concept = coding.concept(part)
        suffix = next((sub for sub in part.subs(1) if sub in SECTIONS), "")
        if suffix and not part.text(2):
            return concept | {"text": SECTIONS[suffix]}
        if not concept and self.kind in measures.TEXTS | {"ED", ""}:
            return {"text": UNNAMED}
        return concept

    def words(self) -> str:
        """The text of all lines."""
        found = [measures.result(line.obx).get("valueString", "") for line in (self.result, *self.lines)]
        return "\n".join(found).strip("\n")


def items(order: Order) -> list[Item]:
    """The results of an order. Texts that follow each other under one code are the lines of one text."""
    found: list[Item] = []
    for result in order.results:
        if found and _goes_on(found[-1], result):
            found[-1].lines.append(result)
        else:
            found.append(Item(result))
    seen: Counter[tuple[str, ...]] = Counter()
    for item in found:
        seen[item.key] += 1
        item.place = seen[item.key]
    return found


def _goes_on(item: Item, result: Result) -> bool:
    first, other = item.obx, result.obx
    if item.kind not in measures.TEXTS or other.text(2).upper() not in measures.TEXTS:
        return False
    same = all(first.raw(number) == other.raw(number) for number in (3, 4, 11))
    return same and not any(segment.raw(number) for segment in (first, other) for number in (6, 7, 8))


def observation(item: Item, setting: Setting) -> Resource | None:
    """The Observation of a result; None for a line that says nothing at all."""
    obx = item.obx
    status = result_status(obx, "preliminary" if setting.status in {"partial", "preliminary"} else "final")
    value = {"valueString": item.words()} if item.lines else measures.result(obx)
    if not value.get("valueString", True):
        value = {}
    if not value and not obx.raw(3):
        return None
    if not value and status not in WITHDRAWN | {"registered"}:
        value = {"dataAbsentReason": {"text": ABSENT}}
    number = () if item.place == 1 else (f"#{item.place}",)
    resource: Resource = {"resourceType": "Observation", "id": identifier(*setting.key, *item.key, *number)}
    resource |= {**moments.version(setting.updated), "status": status, "code": item.code, "subject": setting.subject}
    optional = value | _details(item, setting, value)
    return resource | {name: found for name, found in optional.items() if found}


def _details(item: Item, setting: Setting, value: Resource) -> Resource:
    obx = item.obx
    notes = remarks(note for result in (item.result, *item.lines) for note in result.notes)
    return {
        "category": [{"coding": [{"code": setting.category}]}] if setting.category else [],
        "effectiveDateTime": moments.moment(obx.text(14), setting.zone) or setting.happened,
        "encounter": setting.encounter,
        "performer": item.performers,
        "specimen": {"display": setting.specimen} if setting.specimen else {},
        "interpretation": measures.flags(obx) or value.get("interpretation", []),
        "referenceRange": measures.reference_range(obx),
        "method": _method(obx),
        "note": [{"text": notes}] if notes else [],
    }


def _method(obx: Segment) -> Resource:
    names = [concept.get("text", "") for part in obx.parts(17) if (concept := coding.concept(part))]
    return {"text": "、".join(names)} if any(names) else {}


def remarks(notes: Iterable[Segment]) -> str:
    """NTE-3 of several notes, each on its line."""
    return "\n".join(part.whole() for note in notes for part in note.parts(3)).strip("\n")
