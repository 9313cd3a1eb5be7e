"""What a booklet says, in plain words and in the order in which they are printed: the worker looks nothing up."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from records import codes
from records.booklet import entries, results
from records.booklet.choosing import SECTIONS, Wanted
from records.booklet.entries import Plain, day, minute
from records.booklet.reading import TABLES, Gathered
from records.home import Home
from records.presenters import home as home_words
from records.presenters import words
from records.presenters.facts import Fact
from records.presenters.labels import Label
from records.presenters.printing import masked
from residents.access import Viewer

NAMED_FEEDS = 30


def draft(gathered: Gathered, by: Viewer, *, code: str, now: datetime) -> tuple[Plain, set[UUID]]:
    """The whole booklet in words, and the ids of all rows that it says something of."""
    parts, shown = _parts(gathered, now)
    return {**_front(gathered, by, code, now), "parts": parts}, gathered.entries() | shown


def _front(gathered: Gathered, by: Viewer, code: str, now: datetime) -> Plain:
    person, document = gathered.holder.person, gathered.holder.document
    made = minute(now)
    return {
        "title": _("居民健康档案"),
        "county": settings.COUNTY_NAME,
        "name": person.name,
        "sex": str(person.get_sex_display()),
        "age": f"{words.age_in_words(person.birth_date, timezone.localdate(now))}（{person.birth_date:%Y-%m-%d}）",
        "masked_id": masked(document.value) if document else "",
        "period": period(gathered.wanted),
        "sections": _("、").join(str(SECTIONS[slug].title) for slug in gathered.wanted.sections),
        "made": made,
        "taken_by": _("本人") if by.is_self else _("代办人 %(name)s") % {"name": by.name},
        "code": codes.grouped(code),
        "address": settings.PUBLIC_URL.rstrip("/") + reverse("records:verify", args=[code]),
        "knew": _("这里是门户在%(made)s所知道的内容；以后收到的、更正的和收回的，不在这一册里。") % {"made": made},
        "left_out": _left_out(gathered),
        "feeds": [
            [feed.name, minute(feed.fetched_at) if feed.fetched_at else _("还没有传来")]
            for feed in gathered.coverage.feeds[:NAMED_FEEDS]
        ],
        "absent": _absent(gathered),
        "disclaimer": _("居民健康服务门户出具的便民副本，仅供参考；如需盖章病历请到医院病案室。"),
    }


def period(wanted: Wanted) -> str:
    """The chosen time in words."""
    starts, ends = wanted.starts_on, wanted.ends_on
    if starts and ends:
        return _("%(starts)s 至 %(ends)s") % {"starts": starts, "ends": ends}
    if starts:
        return _("%(starts)s 以后") % {"starts": starts}
    return _("%(ends)s 以前") % {"ends": ends} if ends else _("全部时间")


def _left_out(gathered: Gathered) -> list[str]:
    """What is not in the booklet, and why."""
    closed = gathered.closed
    withheld, waiting, gone = (closed.get(why, 0) for why in ("withheld", "waiting", "gone"))
    found = []
    if withheld:
        said = _("%(count)d份报告由检查机构保留，请到机构领取，没有印在这里。")
        found.append(said % {"count": withheld})
    if waiting:
        said = _("%(count)d份报告要等医生先告诉本人，或还没有到公开的时间，没有印在这里。")
        found.append(said % {"count": waiting})
    if gone:
        found.append(_("%(count)d份报告已由机构撤回或取消，没有印在这里。") % {"count": gone})
    if "items" in gathered.cut:
        found.append(_("检验项目太多，只印了最近的；请选较短的时间再做一份。"))
    found.append(_("属于特别保护的内容、居民自己测的数值和上传的照片不在这一册里。"))
    return found


def _absent(gathered: Gathered) -> str:
    names, count = gathered.coverage.absent_names, gathered.coverage.absent
    if not count:
        return ""
    said = ngettext(
        "还有%(count)d家机构没有接入，它们的记录不在这里：%(names)s。",
        "还有%(count)d家机构没有接入，它们的记录不在这里：%(names)s。",
        count,
    )
    few = _("、").join(names)
    return said % {"count": count, "names": few if count <= len(names) else _("%(few)s等") % {"few": few}}


def _parts(gathered: Gathered, now: datetime) -> tuple[list[Plain], set[UUID]]:
    page = _first_page(gathered, now)
    parts, shown = [], set[UUID]()
    for slug in (slug for slug in SECTIONS if slug in gathered.wanted.sections):
        if slug == "basics" and page:
            parts.append(_basics(page))
        elif slug == "labels" and page:
            parts.append(_labels(page))
        elif slug in TABLES:
            parts.append(entries.section(gathered, slug))
        elif slug == "results":
            part, shown = results.laboratory(gathered, now)
            parts.append(part)
        elif slug == "imaging":
            parts.append(results.examined(gathered))
    return parts, shown


def _first_page(gathered: Gathered, now: datetime) -> home_words.Page | None:
    if gathered.basic is None:
        return None
    return home_words.page(Home(gathered.basic, gathered.coverage, None), now)


def _basics(page: home_words.Page) -> Plain:
    rows = [[str(title), _fact(one)] for title, one in page.demographics]
    for section in page.sections:
        said: list[dict[str, Any]] = [_fact(one) for one in section.facts]
        if not said and section.source:
            said = [{**_fact(section.source), "text": section.empty}]
        rows += [[str(section.title) if not number else "", one] for number, one in enumerate(said)]
    unknown = [[titles, reason] for reason, titles in page.unknown]
    return {
        "kind": "basics",
        "slug": "basics",
        "title": str(SECTIONS["basics"].title),
        "rows": rows,
        "unknown": unknown,
    }


def _fact(one: Fact) -> dict[str, Any]:
    value = f"{one.value} {one.unit}".strip()
    text = _("：").join(part for part in (one.title, value) if part)
    extra = [str(one.tag), *map(str, one.notes)]
    return {"text": text, "notes": _("；").join(note for note in extra if note), "source": _source(one)}


def _labels(page: home_words.Page) -> Plain:
    rows = [[label.title, _label(label)] for label in page.labels]
    rows += [[_("慢性病"), {"text": one.title, "notes": "", "source": _source(one)}] for one in page.diseases]
    return {"kind": "basics", "slug": "labels", "title": str(SECTIONS["labels"].title), "rows": rows, "unknown": []}


def _label(label: Label) -> dict[str, Any]:
    return {"text": str(label.value or label.empty), "notes": str(label.note), "source": _source(label)}


def _source(one: Fact | Label | home_words.Disease) -> str:
    return " ".join(part for part in (one.facility, day(one.when)) if part)
