"""What a correction changed, in words: each item, each text, as it was and as it is."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.models import Observation, Report
from records.opened import OpenedReport
from records.presenters import words
from records.versions import WHOLE
from records.versions import Change as Pair

TEXTS = {
    "title": gettext_lazy("报告名称"),
    "specimen": gettext_lazy("标本"),
    "findings": gettext_lazy("检查所见"),
    "impression": gettext_lazy("诊断意见"),
    "note": gettext_lazy("备注"),
}
OF_A_LABORATORY = {"findings": gettext_lazy("结果描述"), "impression": gettext_lazy("结论")}


@dataclass(frozen=True)
class Change:
    """One thing that a correction changed. Where it said nothing before, or says nothing now, `absent` says so."""

    name: str
    before: str
    now: str
    absent_before: words.Words = gettext_lazy("没有写")
    absent_now: words.Words = gettext_lazy("不再写")


def changes(opened: OpenedReport) -> list[Change]:
    """All that differs from what was said before."""
    return [*_texts(opened), *(change for pair in opened.changes for change in _items(pair))]


def _texts(opened: OpenedReport) -> Iterator[Change]:
    before = opened.earlier[-1] if opened.earlier else None
    if before is None or before.status not in WHOLE or not before.is_open:
        return
    now = opened.report
    own = OF_A_LABORATORY if now.category == Report.Category.LABORATORY else {}
    for name, label in TEXTS.items():
        old, new = getattr(before, name), getattr(now, name)
        if old != new:
            yield Change(str(own.get(name, label)), old, new)


def _items(pair: Pair) -> Iterator[Change]:
    old, new = pair
    row = new or old
    if row is None:
        return
    before, now = (_said(old) if old else "", _said(new) if new else "")
    if before != now:
        yield Change(row.name, before, now, gettext_lazy("没有这一项"), gettext_lazy("已删去"))
    if old is None or new is None:
        return
    for what, one, other in ((_("参考区间"), old.range_text, new.range_text), (_("备注"), old.note, new.note)):
        if one != other:
            yield Change(_("%(item)s（%(part)s）") % {"item": row.name, "part": what}, one, other)


def _said(row: Observation) -> str:
    """The value, and what the laboratory said of it."""
    flag = words.FLAGS.get(row.flag)
    return f"{measured(row)} {flag.word if flag else ''}".strip()


def measured(row: Observation) -> str:
    """A value with its unit."""
    return f"{row.value_text} {row.unit}".strip()
