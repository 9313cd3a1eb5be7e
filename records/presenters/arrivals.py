"""What came since the last visit, in one sentence."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from records.presenters import kept
from records.summaries.building import COUNTED, Content

# In this order; measurements are left out, for each of them is many rows.
NAMES = {
    "reports": ngettext_lazy("%(count)s份报告", "%(count)s份报告", "many"),
    "encounters": ngettext_lazy("%(count)s次就诊", "%(count)s次就诊", "many"),
    "examinations": ngettext_lazy("%(count)s次体检", "%(count)s次体检", "many"),
    "followups": ngettext_lazy("%(count)s次随访", "%(count)s次随访", "many"),
    "immunizations": ngettext_lazy("%(count)s次接种", "%(count)s次接种", "many"),
    "procedures": ngettext_lazy("%(count)s次手术操作", "%(count)s次手术操作", "many"),
    "conditions": ngettext_lazy("%(count)s条诊断", "%(count)s条诊断", "many"),
    "medications": ngettext_lazy("%(count)s条用药", "%(count)s条用药", "many"),
    "allergies": ngettext_lazy("%(count)s条过敏", "%(count)s条过敏", "many"),
    "documents": ngettext_lazy("%(count)s份文书", "%(count)s份文书", "many"),
}


def sentence(records: Content, results: Content | None, since: datetime | None, now: datetime) -> str:
    """“上次来看是11月20日，之后新增3份报告、1次就诊。” Empty at the first visit."""
    if since is None:
        return ""
    arrived = {slug: block.get("arrived", ()) for slug, block in records["kinds"].items()}
    arrived["reports"] = (results or {}).get("reports", {}).get("arrived", ())
    counts = {slug: _count(arrived.get(slug, ()), since, now) for slug in NAMES}
    found = [NAMES[slug] % _said(count) for slug, count in counts.items() if count]
    day = date_format(timezone.localtime(since), _("Y年n月j日"))
    if not found:
        return _("上次来看是%(day)s，之后没有新的内容。") % {"day": day}
    return _("上次来看是%(day)s，之后新增%(what)s。") % {"day": day, "what": _("、").join(found)}


def _count(times: Sequence[str], since: datetime, now: datetime) -> int:
    return sum(since < moment <= now for text in times if (moment := kept.moment(text)))


def _said(count: int) -> dict[str, object]:
    """The number as it is said, and as the grammar of other languages needs it."""
    return {"many": count, "count": _("%(count)d多") % {"count": count} if count >= COUNTED else str(count)}
