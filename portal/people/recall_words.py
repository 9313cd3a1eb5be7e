"""The incident page in words: what happened in which order, who was told, who saw it, whom it is said to be about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.exchange.models import Recall, RecallDecision, RecallPerson, RecallTold
from records.exchange.recall_desk import Candidate, Concerned, Sighting
from residents.models import Notice, Resident
from residents.models.access import Capacity
from residents.presenters import Words, action_words

ON_THE_DESK = gettext_lazy("放在工作台上")
KINDS: dict[str, Promise] = {
    "DiagnosticReport": gettext_lazy("检查检验报告"),
    "Observation": gettext_lazy("检验项目"),
    "ImagingStudy": gettext_lazy("影像检查"),
    "Encounter": gettext_lazy("就诊记录"),
    "Condition": gettext_lazy("诊断记录"),
    "Procedure": gettext_lazy("手术操作记录"),
    "MedicationRequest": gettext_lazy("处方"),
    "MedicationStatement": gettext_lazy("用药记录"),
    "AllergyIntolerance": gettext_lazy("过敏记录"),
    "Immunization": gettext_lazy("接种记录"),
    "QuestionnaireResponse": gettext_lazy("体检或随访记录"),
    "DocumentReference": gettext_lazy("医疗文书"),
    "Composition": gettext_lazy("医疗文书"),
}


@dataclass(frozen=True)
class Moment:
    """One line of what happened."""

    at: datetime
    what: Words
    who: str = ""
    note: str = ""


@dataclass(frozen=True)
class ToldLine:
    """Who was told what."""

    at: datetime
    whom: Words
    name: str
    what: Words
    read_at: datetime | None


@dataclass(frozen=True)
class Seen:
    """One look at a recalled report."""

    at: datetime
    who: str
    capacity: Words
    place: str
    deed: Words
    certain: bool


@dataclass(frozen=True)
class Person(Concerned):
    """A person of a recall, their sex in words."""

    sex_words: str


@dataclass(frozen=True)
class Found(Candidate):
    """What a number may mean, in words; `label` names it on the next page."""

    kind_words: Words
    sex_words: str
    label: str


@dataclass(frozen=True)
class Side:
    """One fact of both persons."""

    label: Words
    shown: str
    right: str


def timeline(recall: Recall, decisions: Sequence[RecallDecision]) -> list[Moment]:
    """From the first row that was shown to the closing, in order."""
    found = [
        Moment(recall.received_at, _("这份报告到达门户")),
        Moment(recall.noticed_at, _("发现可能不是本人的"), note=str(recall.get_found_by_display())),
        Moment(recall.started_at, _("收回，所有页面不再显示"), recall.started_name, recall.reason),
        *[Moment(one.decided_at, one.get_verdict_display(), one.decided_name, one.reason) for one in decisions],
    ]
    if recall.closed_at:
        found.append(Moment(recall.closed_at, _("结案"), recall.closed_name))
    return sorted(found, key=lambda moment: moment.at)


def told_lines(told: Iterable[RecallTold]) -> list[ToldLine]:
    """Everybody who was told, in order."""
    words = dict(Notice.Kind.choices)
    return [
        ToldLine(one.told_at, one.get_whom_display(), one.name, words.get(one.what, ON_THE_DESK), one.read_at)
        for one in told
    ]


def sighting_lines(seen: Iterable[Sighting]) -> list[Seen]:
    """Who saw it, as the access log of an auditor says it."""
    return [
        Seen(
            one.at,
            one.who,
            Capacity(one.capacity).label if one.capacity else "",
            one.place or "",
            action_words(one.action),
            one.certain,
        )
        for one in seen
    ]


def span(long: timedelta) -> str:
    """How long something took, in the units that matter."""
    seconds = max(int(long.total_seconds()), 0)
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return _("%(days)d天%(hours)d小时") % {"days": days, "hours": hours}
    if hours or minutes:
        return _("%(hours)d小时%(minutes)d分") % {"hours": hours, "minutes": minutes}
    return _("%(seconds)d秒") % {"seconds": seconds}


def kind_words(kind: str) -> Words:
    """What kind of thing is recalled."""
    return KINDS.get(kind, _("健康记录"))


def person_lines(concerned: Iterable[Concerned]) -> list[Person]:
    """The persons of a recall, as the page names them."""
    return [Person(**vars(one), sex_words=_sex(one.sex)) for one in concerned]


def candidate_lines(found: Iterable[Candidate]) -> list[Found]:
    """What a number may mean, as the page names it."""
    return [
        Found(
            **vars(one),
            kind_words=kind_words(one.kind),
            sex_words=_sex(one.sex) if one.sex else "",
            label=" · ".join(filter(None, [str(kind_words(one.kind)), one.number or one.identifier, one.feed_name])),
        )
        for one in found
    ]


def compared(concerned: Sequence[Concerned]) -> list[Side]:
    """In whose record it stood, beside whose it is said to be; empty until somebody was named."""
    shown = next((one for one in concerned if one.part == RecallPerson.Part.SHOWN), None)
    right = next((one for one in concerned if one.part == RecallPerson.Part.RIGHT), None)
    if shown is None or right is None:
        return []
    born = f"{right.birth_date:%Y-%m-%d}" if right.birth_date else str(right.born)
    return [
        Side(_("姓名"), shown.who, right.full_name or right.who),
        Side(_("性别"), _sex(shown.sex), _sex(right.sex)),
        Side(_("出生"), str(shown.born), born),
    ]


def _sex(code: str) -> str:
    return str(Resident.Sex(code).label)
