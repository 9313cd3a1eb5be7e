"""What readers say of a text: taken without their numbers, told to the editors, answered."""

import re
from datetime import datetime

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from foundation.crypto import blind_index
from foundation.dated import register, setting
from health_education.models import Article, Feedback
from residents.access import record_staff_event
from residents.idle import is_shared
from residents.models import Account

MINUTE, DAY = 60, 86_400
PER_ADDRESS = register("health_education.feedback_per_address", 6, "每个网络地址每分钟可提交文章反馈的次数")
PER_READER = register("health_education.feedback_per_reader", 5, "一位读者一天内对一篇文章最多可提交几条反馈")
# Read by the database (migrations 0007 and 0011).
register("health_education.feedback_per_article", 50, "一篇文章没处理的反馈最多留多少条")
register("health_education.feedback_a_minute", 20, "全县每分钟最多收下多少条写了字的文章反馈")
register("health_education.feedback_unread", 2000, "没处理的文章反馈最多留多少条")

# A telephone, card or identity number: five digits in a row, or a telephone number in groups.
NUMBER = re.compile(r"\d{3,4}[ \u3000-]\d{4}[ \u3000-]?\d{4}|\d{5,}[xX]?")
LEFT_OUT = "……"


def without_numbers(text: str) -> str:
    """What somebody wrote, with long numbers left out."""
    return NUMBER.sub(LEFT_OUT, text.replace("\x00", "")).strip()


def may_say(request: HttpRequest, now: datetime) -> bool:
    """Count one word of this address; False once it has said too much within the minute."""
    address = blind_index("feedback.address", get_adapter(request).get_client_ip(request)).hex()
    key = f"health_education:feedback:{address}:{int(now.timestamp()) // MINUTE}"
    cache.add(key, 0, 2 * MINUTE)
    return bool(cache.incr(key) <= setting(PER_ADDRESS, now))


def has_said_enough(request: HttpRequest, article: Article, now: datetime) -> bool:
    """Count one word of this reader about this text; True once there were so many today.

    A reader is an account, else a network address; one that many people share stands for nobody.
    """
    address = str(get_adapter(request).get_client_ip(request))
    signed_in = isinstance(request.user, Account)
    if not signed_in and is_shared(address, now):
        return False
    mark = blind_index("feedback.reader", str(request.user.pk) if signed_in else address).hex()
    key = f"health_education:feedback:{mark}:{article.pk}:{timezone.localdate(now)}"
    cache.add(key, 0, DAY)
    return bool(cache.incr(key) > setting(PER_READER, now))


def say(article: Article, kind: str, place: str, words: str) -> bool:
    """Hand a reader's word to the editors; False when it was not taken, as too many are waiting."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.give_feedback(%s, %s, %s, %s)", [article.pk, kind, place, words])
        return bool(cursor.fetchone()[0])


@transaction.atomic
def settle(*, feedback: Feedback, answer: str, by: Account, now: datetime) -> bool:
    """Note that an editor has dealt with it; a signed-in reader gets the answer. False when that had been done."""
    waiting = Feedback.objects.waiting().filter(pk=feedback.pk)
    settled = waiting.update(answer=answer, settled_at=now, settled_by=by.pk, settled_name=by.name)
    if settled:
        record_staff_event(account=by, action="health_education.settled_feedback", now=now, subject=feedback)
    return bool(settled)


@transaction.atomic
def settle_all(*, chosen: QuerySet[Feedback], by: Account, now: datetime) -> int:
    """Note of many at once that an editor has read them and nothing is to be answered; returns how many waited."""
    waiting = Feedback.objects.waiting().filter(pk__in=chosen.order_by().values("pk"))
    settled = waiting.update(answer="", settled_at=now, settled_by=by.pk, settled_name=by.name)
    if settled:
        record_staff_event(account=by, action="health_education.settled_feedback", now=now, subject=Feedback)
    return settled
