"""The limits of acting for another, invitation codes, and birthdays. The database reads the same dated settings."""

import secrets
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from foundation.dated import register, setting

MOST_DELEGATES = register("family.most_delegates", 8, "每位居民最多可以有几位代办人（含未接受的邀请）")
INVITATION_DAYS = register("family.invitation_days", 3, "代办邀请码几天内有效")
TERMS = register("family.terms_months", [3, 12, 36], "代办授权可选的期限（月）")
LONGEST = register("family.longest_months", 36, "代办授权最长几个月")
CODE_TRIES = register("family.code_tries", 5, "邀请码或出生日期输错几次后须等15分钟")
GUARDIAN_LEVEL = register("family.guardian_level", 3, "申请监护人代办需要的实名等级")
MOST_PHOTOS = register("family.most_photos", 4, "监护证明最多上传几张照片（不超过4）")
PHOTO_DAYS = register("family.photo_days", 30, "监护申请审核后，证明照片保留几天")
AGREE_BEFORE = register("delegation.agree_before_days", 90, "满14周岁、18周岁前多少天可以预先约定")
TELL_BEFORE = register("family.tell_before_days", 30, "满14周岁、18周岁前多少天通知孩子和监护人")
CONSENT_AGE, ADULT_AGE = "delegation.consent_age", "delegation.adult_age"

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without those that look alike: 0 O, 1 I
CODE_LENGTH = 10  # 32 letters to the 10th: guessing one of a county's codes in three days is hopeless
SCOPES = ("booking", "results", "records", "notices")
HEALTH = ("records", "results")


def new_code() -> str:
    """A code that can be read over the phone without mistakes."""
    return "".join(secrets.choice(LETTERS) for _n in range(CODE_LENGTH))


def grouped(code: str) -> str:
    """`ABCDE-FGHJK`, as it is shown."""
    return f"{code[:5]}-{code[5:]}"


def tidy(typed: str) -> str:
    """A typed code in its plain form, or "" when it cannot be one."""
    plain = "".join(letter for letter in typed.upper() if letter.isascii() and letter.isalnum())
    return plain if len(plain) == CODE_LENGTH and set(plain) <= set(LETTERS) else ""


def birthday(birth: date, years: int) -> date:
    """The day somebody completes so many years; 29 February falls on 1 March in other years (as `app.comes_of`)."""
    try:
        return birth.replace(year=birth.year + years)
    except ValueError:
        return date(birth.year + years, 3, 1)


def first_minute(day: date) -> datetime:
    """When a day begins in the portal's time zone."""
    return timezone.make_aware(datetime.combine(day, time.min))


def comes_of(birth: date, setting_of_age: str, now: datetime) -> datetime:
    """The first minute of the birthday that `setting_of_age` (CONSENT_AGE or ADULT_AGE) names."""
    return first_minute(birthday(birth, setting(setting_of_age, now)))


def may_agree_from(birth: date, setting_of_age: str, now: datetime) -> datetime:
    """From when a young person may agree to what goes on after that birthday."""
    return comes_of(birth, setting_of_age, now) - timedelta(days=setting(AGREE_BEFORE, now))
