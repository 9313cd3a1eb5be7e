"""What the pages of waiting and of a stopped clinic show, in words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from appointments import availability, presenters
from appointments.admission import channel_of
from appointments.forms import WaitForm
from appointments.models import Booking, Rule, Session, WaitlistEntry
from appointments.presenters import Row
from appointments.terms import terms_for
from appointments.waits import Waiting, waiting_of
from foundation.keys import uuid7
from residents.access import Viewer
from residents.family.scope import name_of

Context = dict[str, Any]


def join(session: Session, form: WaitForm, viewer: Viewer, now: datetime) -> Context:
    terms = terms_for(session.facility_id, session.department_id, now, session.kind)
    return {
        "session": session,
        "form": form,
        "doctor": presenters.doctor_text(session.practitioner),
        "name": name_of(viewer),
        "helper": "" if viewer.is_self else viewer.name,
        "how": how_text(terms.waiting, terms.offer_minutes),
    }


def how_text(mode: str, minutes: int) -> str:
    """How those who wait are asked, before one joins them."""
    if mode == Rule.Waiting.ALL_AT_ONCE:
        return _("有号时同时通知所有在等的人，谁先点谁得到。排队不收费，也不保证等得到。")
    text = _(
        "有人退号时，按排队的先后一位一位地问。轮到您时，号为您保留 %(minutes)d 分钟。排队不收费，也不保证等得到。"
    )
    return text % {"minutes": minutes}


def entry(found: WaitlistEntry, viewer: Viewer, now: datetime) -> Context:
    live = next((one for one in waiting_of(viewer, now) if one.entry.pk == found.pk), None)
    return {
        "entry": found,
        "title": title_of(found),
        "doctor": presenters.doctor_text(found.practitioner) if found.practitioner else _("哪位医生都可以"),
        "days": days_text(found, now),
        "half_days": half_days_text(found),
        "state": _state(found, live),
        "live": live,
        "offer": _offer(live, now) if live and live.slot else None,
        "form_key": uuid7(),
    }


def _offer(live: Waiting, now: datetime) -> Context:
    slot = live.slot
    assert slot is not None
    session = slot.session
    return {
        "hold_id": live.hold_id,
        "session": session,
        "when": presenters.visit_text(slot, now),
        "doctor": presenters.doctor_text(session.practitioner),
        "fee": presenters.fee_text(session),
        "is_claim": live.is_claim,
        "promise": _("为您保留到 %(moment)s。") % {"moment": presenters.moment_text(live.until, now)}
        if live.until
        else _("通知了所有在等的人，谁先点谁得到。"),
    }


def rows(found: Sequence[Waiting], now: datetime) -> list[Row]:
    """What the person waits for, as lines of 我的预约."""
    return [
        Row(
            title=title_of(one.entry),
            href=reverse("appointments:waiting", args=[one.entry.pk]),
            note=" · ".join([one.entry.facility.name, days_text(one.entry, now), half_days_text(one.entry)]),
            tag=_("有号了，请确认") if one.slot else ahead_text(one.ahead),
            tone="good" if one.slot else "info",
        )
        for one in sorted(found, key=lambda one: one.slot is None)  # what is theirs to take comes first
    ]


def asks_anew(booking: Booking, now: datetime) -> bool:
    """Whether a visit that a clinic took back is still to come: its person may wish to choose another time."""
    return booking.ended == Booking.Ended.STOPPED and booking.slot.ends_at > now


def stopped(booking: Booking, viewer: Viewer, now: datetime) -> Context:
    """What the page of a stopped booking says besides: why, and the nearest equal times, one tap each."""
    if booking.ended != Booking.Ended.STOPPED:
        return {}
    channel = channel_of(viewer.resident_id, now)
    others = availability.instead_of(booking, viewer, now, channel) if booking.slot.ends_at > now else []
    return {
        "stopped": True,
        "why": booking.session.stop_reason,
        "alternatives": [presenters.alternative(other, channel, now) for other in others],
    }


def title_of(found: WaitlistEntry) -> str:
    """The department, with the doctor where one waits for one."""
    name = found.department.name
    return f"{name} · {found.practitioner.name}" if found.practitioner else name


def days_text(found: WaitlistEntry, now: datetime) -> str:
    """From which day to which."""
    today = timezone.localdate(now)
    first, last = (presenters.day_text(day, today) for day in (found.earliest, found.latest))
    return first if found.earliest == found.latest else _("%(first)s 到 %(last)s") % {"first": first, "last": last}


def half_days_text(found: WaitlistEntry) -> str:
    """Which half-days, in words."""
    labels = dict(Session.Period.choices)
    return "、".join(str(labels[period]) for period in found.periods) or _("上午下午都可以")


def ahead_text(ahead: int) -> str:
    """How many wait longer."""
    if not ahead:
        return _("排在最前面")
    return ngettext("前面还有 %(count)d 人", "前面还有 %(count)d 人", ahead) % {"count": ahead}


def _state(found: WaitlistEntry, live: Waiting | None) -> str:
    if live is None:
        return str(found.get_ended_display() or WaitlistEntry.Ended.OVER.label)
    return ahead_text(live.ahead)
