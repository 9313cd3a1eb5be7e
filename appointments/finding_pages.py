"""What the pages of finding show, in words."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments import finding, presenters
from appointments.finding import Day, HalfDay, Wanted, Which
from appointments.finding_forms import FindForm
from appointments.models import NumberKind, Period, Slot
from appointments.presenters import Row
from facilities.models import Department, Practitioner

Context = dict[str, Any]


def find(form: FindForm, now: datetime, channel: str) -> Context:
    if form.is_bound and not form.is_valid():
        return {"form": form, "asked": False}
    wanted = form.wanted() if form.is_bound else Wanted()
    found = finding.find(wanted, now, channel)
    today = timezone.localdate(now)
    return {
        "form": form,
        "asked": True,
        "departments": [_found_row(one, day, today) for one, day in found.departments],
        "doctors": [_found_row(one, day, today) for one, day in found.practitioners],
        "looked_for": looked_for(wanted, today),
        "day": presenters.day_text(wanted.day, today) if wanted.day else "",
    }


def looked_for(wanted: Wanted, today: date) -> str:
    """What was looked for, in words: "“张” · 县人民医院 · 明天 11月23日 星期一"."""
    words = _("“%(words)s”") % {"words": wanted.words} if wanted.words else ""
    facility = wanted.facility.name if wanted.facility else ""
    day = presenters.day_text(wanted.day, today) if wanted.day else ""
    return " · ".join(filter(None, [words, facility, day]))


def _found_row(one: Department | Practitioner, day: date | None, today: date) -> Row:
    if isinstance(one, Practitioner):
        title, where = presenters.doctor_text(one), f"{one.facility.name} · {one.department.name}"
        note = f"{where} · {one.speciality}" if one.speciality else where
        href = reverse("appointments:days", args=[one.pk])
    else:
        title, note = one.name, one.facility.name
        href = reverse("appointments:soonest", args=[one.pk])
    tag = presenters.free_from_text(day, today)
    return Row(title, href, note, tag=tag, tone="good" if day else "")


def soonest(department: Department, which: Which, now: datetime, channel: str) -> Context:
    slots = finding.times(department, which, now, channel)
    today = timezone.localdate(now)
    return {
        "facility": department.facility,
        "department": department,
        "rows": [slot_row(slot, now, channel, reverse("appointments:confirm", args=[slot.pk])) for slot in slots],
        "filters": filters(which),
        "looked_for": which_text(which, today),
        "filtered": which != Which(),
        "day": presenters.day_text(which.day, today) if which.day else "",
        "undated": query(which, day=None),
    }


def slot_row(slot: Slot, now: datetime, channel: str, href: str) -> Row:
    """A free time of some doctor."""
    session = slot.session
    parts = [presenters.doctor_text(session.practitioner), session.get_kind_display(), session.location]
    note = " · ".join(filter(None, parts))
    return Row(presenters.visit_text(slot, now), href, note, presenters.places_text(slot.places_for(channel, now)))


def which_text(which: Which, today: date) -> str:
    """Which times were asked for, in words."""
    day = presenters.day_text(which.day, today) if which.day else ""
    period = str(Period(which.period).label) if which.period else ""
    kind = str(NumberKind(which.kind).label) if which.kind else ""
    return " · ".join(filter(None, [day, period, kind]))


def filters(which: Which) -> list[tuple[str, list[Context]]]:
    """Two rows of chips, each of which keeps the other's choice."""
    periods = [("", _("全天")), *((one.value, str(one.label)) for one in finding.PERIODS)]
    kinds = [("", _("全部号别")), *((value, str(label)) for value, label in NumberKind.choices)]
    return [
        (_("时段"), [_chip(label, which.period == value, query(which, period=value)) for value, label in periods]),
        (_("号别"), [_chip(label, which.kind == value, query(which, kind=value)) for value, label in kinds]),
    ]


def _chip(text: str, chosen: bool, asked: str) -> Context:
    return {"text": text, "chosen": chosen, "href": asked}


def query(which: Which, **changes: Any) -> str:
    """The filters as the end of an address, some changed: "?period=morning&kind=expert"."""
    said: Mapping[str, Any] = {"day": which.day, "period": which.period, "kind": which.kind} | changes
    kept = {name: value for name, value in said.items() if value}
    return f"?{urlencode(kept)}"


def calendar(department: Department, which: Which, now: datetime, channel: str) -> Context:
    days = finding.calendar(department, now, channel, which.kind)
    return {
        "facility": department.facility,
        "department": department,
        "days": [_day(day, department, which, now) for day in days],
        "kinds": filters(Which(kind=which.kind))[1:],
        "any_free": any(half.free for day in days for half in day.halves.values()),
        "looked_for": which_text(Which(kind=which.kind), timezone.localdate(now)),
    }


def _day(day: Day, department: Department, which: Which, now: datetime) -> Context:
    halves = [day.halves[period] for period in finding.PERIODS if period in day.halves]
    return {
        "text": presenters.day_text(day.date, timezone.localdate(now)),
        "halves": [_half(half, day.date, department, which, now) for half in halves],
    }


def _half(half: HalfDay, day: date, department: Department, which: Which, now: datetime) -> Context:
    name = str(Period(half.period).label)
    if half.free:
        address = reverse("appointments:soonest", args=[department.pk])
        asked = query(Which(day, half.period, which.kind))
        return {"text": f"{name} {presenters.places_text(half.free)}", "href": f"{address}{asked}"}
    if half.planned:
        return {"text": f"{name} {_('约满')}"}
    if half.opens_at is not None:
        opens = _("%(moment)s 放号") % {"moment": presenters.moment_text(half.opens_at, now)}
        return {"text": f"{name} {opens}"}
    return {"text": f"{name} {_('停诊')}"}
