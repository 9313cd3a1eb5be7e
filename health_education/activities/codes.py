"""The short code of an activity, shown at the door while it lasts: typed in, or scanned as a QR code."""

from datetime import datetime, timedelta

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from foundation.dated import register, setting
from health_education.models import Activity

CHECK_IN = register(
    "activities.check_in_minutes", 30, "活动开始前和结束后多少分钟内可以扫码签到"
)  # the database reads it too
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0 O 1 I L
LENGTH = 6


def code_of(activity: Activity) -> str:
    """Its code, worked out from its key and the portal's secret: no table holds it."""
    digest = salted_hmac("health_education.activity", str(activity.pk), algorithm="sha256").digest()
    return "".join(LETTERS[byte % len(LETTERS)] for byte in digest[:LENGTH])


def tidy(typed: str) -> str:
    """A code as somebody typed it, with blanks and in small letters."""
    return "".join(typed.upper().split()).replace("-", "")


def is_on(activity: Activity, now: datetime) -> bool:
    """Whether its code counts now."""
    early = timedelta(minutes=setting(CHECK_IN, now))
    published = activity.state == Activity.State.PUBLISHED
    return published and activity.starts_at - early <= now <= activity.ends_at + early


def going_on(typed: str, now: datetime) -> Activity | None:
    """The activity whose code was typed, if it counts now."""
    early = timedelta(minutes=setting(CHECK_IN, now))
    near = Activity.objects.shown().filter(
        state=Activity.State.PUBLISHED, starts_at__lte=now + early, ends_at__gte=now - early
    )
    code = tidy(typed)
    return next((one for one in near if constant_time_compare(code_of(one), code)), None)


def address_of(activity: Activity) -> str:
    """What the QR code leads to."""
    path = reverse("health_education:here_code", args=[code_of(activity)])
    return settings.PUBLIC_URL.rstrip("/") + path


def picture_of(activity: Activity) -> str:
    """The QR code as a data address."""
    return str(
        segno.make_qr(address_of(activity), error="m").svg_data_uri(border=2, dark="#000", light="#fff", scale=6)
    )
