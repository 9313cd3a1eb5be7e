"""The sections of a booklet that are lists: each entry with its time, its source, and what was said against it."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from records.booklet.choosing import SECTIONS
from records.booklet.reading import Gathered, contested
from records.models import Allergy, Condition, Dispute, Document, Examination, FollowUp, Medication
from records.presenters import words
from records.presenters.facts import Fact, fact
from records.presenters.lines import GRAVE
from records.provenance import Provenance

STACKED = (Allergy, Condition, Medication)
Plain = dict[str, Any]


def section(gathered: Gathered, slug: str) -> Plain:
    """One list of the booklet."""
    rows = gathered.rows.get(slug, ())
    stacks = _stacks(rows) if rows and isinstance(rows[0], STACKED) else [[row] for row in _by_time(rows)]
    entries = [_entry(gathered, stack) for stack in stacks]
    cut = _("这一类还有更早的记录没有印，请选较短的时间再做一份。") if gathered.cut.get(slug) else ""
    return {"kind": "list", "slug": slug, "title": str(SECTIONS[slug].title), "entries": entries, "cut": cut}


def _by_time(rows: Iterable[Provenance]) -> list[Provenance]:
    return sorted(rows, key=lambda row: row.occurred_at.timestamp() if row.occurred_at else 0.0, reverse=True)


def _stacks(rows: Sequence[Provenance]) -> list[list[Provenance]]:
    """Rows of one name, each stack newest first; a name is compared in one width and case, without spaces."""
    found: dict[str, list[Provenance]] = {}
    for row in rows:
        name = "".join(unicodedata.normalize("NFKC", str(getattr(row, "name", ""))).lower().split())
        found.setdefault(name, []).append(row)
    return list(found.values())


def _entry(gathered: Gathered, stack: Sequence[Provenance]) -> Plain:
    newest = stack[0]
    said = _said(stack)
    places = list(dict.fromkeys(row.facility_name for row in stack))
    said_of = [contested(gathered, row) for row in stack]
    return {
        "when": day(newest.occurred_at),
        "title": said.title,
        "tag": str(said.tag),
        "notes": _("；").join([*map(str, said.notes), *_course(stack)]),
        "facility": _("、").join(places),
        "parts": _parts(newest),
        "disputes": [dispute(one) for one in dict.fromkeys(said_of) if one],
    }


def _said(stack: Sequence[Provenance]) -> Fact:
    """The newest in words; an allergy that was ever called grave stays grave."""
    said = fact(stack[0])
    if any(getattr(row, "criticality", "") == GRAVE for row in stack):
        tag, tone = words.state(GRAVE, words.CRITICALITIES)
        return replace(said, tag=tag, tone=tone)
    return said


def _course(stack: Sequence[Provenance]) -> list[str]:
    if len(stack) < 2:
        return []
    many = ngettext("共%(count)d次记录", "共%(count)d次记录", len(stack)) % {"count": len(stack)}
    days = [row.occurred_at for row in stack if row.occurred_at]
    first = _("最早 %(day)s") % {"day": day(min(days))} if len(days) > 1 else ""
    return [one for one in (many, first) if one]


def _parts(row: Provenance) -> list[Plain]:
    """What stands under an entry: the pages of a form, the parts of a document."""
    if isinstance(row, Document):
        return [{"title": str(part.get("title", "")), "text": str(part.get("text", ""))} for part in row.sections]
    if isinstance(row, Examination | FollowUp):
        ends = [(_("评价"), row.assessment), (_("指导"), row.guidance)]
        return [*_pages(row.answers), *({"title": title, "text": text} for title, text in ends if text)]
    return []


def _pages(answers: Iterable[Mapping[str, Any]]) -> list[Plain]:
    """A form's items in its own order, one paragraph a page of it."""
    pages: dict[str, list[str]] = {}
    for answer in answers:
        if answer.get("value"):
            pages.setdefault(str(answer.get("section", "")), []).append(_answered(answer))
    return [{"title": title, "text": _("；").join(lines)} for title, lines in pages.items()]


def _answered(answer: Mapping[str, Any]) -> str:
    flag = words.FLAGS.get(str(answer.get("flag", "")))
    value = f"{answer['value']} {answer.get('unit', '')}".strip()
    marked = f"{value}（{flag.arrow}{flag.printed or flag.word}）" if flag else value
    return _("%(label)s %(value)s") % {"label": answer.get("label", ""), "value": marked}


def dispute(one: Dispute) -> Plain:
    """Both texts of a dispute, as they were put."""
    asked = _("本人于%(day)s提出异议：%(reason)s") % {"day": day(one.asked_at), "reason": one.get_reason_display()}
    lines = [f"{asked}。{one.words}" if one.words else f"{asked}。"]
    if one.answered_at:
        lines.append(_answer(_("机构答复"), one.answered_at, one.get_verdict_display(), one.answer))
    if one.objected_at:
        lines.append(_("本人不同意，申请县里复核：%(words)s") % {"words": one.objection})
    if one.final_at:
        lines.append(_answer(_("县里复核"), one.final_at, one.get_final_verdict_display(), one.final_answer))
    return {"state": str(one.state), "lines": lines}


def _answer(who: str, when: datetime, verdict: str, said: str) -> str:
    return _("%(who)s（%(day)s，%(verdict)s）：%(said)s") % {
        "who": who,
        "day": day(when),
        "verdict": verdict,
        "said": said,
    }


def day(moment: datetime | None) -> str:
    """A day in the county's own clock."""
    return timezone.localtime(moment).strftime("%Y-%m-%d") if moment else ""


def minute(moment: datetime | None) -> str:
    """A time in the county's own clock."""
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else ""
