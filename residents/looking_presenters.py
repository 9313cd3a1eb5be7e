"""The access log in words a person reads: who, where, in what capacity, what, when; whether one may ask about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from residents.access import Viewer
from residents.looking import Visit
from residents.models import AccessCase
from residents.models.access import Capacity
from residents.presenters import Words, action_words

# How somebody came to see a person, as a badge beside the name; oneself needs none.
CAPACITIES: dict[str, tuple[Words, str]] = {
    Capacity.DELEGATE: (gettext_lazy("代办人"), "brand"),
    Capacity.GUARDIAN: (gettext_lazy("监护人"), "brand"),
    Capacity.ASSISTED: (gettext_lazy("帮办"), "info"),
    Capacity.CARE: (gettext_lazy("诊疗服务"), "info"),
    Capacity.EMERGENCY: (gettext_lazy("紧急调阅"), "bad"),
    Capacity.COUNTER: (gettext_lazy("窗口办理"), "info"),
    Capacity.STAFF: (gettext_lazy("工作人员"), "info"),
    Capacity.SYSTEM: (gettext_lazy("系统自动"), ""),
    Capacity.PROGRAM: (gettext_lazy("您授权的应用"), "info"),
}


@dataclass(frozen=True)
class VisitLine:
    """One visit as it is shown. `ask` names it in the form that asks about it; empty where there is nothing to ask."""

    who: str
    mine: bool
    badge: Words
    tone: str
    place: str
    first_at: datetime
    last_at: datetime
    deeds: Sequence[Words]
    times: int
    purposes: Sequence[str]
    ask: str
    case: AccessCase | None


@dataclass(frozen=True)
class DayLines:
    """The visits of one day."""

    day: date
    visits: Sequence[VisitLine]


def days_of(visits: Sequence[Visit], viewer: Viewer) -> list[DayLines]:
    """The visits by day, in the order they come; the machine's own reads of a day are one line."""
    days: dict[date, list[VisitLine]] = {}
    for visit in visits:
        days.setdefault(visit.day, []).append(line_of(visit, viewer))
    return [DayLines(day, lines) for day, lines in days.items()]


def line_of(visit: Visit, viewer: Viewer) -> VisitLine:
    """One visit in words."""
    mine = visit.actor_id == viewer.account_id
    badge, tone = CAPACITIES.get(visit.capacity, ("", "")) if not mine or visit.capacity != Capacity.SELF else ("", "")
    return VisitLine(
        who=_("您本人") if mine else visit.actor_name or _("系统"),
        mine=mine,
        badge=badge,
        tone=tone,
        place="" if mine else visit.place,
        first_at=visit.first_at,
        last_at=visit.last_at,
        deeds=[action_words(action) for action in visit.actions],
        times=visit.times,
        purposes=[purpose for purpose in visit.purposes if purpose],
        ask="" if mine or visit.actor_id is None else key_of(visit),
        case=visit.case,
    )


def key_of(visit: Visit) -> str:
    """What the form sends back to say which visit is meant: an account's key and an instant, nothing about health."""
    return f"{visit.actor_id} {visit.first_at.isoformat()}"


def read_key(key: str) -> tuple[UUID, datetime] | None:
    """The account and instant that `key_of` wrote, or None for anything else."""
    actor, _space, at = key.partition(" ")
    try:
        return UUID(actor), datetime.fromisoformat(at)
    except ValueError:
        return None


def reconciled(reads: int, missing: int) -> str | Promise:
    """Last night's comparison of reads and log in one sentence."""
    if missing:
        return _("昨夜核对：全县 %(reads)d 次健康数据读取中，有 %(missing)d 次没有对上访问记录，正在查。") % {
            "reads": reads,
            "missing": missing,
        }
    return _("昨夜核对：全县 %(reads)d 次健康数据读取，每一次都有访问记录。") % {"reads": reads}
