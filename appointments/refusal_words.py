"""Why something was not done, in words that say what to do instead."""

from datetime import datetime

from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from appointments import refusals
from appointments.presenters import moment_text
from appointments.terms import WAITS
from foundation.dated import setting


def wait_refused_text(reason: str, now: datetime) -> str:
    """Why somebody cannot wait for this."""
    if reason == "few":
        return _("每人最多同时在 %(limit)d 处排队等号。请先在“我的预约”里退出一处。") % {"limit": setting(WAITS, now)}
    return _(WAIT_REFUSED[reason])


def refusal_text(refusal: refusals.Refusal, now: datetime) -> tuple[str, str]:
    """What happened, and what to do next."""
    match refusal:
        case refusals.NotReleasedYet():
            text = _("这一天的号在 %(moment)s 放出，请到时再来，或选下面更近的时间。")
            return _("还没有放号"), text % {"moment": moment_text(refusal.opens_at, now)}
        case refusals.Suspended() | refusals.Drawn() | refusals.TooFast():
            return _fair_text(refusal, now)
        case refusals.TooMany():
            return _("您的预约已达上限"), _cap_text(refusal, now)
        case refusals.MovedTooOften():
            text = _("同一个预约最多改期 %(limit)d 次。来不了请取消，把号留给需要的人；也可以打电话给医疗机构。")
            return _("改期的次数用完了"), text % {"limit": refusal.limit}
        case refusals.NotFasting():
            text = _("要空腹的检查最晚 %(time)s 以前开始，请选早一点的时间。您没有占号。")
            return _("这个时间太晚了"), text % {"time": time_format(refusal.until, "G:i")}
        case refusals.TooLateToCancel():
            return _("已过改期时间"), _("原来的预约还在。来不了请打电话告诉医疗机构。")
        case _:
            title, text = PLAIN.get(type(refusal), PLAIN[refusals.Busy])
            return _(title), _(text)


def _fair_text(refusal: refusals.Suspended | refusals.Drawn | refusals.TooFast, now: datetime) -> tuple[str, str]:
    """Why somebody is asked to wait, in words that name a way around it."""
    if isinstance(refusal, refusals.Suspended):
        text = _(
            "因为几次约了没有来，%(day)s 以前不能在网上约这家机构的号。到窗口、打电话、请村医帮约都照常。"
            "有异议可以申诉，通过后马上恢复。"
        )
        return _("网上预约暂停了"), text % {"day": moment_text(refusal.until, now)}
    if isinstance(refusal, refusals.TooFast):
        seconds = max(int((refusal.until - now).total_seconds()), 1)
        return _("点得太快了"), _("您没有占号。请等 %(count)d 秒再试。") % {"count": seconds}
    text = _("这一场号少人多，网上的号公开抽签，不比手快。")
    if refusal.until and refusal.until > now:
        text += _("请在 %(moment)s 以前登记，每人登记一次。") % {"moment": moment_text(refusal.until, now)}
    return _("这一场是抽签"), text


def _cap_text(refusal: refusals.TooMany, now: datetime) -> str:
    """Which cap stands in the way, and from when it does not."""
    texts = {
        "live_bookings_per_person": _("每人最多同时有 %(limit)d 个未就诊的预约。看完一个，或取消一个，就可以再约。"),
        "bookings_per_day": _("每人同一天最多看 %(limit)d 次。请选别的日子。"),
        "bookings_per_department": _("每人在同一科室最多同时有 %(limit)d 个预约。看完一个，或取消一个，就可以再约。"),
        "bookings_per_period": _("这段时间里每人最多预约 %(limit)d 次。"),
    }
    text = texts[refusal.cap] % {"limit": refusal.limit}
    if refusal.until is None or refusal.cap == "bookings_per_day":
        return text
    return text + _("最早 %(moment)s 以后可以再约。") % {"moment": moment_text(refusal.until, now)}


WAIT_REFUSED = {
    "same": gettext_noop("您已经在排队等这个科室这几天的号，不用再排一次。"),
    "past": gettext_noop("这几天已经过去，请另选日期。"),
}
PLAIN: dict[type[refusals.Refusal], tuple[str, str]] = {
    refusals.SelfRegistered: (
        gettext_noop("您的预约已达上限"),
        gettext_noop("网上登记、还没有核验证件的人，同时只能约两个号。带身份证到窗口核验一次，就能多约。"),
    ),
    refusals.SlotFull: (
        gettext_noop("这个时间刚刚约满"),
        gettext_noop("最后一个号刚被别人约走了，您没有占号，也没有产生费用。"),
    ),
    refusals.SlotBegun: (gettext_noop("这个时间已经过了"), gettext_noop("请另选一个时间。您没有占号。")),
    refusals.SessionStopped: (gettext_noop("医生这一次停诊"), gettext_noop("请另选一个时间。您没有占号。")),
    refusals.AlreadyBooked: (
        gettext_noop("您在这个时段已有预约"),
        gettext_noop(
            "同一个人在同一科室、同一个半天只能约一次，同一时间也只能约一处。想改时间，请打开原来的预约，点“改期”。"
        ),
    ),
    refusals.Closed: (
        gettext_noop("网上预约已经截止"),
        gettext_noop("这个时间已不能在网上预约。请另选一个时间，或直接到窗口问问还有没有号。"),
    ),
    refusals.HoldOver: (
        gettext_noop("为您留号的时间过了"),
        gettext_noop("这个号没有再为您保留。请另选一个时间，您没有占号。"),
    ),
    refusals.TripOutOfOrder: (
        gettext_noop("这样安排来不及"),
        gettext_noop("这几项的先后或时间合不上，或者有一项已经不能预约。请重新安排，什么都没有约上。"),
    ),
    refusals.NotTheirs: (
        gettext_noop("这个预约不能改期"),
        gettext_noop("它可能已经取消，或者时间已过。请看看您的预约。"),
    ),
    refusals.FormUsed: (gettext_noop("这一页已经用过了"), gettext_noop("请重新选一个时间再预约。您没有重复占号。")),
    refusals.IdentityNeeded: (
        gettext_noop("预约前需要实名核验"),
        gettext_noop("请带身份证到就近的医院或卫生院窗口办理核验，也可以直接在窗口挂号。"),
    ),
    refusals.Busy: (gettext_noop("现在预约的人很多"), gettext_noop("您没有占号，请稍等几秒再点一次。")),
}
