"""What the pages of the guide show: one question each."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from appointments import availability, finding, finding_pages, presenters
from appointments.finding import Which
from appointments.guide import places, rules
from appointments.guide.places import Home
from appointments.guide.state import State, Who
from appointments.models import GuideVersion, Outcome, Slot
from appointments.models.guide import Ending
from appointments.presenters import Row
from facilities.models import Department

Context = dict[str, Any]
TIMES = 3
Choice = dict[str, str]


def page(version: GuideVersion, state: State, home: Home | None, now: datetime, channel: str) -> Context:
    """The next question, or where the path ends."""
    shown = _before_the_complaint(version, state) or _of_the_complaint(version, state)
    if isinstance(shown, Ending):
        shown = ending(shown, home, now, channel)
    return {**shown, **frame(version, state)}


def frame(version: GuideVersion, state: State) -> Context:
    """What each page has: the state as hidden fields, the way back, whose rules these are."""
    before = state.before()
    return {
        "fields": state.fields(),
        "back_fields": before.fields() if before else [],
        "rules": _("导诊规则第%(number)d版，%(day)s起使用，%(name)s审核。")
        % {"number": version.number, "day": _day(version.valid_from), "name": version.reviewer_name},
        "source": version.source,
    }


def _day(day: date | None) -> str:
    return date_format(day, _("Y年n月j日")) if day else ""


def _before_the_complaint(version: GuideVersion, state: State) -> Context | Ending | None:
    if not state.clear:
        known = rules.signs(version)
        return next((one for one in known if one.pk == state.sign), None) or _signs(known)
    if not state.who:
        return _asked(_("给谁看？"), "who", [_choice(*one) for one in Who.choices])
    if not (state.part or state.words or state.symptom):
        return _parts(version, state)
    return None


def _of_the_complaint(version: GuideVersion, state: State) -> Context | Ending:
    symptom = rules.complaint(version, state.who, state.symptom) if state.symptom else None
    if symptom is None:
        return _complaints(version, state)
    known = rules.questions(symptom)
    if state.passed >= len(known):
        return symptom
    question = known[state.passed]
    return question if state.stopped else _question(question.text, symptom.name)


def _asked(question: str, name: str, choices: list[Choice], **more: Any) -> Context:
    return {"question": question, "name": name, "choices": choices, **more}


def _choice(value: Any, title: Any, note: str = "") -> Choice:
    return {"value": str(value), "title": str(title), "note": note}


def _signs(known: Iterable[Any]) -> Context:
    choices = [_choice(one.pk, one.text) for one in known]
    return _asked(_("现在有没有下面任何一种？"), "sign", choices, urgent=True)


def _parts(version: GuideVersion, state: State, missed: str = "") -> Context:
    choices = [_choice(part.value, part.label) for part in rules.parts(version, state.who)]
    phones = [] if choices else places.phones(None)
    return _asked(_("哪里不舒服？"), "part", choices, search=bool(choices), missed=missed, grid=True, phones=phones)


def _complaints(version: GuideVersion, state: State) -> Context:
    found = rules.listed(version, state)
    if not found:
        return _parts(version, state, missed=state.words)
    choices = [_choice(one.pk, one.name) for one in found]
    return _asked(_("最像哪一种？"), "symptom", choices, phones=places.phones(None))


def _question(text: str, complaint: str) -> Context:
    choices = [_choice("yes", _("有")), _choice("no", _("没有"))]
    return _asked(text, "answer", choices, about=complaint, hint=_("拿不准，就选“有”。"))


def ending(one: Ending, home: Home | None, now: datetime, channel: str) -> Context:
    """120, the hotline, or a department with its nearest free times; where none fits, whom to ring."""
    shown: Context = {"outcome": one.outcome, "advice": one.advice}
    if one.outcome != Outcome.DEPARTMENT:
        return shown
    found = places.nearest(one, home)
    shown |= {"urgency": one.get_urgency_display(), "words": one.departments.split("、")[0]}
    if not found:
        return {**shown, "phones": places.phones(home)}
    first = found[0]
    return {
        **shown,
        "place": first,
        "times": _times(first, now, channel) if first.takes_bookings else [],
        "others": _others(found[1:], now, channel),
        "elsewhere": home is None,
    }


def _times(department: Department, now: datetime, channel: str) -> list[Row]:
    slots: list[Slot] = finding.times(department, Which(), now, channel, TIMES)
    return [finding_pages.slot_row(one, now, channel, reverse("appointments:confirm", args=[one.pk])) for one in slots]


def _others(found: list[Department], now: datetime, channel: str) -> list[Row]:
    first = availability.first_free_days([one for one in found if one.takes_bookings], "department_id", now, channel)
    today = timezone.localdate(now)
    return [_other_row(one, first.get(one.pk), today) for one in found]


def _other_row(one: Department, day: date | None, today: date) -> Row:
    title = f"{one.facility.name} · {one.name}"
    if not one.takes_bookings:
        return Row(title, f"tel:{one.facility.phone}" if one.facility.phone else "", _("不用网上预约，先打电话问一声"))
    href = reverse("appointments:soonest", args=[one.pk])
    return Row(title, href, tag=presenters.free_from_text(day, today), tone="good" if day else "")
