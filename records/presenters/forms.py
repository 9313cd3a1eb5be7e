"""Check-ups, follow-ups and documents in words: pages in the order of the national form, what stands out first."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.dated import register, setting
from records.models import Examination, FollowUp
from records.presenters.words import CONTROLS, FLAGS, Flag, Words

# The pages of the national check-up form (健康体检表); what a facility adds comes after them.
PAGES = (
    *("症状", "一般状况", "生活方式", "脏器功能", "查体", "辅助检查", "现存主要健康问题", "住院治疗", "主要用药"),
    *("非免疫规划预防接种", "健康评价", "健康指导"),
)
LEAST = register("records.self_care_mild", 4, "老年人自理能力评估多少分起为轻度依赖")
MORE = register("records.self_care_moderate", 9, "老年人自理能力评估多少分起为中度依赖")
MOST = register("records.self_care_dependent", 19, "老年人自理能力评估多少分起为不能自理")
_SCORE = re.compile(r"(?<![\d.])(\d{1,3})\s*分?")
_TOTALS = ("总评分", "总分", "评估总分", "得分合计", "自理能力评分")
# What is measured at a visit, by what forms call it.
MEASURED = ("收缩压", "舒张压", "血压", "血糖", "糖化血红蛋白", "体重", "心率", "孕周", "宫高", "腹围", "胎心")
ADVICE: Mapping[str, Words] = {
    FollowUp.Control.SATISFIED: gettext_lazy("控制得好，请继续按医生说的做。"),
    FollowUp.Control.UNSATISFIED: gettext_lazy("还没有控制好，请按约定的日期复查，用药听医生的。"),
    FollowUp.Control.ADVERSE: gettext_lazy("用药有不舒服，请尽快告诉医生，不要自己停药。"),
    FollowUp.Control.COMPLICATION: gettext_lazy("出现了并发症，请尽快就诊。"),
}
CONSTITUTIONS: Mapping[str, Words] = {
    "平和质": gettext_lazy("身体状态较好：精力足、睡得好、胃口好。"),
    "气虚质": gettext_lazy("容易疲乏、气短、出汗、感冒。"),
    "阳虚质": gettext_lazy("怕冷，手脚发凉。"),
    "阴虚质": gettext_lazy("手脚心发热，口干咽干。"),
    "痰湿质": gettext_lazy("身体发胖，腹部松软，觉得身子沉。"),
    "湿热质": gettext_lazy("脸上油，易长痘，口苦口黏。"),
    "血瘀质": gettext_lazy("肤色偏暗，身上容易有瘀斑。"),
    "气郁质": gettext_lazy("容易情绪低落、紧张、叹气。"),
    "特禀质": gettext_lazy("容易过敏。"),
}


@dataclass(frozen=True)
class Line:
    """One item of a form, with what the form before said of it."""

    label: str
    value: str
    unit: str = ""
    span: str = ""
    flag: Flag | None = None
    before: str = ""


@dataclass(frozen=True)
class Part:
    """One page of a form."""

    title: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Sheet:
    """A check-up: what stands out, then every page."""

    row: Examination
    striking: Sequence[Line]
    parts: Sequence[Part]
    before: Examination | None


@dataclass(frozen=True)
class Due:
    """When the next follow-up is due, in words; `is_past`: that day has gone."""

    title: Words
    day: date
    words: str
    is_past: bool
    facility: str
    phone: str


@dataclass(frozen=True)
class Visit:
    """A follow-up: what it came to, what was measured, everything that was asked."""

    row: FollowUp
    way: Words
    control: Words
    tone: str
    advice: Words
    readings: Sequence[Line]
    meaning: Sequence[tuple[Words, Words]]
    parts: Sequence[Part]
    due: Due | None


def sheet(row: Examination, before: Examination | None) -> Sheet:
    """A check-up beside the one before."""
    parts = _parts(row.answers, before.answers if before else ())
    striking = [line for part in parts for line in part.lines if line.flag]
    return Sheet(row, striking, parts, before)


def visit(row: FollowUp, now: datetime) -> Visit:
    """A follow-up in words."""
    control, tone = CONTROLS.get(row.control, ("", ""))
    parts = _parts(row.answers, ())
    lines = [line for part in parts for line in part.lines]
    return Visit(
        row=row,
        way=FollowUp.Way(row.way).label if row.way else "",
        control=control,
        tone=tone,
        advice=ADVICE.get(row.control, ""),
        readings=_readings(lines),
        meaning=_meaning(row, now),
        parts=parts,
        due=due(row, now),
    )


def due(row: FollowUp, now: datetime) -> Due | None:
    """The day a follow-up names for the next one; None where it names none."""
    if row.next_due is None:
        return None
    today = timezone.localdate(now)
    day = _("%(month)d月%(day)d日") % {"month": row.next_due.month, "day": row.next_due.day}
    if row.next_due.year != today.year:
        day = _("%(year)d年%(day)s") % {"year": row.next_due.year, "day": day}
    is_past = row.next_due < today
    said = _("约好的 %(day)s 已经过了") if is_past else _("下次随访 %(day)s前")
    title = FollowUp.Programme(row.programme).label
    return Due(title, row.next_due, said % {"day": day}, is_past, row.facility_name, row.facility.phone)


def _parts(answers: Iterable[Mapping[str, str]], before: Iterable[Mapping[str, str]]) -> list[Part]:
    """The pages in the form's order, those of the facility's own after them; what is flagged first on each page."""
    then = {_name(one): one for one in before}
    pages: dict[str, list[Line]] = {}
    for one in answers:
        pages.setdefault(one.get("section", ""), []).append(_line(one, then.get(_name(one))))
    order = {title: turn for turn, title in enumerate(PAGES)}
    titles = sorted(pages, key=lambda title: order.get(title, len(PAGES)))
    return [Part(title or _("记录内容"), sorted(pages[title], key=lambda line: line.flag is None)) for title in titles]


def _name(one: Mapping[str, str]) -> tuple[str, str]:
    """What makes two forms' items the same: what they are called, on the same page."""
    return one.get("section", ""), one.get("label", "")


