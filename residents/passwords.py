"""Which passwords are refused: too short, too long, known to everybody, or told by the person's own papers.

No rule asks for capitals or signs: a sentence in Chinese is a good password.
"""

import re
from collections.abc import Iterable, Iterator

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from residents.models import Account, Identifier, Resident

LONGEST = 128

# What people here put together when asked for letters and figures; a password made of nothing else is refused.
WORDS = """
    woaini aini woaiwo aiwo woxihuanni wangji baobao baobei laopo laogong mama baba jiankang pingan xingfu kuaile
    zhongguo beijing shanghai ningxia mima denglu admin root test guest user password passwd pass welcome letmein
    iloveyou love abc abcd abcde abcdef qwe qwer qwert qwerty qwertyuiop asd asdf asdfgh asdfghjkl zxc zxcv zxcvbn
    zxcvbnm qaz wsx edc qazwsx 1qaz 2wsx 3edc q1w2e3 q1w2e3r4 a1b2c3 qq weixin taobao alipay
    5201314 1314520 1314521 7758521 7758258 520 521 1314 147258369 147258 159357 110110 119119 120120 112233 123321
    1234567890 0123456789 123456789 12345678 1234567 123456 12345 1234 123 987654321 87654321 654321 54321 321
    168 666 888 999 000 111 222 333 444 555 777
"""
LONGEST_FIRST = "|".join(sorted(map(re.escape, WORDS.split()), key=len, reverse=True))
COMMON = re.compile(rf"(?:{LONGEST_FIRST}|(.)\1+|(?:19|20)\d\d|[a-z]|[0-9]){{1,4}}")
SIGNS = re.compile(r"[\s._@#!*+\-]")


class NoLongerThan:
    """Long sentences are welcome; beyond 128 characters it is no password but an attack on the hashing."""

    def validate(self, password: str, user: Account | None = None) -> None:
        if len(password) > LONGEST:
            raise ValidationError(_("密码最多128个字符。"), "password_too_long")

    def get_help_text(self) -> str:
        return _("密码最多128个字符。")


class NotACommonHabit:
    """Not one of the strings that everybody here tries first, like woaini1314 or 123456789a."""

    def validate(self, password: str, user: Account | None = None) -> None:
        if COMMON.fullmatch(SIGNS.sub("", password.lower())):
            raise ValidationError(_("这个密码太常见，容易被人猜到，请换一个。"), "password_too_common")

    def get_help_text(self) -> str:
        return _("不要用常见的密码。")


class NotFromOnesPapers:
    """Not one's birth date, document number, phone or user name: others know them too."""

    def validate(self, password: str, user: Account | None = None) -> None:
        if user is not None:
            refuse_parts(password, _told_by_papers(user))

    def get_help_text(self) -> str:
        return _("不要用生日、证件号码、手机号或用户名。")


def refuse_parts(password: str, parts: Iterable[str]) -> None:
    """Raise ValidationError when the password holds one of `parts`, which an acquaintance would try."""
    typed = SIGNS.sub("", password.lower())
    if any(part in typed for part in parts):
        raise ValidationError(
            _("密码里有您的生日、证件号码、手机号或用户名，认识您的人容易猜到，请换一个。"), "password_too_personal"
        )


def told_by(number: str, phone: str) -> Iterator[str]:
    """The strings in a document number, which holds the birth date, and in a phone number; either may be empty."""
    if phone:
        yield from (phone, phone[-8:], phone[:7])
    if number:
        number = number.lower()
        yield from (number[6:14], number[8:14], number[-6:], number[-8:-1], number[:8])


def _told_by_papers(account: Account) -> Iterator[str]:
    """The strings that an acquaintance would try, in small letters."""
    yield from told_by("", account.phone or "")
    if account.is_staff and len(account.username) >= 4:
        yield account.username.lower()
    if account.resident_id is None:
        return
    with transaction.atomic():
        person = Resident.objects.filter(pk=account.resident_id).first()
        numbers = [item.value.lower() for item in Identifier.objects.filter(resident_id=account.resident_id)]
    if person is not None:
        yield from (f"{person.birth_date:%Y%m%d}", f"{person.birth_date:%y%m%d}")
    for number in numbers:
        yield from (number[-6:], number[-8:-1], number[:8])
