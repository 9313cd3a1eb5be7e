"""The words of activities: when, how many places, and what one may do."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from health_education.models import Activity


def day_text(day: date, today: date) -> str:
    """A day with its weekday; today and tomorrow by name: "明天 11月23日 星期一"."""
    name = {0: _("今天"), 1: _("明天"), 2: _("后天")}.get((day - today).days, "")
    pattern = _("n月j日 l") if day.year == today.year else _("Y年n月j日 l")
    return f"{name} {date_format(day, pattern)}".strip()


def moment_text(at: datetime, now: datetime) -> str:
    """A day and a time: "明天 11月23日 星期一 9:30"."""
    local = timezone.localtime(at)
    return f"{day_text(local.date(), timezone.localdate(now))} {date_format(local, 'G:i')}"


def when_text(activity: Activity, now: datetime) -> str:
    """From when to when; the second day too where it ends on another one."""
    start, end = timezone.localtime(activity.starts_at), timezone.localtime(activity.ends_at)
    if start.date() != end.date():
        return f"{moment_text(activity.starts_at, now)} – {moment_text(activity.ends_at, now)}"
    return f"{moment_text(activity.starts_at, now)}–\u2060{date_format(end, 'G:i')}"


def places_text(activity: Activity) -> str:
    """How many places are left, in words; nothing without sign-up."""
    if activity.signup_opens_at is None:
        return _("不用报名，直接来")
    if activity.free is None:
        return _("名额不限")
    if not activity.free:
        return _("名额已满")
    return ngettext("还有 %(count)d 个名额", "还有 %(count)d 个名额", activity.free) % {"count": activity.free}


def takes_signups(activity: Activity, now: datetime) -> bool:
    """Whether the time to sign up is now; the database says the same."""
    opens, closes = activity.signup_opens_at, activity.signup_closes_at
    in_time = opens is not None and closes is not None and opens <= now < closes and now < activity.starts_at
    return in_time and activity.state == Activity.State.PUBLISHED


def badge_of(activity: Activity, now: datetime) -> tuple[str, str]:
    """One word for a list, and its tone."""
    if activity.state == Activity.State.CANCELLED:
        return _("已取消"), "bad"
    if activity.ends_at <= now:
        return _("已结束"), ""
    if activity.starts_at <= now:
        return _("正在进行"), "good"
    if takes_signups(activity, now):
        return (_("名额已满"), "warn") if activity.free == 0 else (_("可以报名"), "good")
    if activity.signup_opens_at is not None and activity.signup_opens_at > now:
        return _("还没开始报名"), "info"
    return (_("不用报名"), "info") if activity.signup_opens_at is None else (_("报名已截止"), "")


def signup_note(activity: Activity, now: datetime) -> str:
    """Why nobody signs up now, or until when; nothing where no sign-up is needed."""
    opens, closes = activity.signup_opens_at, activity.signup_closes_at
    if opens is None or closes is None:
        return _("不用报名，到时候直接来就可以。")
    if opens > now:
        return _("%(when)s开始报名。") % {"when": moment_text(opens, now)}
    if not takes_signups(activity, now):
        return _("报名已截止。还想来的，可以打电话问主办机构。")
    if activity.free == 0:
        return _("名额已满。如果有人取消，这里会重新出现名额。")
    return _("%(when)s截止报名。") % {"when": moment_text(closes, now)}