def _line(one: Mapping[str, str], before: Mapping[str, str] | None) -> Line:
    return Line(
        one.get("label", ""),
        one.get("value", ""),
        one.get("unit", ""),
        one.get("range", ""),
        FLAGS.get(one.get("flag", "")),
        f"{before.get('value', '')} {before.get('unit', '')}".strip() if before else "",
    )


def _readings(lines: Sequence[Line]) -> list[Line]:
    """What was measured; the two numbers of a blood pressure as one."""
    found = [line for line in lines if line.value and any(word in line.label for word in MEASURED)]
    upper = next((line for line in found if "收缩压" in line.label), None)
    lower = next((line for line in found if "舒张压" in line.label), None)
    if upper is None or lower is None or upper.unit != lower.unit:
        return found
    both = Line(_("血压"), f"{upper.value}/{lower.value}", upper.unit, "", upper.flag or lower.flag)
    return [both, *(line for line in found if line not in (upper, lower))]


def _meaning(row: FollowUp, now: datetime) -> list[tuple[Words, Words]]:
    """Self-care and constitution in words."""
    if row.programme == FollowUp.Programme.ELDERLY:
        score = total(row)
        return [(_("生活自理能力"), self_care(score, now))] if score is not None else []
    if row.programme == FollowUp.Programme.TCM:
        said = " ".join([row.assessment, *(f"{one.get('label')}{one.get('value')}" for one in row.answers)])
        named = [name for name in CONSTITUTIONS if name in (row.assessment or said)]
        return [(name, CONSTITUTIONS[name]) for name in named]
    return []


def total(row: FollowUp) -> int | None:
    """The score of a self-care assessment, where the form has one."""
    said = [one.get("value", "") for one in row.answers if one.get("label", "").startswith(_TOTALS)]
    found = next((match for text in (*said, row.assessment) if (match := _SCORE.search(text))), None)
    return int(found[1]) if found else None


def self_care(score: int, now: datetime) -> str:
    """The class of a score: 0-3, 4-8, 9-18, from 19 on (the county's dated limits)."""
    words = [(MOST, _("不能自理")), (MORE, _("中度依赖")), (LEAST, _("轻度依赖"))]
    found = next((word for key, word in words if score >= setting(key, now)), _("可自理"))
    return _("%(word)s（%(score)d分）") % {"word": found, "score": score}
