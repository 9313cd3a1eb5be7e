"""What this room holds about a person, for "everything held about me"; and what closing an account must wait for."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.models import Booking
from residents.access import Viewer
from residents.my_data import closing, parts

FIELDS = (
    "date",
    "period",
    "facility",
    "department",
    "number",
    "status",
    "booked_at",
    "cancelled_at",
    "reason",
    "needs",
)


def register_all() -> None:
    """Called once, when Django has loaded the models."""
    parts.register(
        "bookings",
        gettext_lazy("预约"),
        Booking,
        lambda viewer: Booking.objects.visible_to(viewer).with_everything().order_by("-date"),
        FIELDS,
    )
    closing.register(_still_booked)


def _still_booked(viewer: Viewer, now: datetime) -> str:
    count = Booking.objects.visible_to(viewer).upcoming(now).count()
    return (
        _("您还有 %(count)d 个没有就诊的预约，请先在“我的预约”里取消，把号让给别人。") % {"count": count}
        if count
        else ""
    )
