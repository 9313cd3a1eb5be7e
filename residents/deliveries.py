"""The outbox at work: claim one message, try to send it, write down how it ended.

The row is the truth. A claim counts the try and moves the due time ahead before anything is sent, so a worker that dies
leaves a row that comes up again, and two workers never hold the same one.
"""

import json
from datetime import datetime, timedelta

from django.db import router, transaction

from foundation.crypto import CannotOpen
from residents.messages_port import CannotSend, SmsAdapter
from residents.models import Delivery

MOST_TRIES = 5
WAITS = (30, 60, 300, 900, 900)  # seconds until a message claimed for the nth time comes up again
CODE_LASTS = timedelta(minutes=5)


def claim(now: datetime) -> Delivery | None:
    """The next due message, reserved for the caller; None when nothing is due."""
    with transaction.atomic(using=router.db_for_write(Delivery)):
        due = Delivery.objects.due(now).filter(attempts__lt=MOST_TRIES)
        delivery = due.select_for_update(skip_locked=True).first()
        if delivery is None:
            return None
        delivery.due_at = now + timedelta(seconds=WAITS[delivery.attempts])
        delivery.attempts += 1
        delivery.save(update_fields=["attempts", "due_at"])
    return delivery


def attempt(delivery: Delivery, adapter: SmsAdapter, now: datetime) -> bool:
    """Try to send a claimed message; True when it left. A failure is written down and tried again later."""
    if _is_too_late(delivery, now):
        _finish(delivery, Delivery.Status.FAILED, error="验证码已过期，没有发送。")
        return False
    try:
        adapter.send(
            phone=delivery.phone or "",
            template=delivery.template,
            parameters=json.loads(delivery.parameters),
            key=delivery.key,
        )
    except CannotSend as reason:
        return _not_sent(delivery, str(reason)[:200])
    except CannotOpen:
        return _not_sent(delivery, "保存的号码或内容打不开，密钥可能换过。")
    _finish(delivery, Delivery.Status.SENT, sent_at=now)
    return True


def give_up(now: datetime) -> int:
    """Mark as failed what was claimed for the last time and never reported back; returns how many."""
    lost = Delivery.objects.due(now).filter(attempts__gte=MOST_TRIES)
    return lost.update(status=Delivery.Status.FAILED, error="多次发送都没有得到确认。")


def _is_too_late(delivery: Delivery, now: datetime) -> bool:
    return delivery.template == Delivery.Template.SIGN_IN_CODE and now - delivery.created_at > CODE_LASTS


def _not_sent(delivery: Delivery, error: str) -> bool:
    """Try again later, or no more; always False."""
    last = delivery.attempts >= MOST_TRIES
    _finish(delivery, Delivery.Status.FAILED if last else Delivery.Status.WAITING, error=error)
    return False


def _finish(delivery: Delivery, status: str, *, error: str = "", sent_at: datetime | None = None) -> None:
    delivery.status, delivery.error, delivery.sent_at = status, error, sent_at
    if status != Delivery.Status.WAITING:
        delivery.parameters = "{}"  # nobody needs a code that was sent
    delivery.save(update_fields=["status", "error", "sent_at", "parameters"])
