"""Days of the year that are about something, and what there is to read about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.dated import register, setting
from health_education import finding
from health_education.models import Revision, ThemeDay
from health_education.querysets import RevisionQuerySet

DAYS_AHEAD = register("health_education.theme_day_ahead_days", 14, _("健康主题日提前多少天在宣教列表里提示"))
SHOWN = 3


@dataclass(frozen=True)
class Coming:
    """A theme day, the next time it comes, and some texts about it."""

    theme: ThemeDay
    on: date
    texts: Sequence[Revision] = ()


def calendar(now: datetime) -> list[Coming]:
    """All theme days in the order in which they come; the first of them with its texts."""
    days = _in_order(now)
    return [Coming(days[0].theme, days[0].on, texts_about(days[0].theme, now)), *days[1:]] if days else []


def soon(now: datetime) -> Coming | None:
    """The next theme day with its texts, if it is near."""
    days = _in_order(now)
    if not days or days[0].on - timezone.localdate(now) > timedelta(days=setting(DAYS_AHEAD, now)):
        return None
    return Coming(days[0].theme, days[0].on, texts_about(days[0].theme, now))


def texts_about(theme: ThemeDay, now: datetime) -> list[Revision]:
    """The newest texts with the day's tags, its topic or its words, none whose review is overdue."""
    about = Q(article__tags__overlap=theme.tags) if theme.tags else Q(pk__in=[])
    if theme.topic_id:
        about |= Q(article__topic=theme.topic_id)
    if wanted := finding.asked(theme.words) if theme.words else None:
        about |= Q(pk__in=RevisionQuerySet.keys_answering(wanted))
    live = Revision.objects.live(now).for_a_list().still_reviewed(timezone.localdate(now)).to_read()
    return list(live.read_in(english=False).filter(about)[:SHOWN])


def _in_order(now: datetime) -> list[Coming]:
    today = timezone.localdate(now)
    themes = ThemeDay.objects.filter(ended_at__isnull=True)
    return sorted((Coming(theme, _next(theme, today)) for theme in themes), key=lambda coming: coming.on)


def _next(theme: ThemeDay, today: date) -> date:
    this_year = date(today.year, theme.month, theme.day)
    return this_year if this_year >= today else date(today.year + 1, theme.month, theme.day)
