"""The short code at the door of an activity: another one every minute, typed in or scanned as a QR code.

A code that never changed could be sent to somebody at home. This one is worked out from the activity, the minute and
the portal's secret, and only the present one and the one before count.
"""

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
SECONDS = register("activities.code_seconds", 60, "现场签到码多少秒换一次（只有这一个和上一个有效，至少10）")
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0 O 1 I L
LENGTH = 6
SHORTEST = 10


def code_of(activity: Activity, now: datetime) -> str:
    """The code of this minute: no table holds it, and none says anything of the next."""
    return _code(activity, _turn(now), _seconds(now))


def seconds_left(now: datetime) -> int:
    """How long the present code is still the newest one; at least 1."""
    seconds = _seconds(now)
    return seconds - int(now.timestamp()) % seconds


def tidy(typed: str) -> str:
    """A code as somebody typed it, with blanks and in small letters."""
    return "".join(typed.upper().split()).replace("-", "")


def is_on(activity: Activity, now: datetime) -> bool:
    """Whether its code counts now."""
    early = timedelta(minutes=setting(CHECK_IN, now))
    published = activity.state == Activity.State.PUBLISHED
    return published and activity.starts_at - early <= now <= activity.ends_at + early


def going_on(typed: str, now: datetime) -> Activity | None:
    """The activity whose present or last code was typed, if it is going on."""
    early = timedelta(minutes=setting(CHECK_IN, now))
    near = Activity.objects.shown().filter(
        state=Activity.State.PUBLISHED, starts_at__lte=now + early, ends_at__gte=now - early
    )
    code, turn, seconds = tidy(typed), _turn(now), _seconds(now)
    return next(
        (
            one
            for one in near
            if constant_time_compare(_code(one, turn, seconds), code)
            or constant_time_compare(_code(one, turn - 1, seconds), code)
        ),
        None,
    )


def address_of(code: str) -> str:
    """What the QR code of a code leads to."""
    return settings.PUBLIC_URL.rstrip("/") + reverse("health_education:here_code", args=[code])


def picture_of(address: str) -> str:
    """An address as a QR code, as a data address."""
    return str(segno.make_qr(address, error="m").svg_data_uri(border=2, dark="#000", light="#fff", scale=6))


def letters_of(what: str, length: int) -> str:
    """Letters that nobody without the portal's secret can work out, the same for the same words."""
    digest = salted_hmac("health_education.activity", what, algorithm="sha256").digest()
    return "".join(LETTERS[byte % len(LETTERS)] for byte in digest[:length])


def _code(activity: Activity, turn: int, seconds: int) -> str:
    return letters_of(f"{activity.pk} {seconds} {turn}", LENGTH)


def _turn(now: datetime) -> int:
    return int(now.timestamp()) // _seconds(now)


def _seconds(now: datetime) -> int:
    return max(SHORTEST, int(setting(SECONDS, now)))
