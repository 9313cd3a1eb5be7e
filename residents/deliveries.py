"""The outbox at work: claim one message, try to send it, write down how it ended.

The row is the truth. A claim counts the try, takes its price from the day's pot and moves the due time ahead before
anything is sent, so a worker that dies leaves a row that comes up again, and two workers never hold the same one.
"""

import json
from datetime import datetime, timedelta
from uuid import UUID

from django.db import router, transaction

from foundation.crypto import CannotOpen
from foundation.rowsecurity import asked
from residents import message_limits as limits
from residents import messages_port as port
from residents.message_texts import ANSWERS, CHOSEN, CHOSEN_AS, CODES, REMINDERS, URGENT
from residents.messages_port import CannotSend, Handed, Report
from residents.models import Channel, Consent, Delivery, MessageChoice, Notice
from residents.models.consent import Purpose

MOST_TRIES = 5
WAITS = (30, 60, 300, 900, 900)  # seconds until a message claimed for the nth time comes up again
FORGOTTEN = "{}"  # nobody needs a code that was sent


def claim(now: datetime) -> Delivery | None:
    """The next message that may leave now, reserved and paid for; None when there is none.

    On the way, what must wait is put off, and what must not leave any more is closed.
    """
    while True:
        with transaction.atomic(using=router.db_for_write(Delivery)):
            delivery = _next(now)
            if delivery is None:
                return None
            if _may_leave(delivery, now):
                delivery.due_at = now + timedelta(seconds=WAITS[delivery.attempts])
                delivery.attempts += 1
                delivery.waits_for = ""
                delivery.save(update_fields=["attempts", "due_at", "waits_for"])
                return delivery


def attempt(delivery: Delivery, now: datetime) -> bool:
    """Try to send a claimed message; True when it left. A failure is written down and tried again later."""
    try:
        handed = port.hand_over(
            channel=delivery.channel,
            to=delivery.recipient or "",
            template=delivery.template,
            parameters=json.loads(delivery.parameters),
            key=delivery.key,
        )
    except CannotSend as problem:
        _not_sent(delivery, problem, now)
        return False
    except CannotOpen:
        _not_sent(delivery, CannotSend("保存的号码或内容打不开，密钥可能换过。"), now)
        return False
    _sent(delivery, handed, now)
    return True


def give_up(now: datetime) -> int:
    """Mark as failed what was claimed for the last time and never reported back; returns how many."""
    lost = Delivery.objects.due(now).filter(attempts__gte=MOST_TRIES)
    return lost.update(status=Delivery.Status.FAILED, error="多次发送都没有得到确认。")


def confirm(report: Report, now: datetime) -> int:
    """Write down what the provider says became of a message; returns how many rows that concerned."""
    sent = Delivery.objects.unconfirmed(report.provider_id)
    if report.delivered:
        return sent.update(status=Delivery.Status.DELIVERED, delivered_at=report.at or now, error="")
    return sent.update(status=Delivery.Status.FAILED, error=report.reason[:200])


def _next(now: datetime) -> Delivery | None:
    due = Delivery.objects.due(now).filter(attempts__lt=MOST_TRIES)
    return due.select_for_update(skip_locked=True).first()


def _may_leave(delivery: Delivery, now: datetime) -> bool:
    """Whether a message may leave now; one that may not is put off or closed, with the reason."""
    if why := _too_late(delivery, now):
        return _close(delivery, Delivery.Status.FAILED, why)
    if not _still_wanted(delivery):
        return _close(delivery, Delivery.Status.WITHHELD, "本人已撤回同意，或不再接收这种消息。")
    if delivery.template == Delivery.Template.REPORT_READY and _vanished(delivery.resident_id):
        return _close(delivery, Delivery.Status.WITHHELD, "报告已收回，或者要由医生先告诉本人，现在不用提醒。")
    if delivery.template in REMINDERS and not _stands(delivery):
        return _close(delivery, Delivery.Status.WITHHELD, "预约已取消、改期、签到或过了时间，不再提醒。")
    if delivery.template not in URGENT | ANSWERS and (until := limits.quiet_until(now)):
        return _put_off(delivery, until, Delivery.Waits.QUIET)
    if limits.rung_enough(delivery, now):
        return _put_off(delivery, limits.tomorrow(now), Delivery.Waits.BUDGET)
    if not limits.spend(delivery, limits.price(delivery.channel, now), now):
        return _over_budget(delivery, now)
    return True


