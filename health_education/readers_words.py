"""What readers say of a text: taken without their numbers, told to the editors, answered."""

import re
from datetime import datetime

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpRequest

from foundation.crypto import blind_index
from foundation.dated import register, setting
from health_education.models import Article, Feedback
from residents.access import record_staff_event
from residents.models import Account

MINUTE = 60
PER_ADDRESS = register("health_education.feedback_per_address", 6, "每个网络地址每分钟可提交文章反馈的次数")
# Read by the database (migration 0007).
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
