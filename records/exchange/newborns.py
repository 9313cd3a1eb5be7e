"""Newborns: babies without an ID number of their own, often under their mother's name or number.

Nothing of a baby is ever linked to whoever's number stands beside it. It waits under the baby's own patient number.
"""

import re
from datetime import date, datetime

from django.utils import timezone

from foundation.dated import register, setting

DAYS = register("exchange.newborn_days", 365, "出生多少天以内、还没有身份证号码的患者按新生儿处理")
NO_NUMBER_YET = (
    "新生儿尚无身份证号，结果已保存，不进入任何人的档案（也不会进入母亲的档案）。"
    "取得身份证号后，请机构在同一个患者编号下补上，结果会自动入档。"
)
# 张三之子, 李四之女, 王五之双胞胎女大, 新生儿, 某某婴; in letters BABY OF, BABY BOY, NEWBORN.
_CALLED = re.compile(
    r".之.{0,4}[子女婴儿][大小甲乙一二三AB]?$|新生儿|新生婴|[男女]婴|双胞胎|\bBABY\b|\bNEWBORN\b|\bB/O\b",
    re.IGNORECASE,
)


def is_called_one(name: str) -> bool:
    """Whether a name is what a hospital calls a baby before it has one."""
    return _CALLED.search(name.strip()) is not None


def is_recent(born: date, now: datetime) -> bool:
    """Whether somebody born then may still be without an ID number."""
    return bool((timezone.localdate(now) - born).days <= setting(DAYS, now))


def looks_new(name: str, born: date | None, now: datetime) -> bool:
    """Whether a patient is a newborn, by the name or by the birth date."""
    return is_called_one(name) or (born is not None and is_recent(born, now))


def stands_under(registered: date, name: str, born: date | None, now: datetime) -> bool:
    """Whether a newborn stands under the number of somebody who is none: the birth date of whose number it is."""
    return looks_new(name, born, now) and not is_recent(registered, now)
