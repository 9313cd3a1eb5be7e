"""When messages may leave and what they may cost: quiet hours, the day's pots, how often one number gets a code."""

from datetime import date, datetime, time, timedelta

from django.db.models import F, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone

from foundation.dated import register, setting, time_setting
from residents.message_texts import CODES, SAFETY, URGENT
from residents.models import Channel, Delivery, MessageSpending

QUIET_FROM = register("messages.quiet_from", "21:00", "安静时段开始（只发验证码和紧急查看提醒）")
QUIET_UNTIL = register("messages.quiet_until", "07:00", "安静时段结束")
DAILY_FEN = register("messages.daily_fen", 30_000, "一般提醒每天的费用上限（分）")
URGENT_FEN = register("messages.daily_fen_urgent", 30_000, "验证码和紧急提醒每天的费用上限（分）")
SMS_FEN = register("messages.sms_fen", 5, "一条短信的价格（分）")
VOICE_FEN = register("messages.voice_fen", 8, "一次语音验证码的价格（分）")
CODES_AN_HOUR = register("messages.codes_an_hour", 5, "同一号码每小时最多收到的验证码")
CODES_A_DAY = register("messages.codes_a_day", 10, "同一号码每天最多收到的验证码")
A_NUMBER_A_DAY = register(
    "messages.a_number_a_day", 20, "同一号码上每位居民每天最多收到的短信提醒（验证码另算，安全提醒不限）"
)
RESERVED = register(
    "messages.reserved_percent", 30, "验证码和紧急提醒的费用里，留给本人设备和紧急提醒的百分比（陌生设备用不到）"
)
STALE_HOURS = register("messages.stale_hours", 72, "一般提醒超过多少小时没有发出就不再发送")
STAFF_MAIL = register("messages.staff_mail", "", "短信额度用完时通知工作人员的电子邮箱（留空则不通知）")

CODE_LASTS = timedelta(minutes=5)
KNOWN = "known-"  # begins the key of a code that no stranger can ask for: it has an allowance of its own
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def quiet_until(now: datetime) -> datetime | None:
    """When the quiet hours that `now` falls into end; None outside them."""
    start, end = time_setting(QUIET_FROM, now), time_setting(QUIET_UNTIL, now)
    clock = timezone.localtime(now).time()
    inside = start <= clock < end if start < end else clock >= start or clock < end
    if start == end or not inside:
        return None
    today = timezone.localdate(now)
    return _local(today if clock < end else today + DAY, end)


def quiet_hours(now: datetime) -> tuple[time, time] | None:
    """From when until when nothing but codes and emergencies leaves; None where there are no quiet hours."""
    start, end = time_setting(QUIET_FROM, now), time_setting(QUIET_UNTIL, now)
    return None if start == end else (start, end)


def tomorrow(now: datetime) -> datetime:
    """When the next day's pots are open."""
    return _local(timezone.localdate(now) + DAY, time())


def is_urgent(template: str) -> bool:
    """Sent by night too, and paid from the urgent pot."""
    return template in URGENT


def pot_of(template: str) -> str:
    """From which pot a message is paid."""
    return MessageSpending.Pot.URGENT if is_urgent(template) else MessageSpending.Pot.NOTICES


def stale_after(now: datetime) -> timedelta:
    """How long a notice may wait before it is of no use to send it."""
    return timedelta(hours=setting(STALE_HOURS, now))


def staff_mail(now: datetime) -> str:
    """Whom to write to when a pot is used up; empty for nobody."""
    return str(setting(STAFF_MAIL, now))


def price(channel: str, now: datetime) -> int:
    """What one message costs, in fen; WeChat and e-mail cost nothing."""
    keys = {Channel.SMS.value: SMS_FEN, Channel.VOICE.value: VOICE_FEN}
    return max(int(setting(keys[channel], now)), 0) if channel in keys else 0


def cap(pot: str, now: datetime) -> int:
    """What a day may cost from one pot, in fen."""
    return int(setting(URGENT_FEN if pot == MessageSpending.Pot.URGENT else DAILY_FEN, now))


def room_for(delivery: Delivery, now: datetime) -> int:
    """Up to what a day's pot may be used by this message, in fen: what strangers ask for leaves the reserve alone."""
    whole = cap(pot_of(delivery.template), now)
    if delivery.template not in CODES or delivery.key.startswith(KNOWN):
        return whole
    return whole - whole * min(max(int(setting(RESERVED, now)), 0), 100) // 100


def spend(delivery: Delivery, fen: int, now: datetime) -> bool:
    """Take `fen` from the day's pot; False when they would exceed its cap. To be called inside a transaction.

    The pot's row is locked by the change, so that many workers together never spend more than the cap.
    """
    if fen == 0:
        return True
    day, pot = timezone.localdate(now), pot_of(delivery.template)
    room = _pot(day, pot).filter(spent_fen__lte=room_for(delivery, now) - fen)
    if room.update(spent_fen=F("spent_fen") + fen):
        return True
    MessageSpending.objects.bulk_create([MessageSpending(day=day, pot=pot)], ignore_conflicts=True)
    return bool(room.update(spent_fen=F("spent_fen") + fen))


def correct(template: str, fen: int, now: datetime) -> None:
    """Add what a message cost beyond its price, or give back (negative) what it did not."""
    if fen:
        # What was taken before midnight is not in the new day's pot.
        _pot(timezone.localdate(now), pot_of(template)).update(spent_fen=Greatest(F("spent_fen") + fen, 0))


def mark_reached(template: str, now: datetime) -> bool:
    """Note that the day's pot is used up; True the first time."""
    return bool(_pot(timezone.localdate(now), pot_of(template)).filter(reached_at=None).update(reached_at=now))


def too_many_codes(delivery: Delivery, now: datetime) -> bool:
    """Whether a number has had its codes of the hour, on this channel, or of the day (domain facts, section E3)."""
    if delivery.template not in CODES or not delivery.recipient_index:
        return False
    sent = Delivery.objects.codes_to(bytes(delivery.recipient_index), now - DAY)
    if delivery.key.startswith(KNOWN):
        sent = sent.filter(key__startswith=KNOWN)
    if delivery.template != Delivery.Template.HELPER_CODE:
        # Staff ask for these: one of them could else keep somebody out of their account all day.
        sent = sent.exclude(template=Delivery.Template.HELPER_CODE)
    left = [(at, channel) for at, channel in sent.values_list("sent_at", "channel") if at and at > now - DAY]
    # A code that is said once more by a call is no second wish within the hour.
    of_the_hour = [at for at, channel in left if channel == delivery.channel and at > now - HOUR]
    return len(of_the_hour) >= int(setting(CODES_AN_HOUR, now)) or len(left) >= int(setting(CODES_A_DAY, now))


def rung_enough(delivery: Delivery, now: datetime) -> bool:
    """Whether a phone had this person's messages of the day; codes have limits of their own, safety always passes.

    Counted for each person: a phone that a clinic noted for thirty elders still gets each one's own.
    """
    if delivery.template in SAFETY or delivery.template in CODES or not delivery.recipient_index:
        return False
    if delivery.channel not in {Channel.SMS, Channel.VOICE}:
        return False
    rung = Delivery.objects.rung(bytes(delivery.recipient_index), delivery.resident_id, tomorrow(now) - DAY)
    return rung.count() >= int(setting(A_NUMBER_A_DAY, now))


def _pot(day: date, pot: str) -> QuerySet[MessageSpending]:
    return MessageSpending.objects.filter(day=day, pot=pot)


def _local(day: date, at: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, at))
