"""The words of this room: days and times as people say them, rows of lists, and why something was not done."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from appointments.availability import Half
from appointments.models import Booking, Session, Slot
from facilities.models import Facility, Practitioner
from foundation.dated import register, setting
from foundation.keys import uuid7

STEPS = (
    gettext_noop("选机构"),
    gettext_noop("选科室"),
    gettext_noop("选医生"),
    gettext_noop("选时间"),
    gettext_noop("确认"),
)
BRING = register(
    "appointments.what_to_bring",
    gettext_noop("请带本人身份证或社会保障卡，提前15分钟到院，在窗口或自助机取号、缴费后候诊。"),
    "就诊须带的证件和须知",
)


@dataclass(frozen=True)
class Row:
    """One line of a list, as `components/row.html` takes it."""

    title: str
    href: str = ""
    note: str = ""
    end: str = ""
    tag: str = ""
    tone: str = ""


def steps() -> list[str]:
    """The words of the progress line."""
    return [_(step) for step in STEPS]


def day_text(day: date, today: date) -> str:
    """A day with its weekday; today and tomorrow by name: "明天 11月23日 星期一"."""
    name = {0: _("今天"), 1: _("明天"), 2: _("后天")}.get((day - today).days, "")
    pattern = _("n月j日 l") if day.year == today.year else _("Y年n月j日 l")
    return f"{name} {date_format(day, pattern)}".strip()


def moment_text(at: datetime, now: datetime) -> str:
    """A day and a time: "明天 11月23日 星期一 9:30"."""
    local = timezone.localtime(at)
    return f"{day_text(local.date(), timezone.localdate(now))} {date_format(local, 'G:i')}"


def slot_text(slot: Slot) -> str:
    """From when to when: "9:30–10:00", which a word joiner keeps on one line."""
    start, end = timezone.localtime(slot.starts_at), timezone.localtime(slot.ends_at)
    return f"{date_format(start, 'G:i')}–\u2060{date_format(end, 'G:i')}"


def visit_text(slot: Slot, now: datetime) -> str:
    """When a visit is: "明天 11月23日 星期一 9:30–10:00"."""
    day = timezone.localdate(slot.starts_at)
    return f"{day_text(day, timezone.localdate(now))} {slot_text(slot)}"


def places_text(count: int) -> str:
    """How many places are left, in words."""
    return ngettext("余 %(count)d 个号", "余 %(count)d 个号", count) % {"count": count} if count else _("约满")


def doctor_text(practitioner: Practitioner) -> str:
    """Name and title."""
    return f"{practitioner.name} {practitioner.title}".strip()


def facility_groups(facilities: Iterable[Facility]) -> list[tuple[str, list[Row]]]:
    """Facilities by level, in the order of the levels."""
    groups: dict[str, list[Row]] = {level: [] for level in Facility.Level.values}
    for facility in facilities:
        href = reverse("appointments:departments", args=[facility.pk])
        groups[facility.level].append(Row(facility.name, href, facility.address))
    return [(str(Facility.Level(level).label), rows) for level, rows in groups.items() if rows]


def place_rows(places: Iterable[Any], first_free: dict[UUID, date], url: str, now: datetime) -> list[Row]:
    """Departments or practitioners, each with its first free day."""
    return [_place_row(place, first_free.get(place.pk), url, timezone.localdate(now)) for place in places]


def _place_row(place: Any, day: date | None, url: str, today: date) -> Row:
    if isinstance(place, Practitioner):
        title, note = doctor_text(place), place.speciality
    else:
        title, note = place.name, place.introduction
    href = reverse(url, args=[place.pk])
    return Row(title, href, note, tag=free_from_text(day, today), tone="good" if day else "")


def free_from_text(day: date | None, today: date) -> str:
    """From when there is a place: "明天有号"; "近期无号" for no day."""
    return _("%(day)s有号") % {"day": _short_day(day, today)} if day else _("近期无号")


def _short_day(day: date, today: date) -> str:
    name = {0: _("今天"), 1: _("明天"), 2: _("后天")}.get((day - today).days)
    return name or date_format(day, _("n月j日"))


def half_rows(halves: Iterable[Half], now: datetime) -> list[Row]:
    """A practitioner's half-days: free ones are links, the others say why not."""
    today = timezone.localdate(now)
    return [_half_row(half, today, now) for half in halves]