def _too_late(delivery: Delivery, now: datetime) -> str:
    """Why a message is of no use any more; empty while it is."""
    age = now - delivery.created_at
    if delivery.template in CODES:
        if age > limits.CODE_LASTS:
            return "验证码已过期，没有发送。"
        return "这个号码收到的验证码已达上限，没有发送。" if limits.too_many_codes(delivery, now) else ""
    return "太久没有发出，不再发送；站内消息里仍然看得到。" if age > limits.stale_after(now) else ""


def _still_wanted(delivery: Delivery) -> bool:
    """Asked once more on the way out: consent and choices count from the moment they are taken back."""
    template = CHOSEN_AS.get(delivery.template, delivery.template)
    if template not in CHOSEN or delivery.resident_id is None:
        return True
    person = delivery.resident_id
    refused = MessageChoice.objects.refused().filter(resident_id=person, template=template, channel=delivery.channel)
    agreed = Consent.objects.live().of(person).filter(purpose=Purpose.MESSAGES)
    return agreed.exists() and not refused.exists()


def _vanished(person: UUID | None) -> bool:
    """Whether everything new that a person was to be told of is not there: taken back, or to be told by a doctor."""
    if person is None:
        return False
    news = Notice.objects.unread().filter(resident_id=person, kind=Notice.Kind.REPORT_READY)
    subjects = {subject for subject in news.values_list("subject_id", flat=True) if subject}
    return bool(subjects) and subjects <= set(asked("SELECT app.vanished_news_of(%s::uuid[])", [[person]]))


def _stands(delivery: Delivery) -> bool:
    """Whether the visit that a message reminds of is still to come; who cancels it meanwhile waits for this claim."""
    return bool(asked("SELECT app.reminder_stands(%s, %s)", [delivery.key, delivery.resident_id]))


def _over_budget(delivery: Delivery, now: datetime) -> bool:
    """The day's pot is used up: a code is of no use tomorrow, everything else waits for it."""
    if limits.mark_reached(delivery.template, now):
        _tell_staff(delivery.template, now)
    if delivery.template in CODES:
        return _close(delivery, Delivery.Status.FAILED, "今天的验证码额度已用完，没有发送。")
    return _put_off(delivery, limits.tomorrow(now), Delivery.Waits.BUDGET)


def _tell_staff(template: str, now: datetime) -> None:
    address = limits.staff_mail(now)
    if address and port.mail().available:
        letter = Delivery(
            template=Delivery.Template.BUDGET_REACHED,
            channel=Channel.EMAIL,
            recipient=address,
            parameters=FORGOTTEN,
            key=f"budget_reached:{limits.pot_of(template)}:{limits.tomorrow(now):%Y-%m-%d}",
            due_at=now,
        )
        Delivery.objects.bulk_create([letter], ignore_conflicts=True)


def _put_off(delivery: Delivery, until: datetime, why: str) -> bool:
    delivery.due_at, delivery.waits_for = until, why
    delivery.save(update_fields=["due_at", "waits_for"])
    return False


def _close(delivery: Delivery, status: str, why: str) -> bool:
    fields = ["status", "error", "parameters", "waits_for"]
    delivery.status, delivery.error, delivery.parameters, delivery.waits_for = status, why, FORGOTTEN, ""
    if status == Delivery.Status.WITHHELD:
        delivery.recipient = None
        fields += ["recipient", "recipient_index"]
    delivery.save(update_fields=fields)
    return False


def _sent(delivery: Delivery, handed: Handed, now: datetime) -> None:
    paid = limits.price(delivery.channel, now)
    delivery.status, delivery.error, delivery.sent_at = Delivery.Status.SENT, "", now
    delivery.provider_id, delivery.parameters = handed.provider_id, FORGOTTEN
    delivery.cost_fen += paid * handed.parts
    delivery.save(update_fields=["status", "error", "sent_at", "provider_id", "parameters", "cost_fen"])
    limits.correct(delivery.template, paid * (handed.parts - 1), now)


def _not_sent(delivery: Delivery, problem: CannotSend, now: datetime) -> None:
    """Try again later, or no more. What may have left is counted as paid."""
    paid = limits.price(delivery.channel, now)
    if problem.unsure:
        delivery.cost_fen += paid
    else:
        limits.correct(delivery.template, -paid, now)
    last = problem.final or delivery.attempts >= MOST_TRIES
    delivery.status = Delivery.Status.FAILED if last else Delivery.Status.WAITING
    delivery.error = str(problem)[:200]
    fields = ["status", "error", "cost_fen"]
    if last:
        delivery.parameters = FORGOTTEN
        fields.append("parameters")
    delivery.save(update_fields=fields)
