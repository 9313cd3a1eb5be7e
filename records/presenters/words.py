"""Words for codes: flags of results, states of statements, what to call a person's age."""

from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from records.models import FollowUp, Observation, Report

Words = str | Promise
LARGE = 14


@dataclass(frozen=True)
class Flag:
    """How an abnormal result is shown: a word always, an arrow where there is a direction, colour only in support.

    `printed` is a shorter word for the narrow column on paper, where the arrow is a letter that is read along.
    """

    word: Words
    arrow: str
    icon: str
    look: str
    printed: Words = ""


FLAGS: dict[str, Flag] = {
    Observation.Flag.HIGH: Flag(_("偏高"), "↑", "arrow-up", "flag-high"),
    Observation.Flag.LOW: Flag(_("偏低"), "↓", "arrow-down", "flag-low"),
    Observation.Flag.CRITICAL_HIGH: Flag(_("危急高值"), "↑", "arrow-up", "flag-high flag-strong", _("危急值")),
    Observation.Flag.CRITICAL_LOW: Flag(_("危急低值"), "↓", "arrow-down", "flag-low flag-strong", _("危急值")),
    Observation.Flag.ABNORMAL: Flag(_("异常"), "", "warning", "flag-odd"),
}

CATEGORIES: dict[str, Words] = {
    Report.Category.LABORATORY: _("检验"),
    Report.Category.IMAGING: _("影像"),
    Report.Category.ECG: _("心电"),
    Report.Category.PATHOLOGY: _("病理"),
    Report.Category.OTHER: _("其他"),
}

# HL7 status codes that facilities send, in words and with the colour of a badge. An unknown code is shown as it came.
STATES: dict[str, tuple[Words, str]] = {
    "active": (_("目前有"), "info"),
    "recurrence": (_("复发"), "warn"),
    "relapse": (_("复发"), "warn"),
    "inactive": (_("目前没有"), ""),
    "remission": (_("缓解"), "good"),
    "resolved": (_("已好转"), "good"),
}
MEDICATION_STATES: dict[str, tuple[Words, str]] = {
    "active": (_("在用"), "info"),
    "completed": (_("已用完"), ""),
    "stopped": (_("已停用"), ""),
    "on-hold": (_("暂停"), "warn"),
    "cancelled": (_("已取消"), ""),
    "intended": (_("计划使用"), ""),
    "not-taken": (_("未服用"), ""),
    "draft": (_("未生效"), ""),
    "unknown": ("", ""),
}
DEED_STATES: dict[str, tuple[Words, str]] = {
    "completed": ("", ""),
    "in-progress": (_("进行中"), "info"),
    "not-done": (_("未进行"), "warn"),
    "stopped": (_("中止"), "warn"),
    "preparation": (_("准备中"), ""),
    "unknown": ("", ""),
    "on-hold": (_("暂停"), "warn"),
}
# How a chronic disease is controlled (随访分类).
CONTROLS: dict[str, tuple[Words, str]] = {
    FollowUp.Control.SATISFIED: (_("控制满意"), "good"),
    FollowUp.Control.UNSATISFIED: (_("控制不满意"), "warn"),
    FollowUp.Control.ADVERSE: (_("不良反应"), "bad"),
    FollowUp.Control.COMPLICATION: (_("并发症"), "bad"),
}
CRITICALITIES: dict[str, tuple[Words, str]] = {
    "high": (_("严重"), "bad"),
    "low": (_("较轻"), ""),
    "unable-to-assess": ("", ""),
}


def is_long(value: str) -> bool:
    """Whether a value is a text, or a figure of a machine's precision: too long for large type."""
    return len(value) > LARGE


def age(born: date, on: date) -> int:
    """Full years on a day."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def age_in_words(born: date, on: date) -> str:
    """An age as reports print it: years, and months for the very young."""
    years = age(born, on)
    if years >= 2:
        return ngettext("%(count)d岁", "%(count)d岁", years) % {"count": years}
    months = (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)
    return ngettext("%(count)d个月", "%(count)d个月", months) % {"count": max(months, 0)}


def flagged(count: int) -> str:
    """How many items are out of range, in words; nothing for none."""
    words = ngettext("%(count)d项偏离参考区间", "%(count)d项偏离参考区间", count)
    return words % {"count": count} if count else ""


def state(code: str, known: dict[str, tuple[Words, str]]) -> tuple[Words, str]:
    """The words and the tone of a state."""
    return known.get(code, (code, ""))


def labelled(label: str, value: object) -> str:
    """“批号 A123”, or nothing without a value."""
    return gettext("%(label)s %(value)s") % {"label": label, "value": value} if value else ""
