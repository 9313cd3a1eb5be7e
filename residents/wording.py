"""Instants in words, for sentences that say until when something lasts."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from foundation import clock


def moment(instant: datetime) -> str:
    """Hour and minute, with the day when it is not today; never earlier than the instant itself."""
    local = timezone.localtime(instant)
    if local.second or local.microsecond:
        local = local.replace(second=0, microsecond=0) + timedelta(minutes=1)
    hour = date_format(local, "H:i")
    if local.date() == timezone.localdate(clock.now()):
        return hour
    return _("%(month)d月%(day)d日%(hour)s") % {"month": local.month, "day": local.day, "hour": hour}
