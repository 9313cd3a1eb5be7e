"""What the residents' pages of activities show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.core.paginator import Paginator
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from facilities.models import Facility
from health_education.activities import words
from health_education.models import Activity, Revision, SignUp
from residents.access import Viewer

PER_PAGE = 20
MONTHS_AHEAD = 6
TOWNS = (Facility.Level.TOWNSHIP, Facility.Level.COUNTY, Facility.Level.BUREAU)


@dataclass(frozen=True)
class Row:
    """One line of a list, as `components/row.html` takes it."""

    title: str
    href: str
    note: str
    tag: str
    tone: str


def row(activity: Activity, now: datetime) -> Row:
    """An activity in a list."""
    tag, tone = words.badge_of(activity, now)
    note = f"{words.when_text(activity, now)} · {activity.facility.name} · {activity.get_kind_display()}"
    href = reverse("health_education:activity", args=[activity.pk])
    return Row(activity.title, href, note, tag, tone)


def calendar(month: str, town: str, page: str | None, now: datetime) -> dict[str, Any]:
    """The public list: what is ahead, or one month's; of the whole county or of one township with its villages."""
    shown = Activity.objects.shown()
    chosen, wanted = _month(month), _town(town)
    if wanted is not None:
        shown = shown.filter(Q(facility=wanted) | Q(facility__parent=wanted))
    found = shown.filter(_within(chosen)).order_by("starts_at", "pk") if chosen else shown.upcoming(now)
    paged = Paginator(found, PER_PAGE).get_page(page)
    return {
        "rows": [row(activity, now) for activity in paged],
        "page": paged,
        "past": [] if chosen else [row(activity, now) for activity in shown.past(now)[:5]],
        "months": _months(now, chosen),
        "towns": [(str(place.pk), place.name, place == wanted) for place in _towns()],
        "town": wanted,
        "month": date_format(chosen, _("Y年n月")) if chosen else "",
    }


def one(activity: Activity, signup: SignUp | None, now: datetime) -> dict[str, Any]:
    """The page of one activity; `signup` is the person's own, if there is one."""
    tag, tone = words.badge_of(activity, now)
    if signup is not None and activity.starts_at > now and activity.state != Activity.State.CANCELLED:
        tag, tone = _("已报名"), "good"
    return {
        "activity": activity,
        "when": words.when_text(activity, now),
        "tag": tag,
        "tone": tone,
        "places": words.places_text(activity),
        "note": words.signup_note(activity, now),
        "cancelled": activity.state == Activity.State.CANCELLED,
        "ahead": activity.starts_at > now,
        "over": activity.ends_at <= now,
        "open": words.takes_signups(activity, now) and activity.free != 0,
        "signup": signup,
        "form_key": uuid4(),
        "materials": materials_of(activity, now),
    }


def mine(signups: Iterable[SignUp], now: datetime) -> dict[str, Any]:
    """The person's own sign-ups, those ahead first; one line for an activity, however often it was signed up for."""
    ahead: list[Row] = []
    past: list[Row] = []
    for signup in _newest(signups):
        line = row(signup.activity, now)
        came = _("到场") if signup.attended_at else ""
        if signup.cancelled_at:
            line = Row(line.title, line.href, line.note, _("报名已取消"), "")
        elif signup.activity.state != Activity.State.CANCELLED:
            over = signup.activity.ends_at <= now
            line = Row(line.title, line.href, line.note, came or (_("已结束") if over else _("已报名")), "good")
        live = signup.cancelled_at is None and signup.activity.ends_at > now
        (ahead if live else past).append(line)
    return {"ahead": ahead, "past": past}


def _newest(signups: Iterable[SignUp]) -> list[SignUp]:
    """Of each activity the live sign-up, else the last that was taken back; in the order given."""
    kept: dict[UUID, SignUp] = {}
    for signup in signups:
        other = kept.get(signup.activity_id)
        if other is None or (other.cancelled_at and (not signup.cancelled_at or signup.signed_at > other.signed_at)):
            kept[signup.activity_id] = signup
    return list(kept.values())


def next_of(viewer: Viewer, now: datetime) -> SignUp | None:
    """The nearest activity ahead or going on that the viewer's person signed up for. One query."""
    mine = SignUp.objects.visible_to(viewer).awaited(now).filter(walked_in=False)
    return mine.select_related("activity__facility").order_by("activity__starts_at", "pk").first()


def materials_of(activity: Activity, now: datetime) -> list[Revision]:
    """The articles named as its materials that can be read now, in the order they were named."""
    if not activity.materials:
        return []
    live = Revision.objects.live(now).for_a_list().filter(article__slug__in=activity.materials)
    return sorted(live, key=lambda revision: activity.materials.index(revision.article.slug))


def _towns() -> list[Facility]:
    return list(Facility.objects.filter(is_active=True, level__in=TOWNS).order_by("position", "code"))


def _town(typed: str) -> Facility | None:
    try:
        return Facility.objects.filter(level__in=TOWNS, pk=UUID(typed)).first()
    except ValueError:
        return None


def _month(typed: str) -> date | None:
    try:
        month = date.fromisoformat(f"{typed}-01") if len(typed) == len("2026-01") else None
    except ValueError:
        return None
    return month if month and MINYEAR < month.year < MAXYEAR else None  # the calendar has months around it


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _within(month: date) -> Q:
    first = timezone.make_aware(datetime(month.year, month.month, 1))
    after = _next(month)
    return Q(starts_at__gte=first, starts_at__lt=timezone.make_aware(datetime(after.year, after.month, 1)))


def _months(now: datetime, chosen: date | None) -> list[tuple[str, str, bool]]:
    """The last month, this one and the next five: value, words, whether chosen."""
    this = timezone.localdate(now).replace(day=1)
    months = [(this - timedelta(days=1)).replace(day=1), this]
    while len(months) <= MONTHS_AHEAD:
        months.append(_next(months[-1]))
    if chosen and chosen not in months:
        months.insert(0, chosen)
    return [(f"{month:%Y-%m}", date_format(month, _("n月")), month == chosen) for month in months]


def signup_of(activity: Activity, viewer: Viewer | None) -> SignUp | None:
    """The person's live sign-up; it names nothing beyond the public page, so looking at it leaves no line."""
    if viewer is None:
        return None
    return SignUp.objects.visible_to(viewer).live().filter(activity=activity).first()
