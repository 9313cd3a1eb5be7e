"""QuestionnaireResponse: a check-up, or a follow-up of a public-health programme, as its form was filled in."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils import timezone

from records.exchange import reading, references, sensitivity
from records.exchange.mapping import elements
from records.exchange.mapping.answers import Answer, answers
from records.exchange.mapping.elements import ENTERED_IN_ERROR
from records.exchange.reading import Resource
from records.exchange.values import ExaminationFacts, FollowUpFacts, Frame, Mapped
from records.models import FollowUp
from records.release import SPECIAL

Programme, Way, Control = FollowUp.Programme, FollowUp.Way, FollowUp.Control
STATUSES = frozenset({"in-progress", "completed", "amended", ENTERED_IN_ERROR, "stopped"})
UNFINISHED = {"in-progress", "stopped"}
CHECK_UP = "examination"
TITLE = "http://hl7.org/fhir/StructureDefinition/display"

# By the document types of WS/T 483, or by a plain English word, at the end of the form's address.
BY_CODE = {
    "HSDC00.01": CHECK_UP,
    "HSDB01.02": Programme.CHILD.value,
    "HSDB01.03": Programme.CHILD.value,
    **dict.fromkeys(["HSDB02.01", "HSDB02.02", "HSDB02.03", "HSDB02.04"], Programme.MATERNAL.value),
    "HSDB04.01": Programme.HYPERTENSION.value,
    "HSDB04.02": Programme.DIABETES.value,
    "HSDB04.03": Programme.MENTAL.value,
    "HSDB04.04": Programme.MENTAL.value,
    "CHECK-UP": CHECK_UP,
    **{value.upper(): value for value in Programme.values},
}
# By what the form is called; "儿童健康体检" is a child's, so the programmes come first.
BY_WORD = (
    ("精神", Programme.MENTAL.value),
    ("结核", Programme.TUBERCULOSIS.value),
    ("体质辨识", Programme.TCM.value),
    ("中医药", Programme.TCM.value),
    ("自理能力", Programme.ELDERLY.value),
    ("慢阻肺", Programme.COPD.value),
    ("慢性阻塞性肺", Programme.COPD.value),
    ("高血压", Programme.HYPERTENSION.value),
    ("糖尿病", Programme.DIABETES.value),
    *((word, Programme.MATERNAL.value) for word in ("产前", "产后", "孕产", "孕妇")),
    *((word, Programme.CHILD.value) for word in ("儿童", "新生儿", "婴儿", "满月")),
    ("体检", CHECK_UP),
    ("健康检查", CHECK_UP),
)
HIDDEN = {Programme.MENTAL.value, Programme.TUBERCULOSIS.value}
WAYS = ((("家庭", "上门", "入户"), Way.HOME), (("电话", "视频"), Way.PHONE), (("门诊",), Way.CLINIC))
CONTROLS = (
    (("不满意", "不达标"), Control.UNSATISFIED),
    (("不良反应",), Control.ADVERSE),
    (("并发症",), Control.COMPLICATION),
    (("满意", "达标"), Control.SATISFIED),
)
# What such an answer is asked by; the data elements are those of WS/T 483.
NEXT = ("DE06.00.109", "下次随访", "下次体检", "下次检查", "下次访视", "下次就诊")
BY_WAY = ("DE06.00.108", "随访方式")
CLASS = ("DE05.10.066", "随访分类", "随访评价结果", "控制情况", "此次随访分类")
JUDGED = ("DE05.10.072", "健康评价", "体检结论", "体检结果", "评估结果", "判定结果", "体质类型", "体质辨识结果")
ADVISED = ("DE06.00.051", "DE06.00.114", "健康指导", "指导", "保健指导", "危险因素控制")
NOTHING = re.compile(r".*[：:\s](?:无|否|否认|未患|没有|未见异常|正常)$")
_DAY = re.compile(r"(\d{4})[-年/.](\d{1,2})[-月/.](\d{1,2})")


def questionnaire_response(resource: Resource, frame: Frame) -> Mapped:
    """The row of a form; one that is being filled in, or was given up, has none."""
    said = reading.status(resource, STATUSES)
    subject = references.subject(resource, "subject", frame)
    if said in UNFINISHED:
        return Mapped(subject, ())
    title = _title(resource)
    kind = _kind(resource, title)
    given = answers(resource)
    common = _common(resource, frame, given, kind, withdrawn=said == ENTERED_IN_ERROR)
    if kind == CHECK_UP:
        return Mapped(subject, (_check_up(common, title, given),))
    return Mapped(subject, (_follow_up(common, title, given, kind),))


def _title(resource: Resource) -> str:
    """What the form is called: beside its address, or in the form itself where that came along."""
    beside = reading.nodes(reading.node(resource, "_questionnaire"), "extension")
    titles = [reading.text(one, "valueString") for one in beside if one.get("url") == TITLE]
    forms = [one for one in reading.nodes(resource, "contained") if one.get("resourceType") == "Questionnaire"]
    titles += [reading.text(one, "title") or reading.text(one, "name") for one in forms]
    return reading.fitting(next((one for one in titles if one), ""), "questionnaire", 200)


def _kind(resource: Resource, title: str) -> str:
    """A check-up, or which programme; a form that nobody knows is one of the others."""
    address = reading.text(resource, "questionnaire").partition("|")[0]
    forms = [one for one in reading.nodes(resource, "contained") if one.get("resourceType") == "Questionnaire"]
    codes = [coding for form in forms for coding in reading.nodes(form, "code")]
    named = [re.split(r"[/#:]", address)[-1], *(reading.text(coding, "code") for coding in codes)]
    known = next((BY_CODE[name.upper()] for name in named if name.upper() in BY_CODE), "")
    by_word = next((kind for word, kind in BY_WORD if word in title), "")
    return known or by_word or Programme.OTHER.value


def _common(resource: Resource, frame: Frame, given: list[Answer], kind: str, *, withdrawn: bool) -> dict[str, Any]:
    """What check-ups and follow-ups share."""
    people = [reading.node(resource, "author"), reading.node(resource, "source")]
    special = _level(resource, given, kind)
    return {
        **elements.occurred(elements.happened(resource, frame, "authored")),
        "withdrawn": withdrawn,
        "sensitivity": special,
        "release": sensitivity.release(special),
        "place": references.place(people, frame, resource),
        "practitioner_name": references.practitioner(people[:1], frame, resource),
        "answers": given,
        "encounter_identifier": references.target_id(reading.node(resource, "encounter"), frame),
        "assessment": _told(given, JUDGED),
        "guidance": _told(given, ADVISED),
    }


def _level(resource: Resource, given: list[Answer], kind: str) -> int:
    """Two programmes are specially protected whatever they say; what a form asks and is denied, it does not say."""
    if kind in HIDDEN:
        return SPECIAL
    said = [f"{one.get('label', '')}：{one.get('value', '')}" for one in given]
    return sensitivity.level(
        codings=[], words=[line for line in said if not NOTHING.match(line)], labels=elements.labels(resource)
    )


def _check_up(common: dict[str, Any], title: str, given: list[Answer]) -> ExaminationFacts:
    at = common.get("occurred_at")
    year = timezone.localtime(at).year if at else None
    return ExaminationFacts(**common, title=title or "健康体检", year=year)


def _follow_up(common: dict[str, Any], title: str, given: list[Answer], kind: str) -> FollowUpFacts:
    told = _told(given, CLASS)
    return FollowUpFacts(
        **common | {"assessment": common["assessment"] or told},
        title=title or str(Programme(kind).label),
        programme=kind,
        way=_word(_told(given, BY_WAY), WAYS),
        control=_word(told, CONTROLS),
        next_due=_day(_told(given, NEXT)),
    )


def _asked(answer: Answer, names: Iterable[str]) -> bool:
    """Whether an answer is one of these: by its data element, by what it is called, or by its section."""
    code, label, section = (answer.get(name, "") for name in ("code", "label", "section"))
    return any(code.startswith(name) or label.startswith(name) or section == name for name in names)


def _told(given: Iterable[Answer], names: tuple[str, ...]) -> str:
    """What the answers of that meaning say, each once."""
    said = [one.get("value", "") for one in given if _asked(one, names)]
    return "；".join(dict.fromkeys(filter(None, said)))


def _word(said: str, words: Iterable[tuple[tuple[str, ...], Any]]) -> str:
    return next((str(kind.value) for parts, kind in words if any(part in said for part in parts)), "")


def _day(said: str) -> date | None:
    """The day an answer names; None where it names none that the calendar has."""
    found = _DAY.search(said)
    try:
        return date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None