def _half_row(half: Half, today: date, now: datetime) -> Row:
    session = half.session
    title = f"{day_text(session.date, today)} {session.get_period_display()}"
    note = " · ".join(filter(None, [session.get_kind_display(), session.department.name, session.location]))
    if half.is_open:
        href = reverse("appointments:times", args=[session.pk])
        return Row(title, href, note, places_text(half.free), _("有号"), "good")
    if session.state == Session.State.STOPPED:
        return Row(title, note=note, tag=_("停诊"), tone="bad")
    if half.opens_at is None:
        # The page of a full half-day is where one joins those who wait.
        return Row(title, reverse("appointments:times", args=[session.pk]), note, tag=_("约满"))
    opens = _("%(moment)s 放号") % {"moment": moment_text(half.opens_at, now)}
    return Row(title, note=f"{note} · {opens}", tag=_("还没放号"), tone="info")


def booking_row(booking: Booking, now: datetime) -> Row:
    """A booking in the person's own list."""
    tones = {Booking.Status.BOOKED: "good", Booking.Status.CHECKED_IN: "good", Booking.Status.NO_SHOW: "bad"}
    if booking.ended == Booking.Ended.STOPPED:
        tones[Booking.Status.CANCELLED] = "bad"
    session = booking.session
    note = f"{session.facility.name} · {session.department.name} · {session.practitioner.name}"
    return Row(
        title=visit_text(booking.slot, now),
        href=reverse("appointments:booking", args=[booking.pk]),
        note=note,
        tag=status_text(booking, now),
        tone=tones.get(Booking.Status(booking.status), "") if booking.slot.ends_at > now else "",
    )


def status_text(booking: Booking, now: datetime) -> str:
    """The state in words; a visit whose time has passed is never called missed unless the facility said so."""
    if booking.status == Booking.Status.BOOKED and booking.slot.ends_at <= now:
        return _("时间已过")
    if booking.ended == Booking.Ended.STOPPED:
        return _("停诊，请改约") if booking.slot.ends_at > now else _("停诊")
    return _("没有来") if booking.status == Booking.Status.NO_SHOW else str(booking.get_status_display())


def cancel_rule(deadline: datetime, grace: timedelta, now: datetime) -> str:
    """The cancellation rule in plain words, before anything is done."""
    minutes = int(grace.total_seconds() // 60)
    if deadline <= now + grace:
        return _("这个时间已接近就诊：预约后%(minutes)d分钟内可以取消，之后请打电话联系医院。") % {"minutes": minutes}
    return cancel_promise(deadline, now)


def cancel_promise(deadline: datetime, now: datetime) -> str:
    """Until when one may cancel without asking anybody."""
    return _("%(moment)s 之前可以自己取消，不影响以后预约。") % {"moment": moment_text(deadline, now)}


def what_to_bring(now: datetime) -> str:
    """What to bring along; the text is the county's own, with a translation where it is the registered one."""
    return _(setting(BRING, now))


def fee_text(session: Session) -> str:
    """The fee, which the facility's own window settles in the end."""
    if not session.fee:
        return _("以医院窗口收费为准")
    return _("%(fee)s 元，以医院窗口收费为准") % {"fee": session.fee}


def alternative(slot: Slot, channel: str, now: datetime) -> dict[str, Any]:
    """Another time that may be booked in one tap, with a form key of its own."""
    session = slot.session
    return {
        "slot": slot,
        "when": visit_text(slot, now),
        "doctor": doctor_text(session.practitioner),
        "kind": session.get_kind_display(),
        "fee": fee_text(session),
        "places": places_text(slot.places_for(channel, now)),
        "form_key": uuid7(),
    }
