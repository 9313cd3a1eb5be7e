"""Who signed up is reminded the day before. That it is changed or called off, the database tells at once."""

from datetime import datetime, timedelta

from django.utils import timezone

from foundation.dated import register, time_setting
from health_education.models import Activity, SignUp
from residents.messages import notify_all
from residents.models import Notice

REMIND_FROM = register("activities.remind_from", "16:00", "活动前一天几点起提醒报名的人")


def remind(now: datetime) -> int:
    """Remind whoever signed up for tomorrow's activities, once each, from the set hour on; returns for how many."""
    local = timezone.localtime(now)
    if local.time() < time_setting(REMIND_FROM, now):
        return 0
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    tomorrow = SignUp.objects.live().filter(
        walked_in=False,
        activity__state=Activity.State.PUBLISHED,
        activity__starts_at__gte=midnight,
        activity__starts_at__lt=midnight + timedelta(days=1),
    )
    about = list(tomorrow.values_list("resident_id", "pk"))
    notify_all(about, kind=Notice.Kind.ACTIVITY_TOMORROW, now=now)
    return len(about)
