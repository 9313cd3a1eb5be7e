"""What is said about a value that a person measured at home: where it lies, and what to do now.

Calm, plain, never a diagnosis. The signs with which one calls 120 at once: 《国家基层高血压防治管理指南》 (急救车转诊)
and 《国家基层糖尿病防治管理指南》 (紧急转诊). 15 g of sugar, again after 15 minutes: 《中国糖尿病防治指南（2024版）》.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.dated import setting
from records.models import OwnEntry
from records.own import judging
from records.own.fields import said
from records.own.judging import State
from residents.models import Resident


@dataclass(frozen=True)
class Told:
    """What the page says. `urgent`: signs with which one calls 120 at once; `steps`: what to do without them."""

    title: str
    words: Sequence[str]
    tone: str = ""
    urgent: Sequence[str] = ()
    steps: Sequence[str] = ()

    @property
    def is_danger(self) -> bool:
        """Whether the page puts 120 first."""
        return bool(self.urgent)


def told(entry: OwnEntry, before: OwnEntry | None, person: Resident, now: datetime) -> Told:
    """What is said right after an entry was written down, and whenever it is opened."""
    state = judging.state_of(entry, now, person)
    if entry.kind == OwnEntry.Kind.PRESSURE:
        return _with_pulse(_pressure(state, min(entry.measured_at, now)), entry, now)
    if entry.kind == OwnEntry.Kind.GLUCOSE:
        return _glucose(entry, state, min(entry.measured_at, now))
    return _weight(entry, state, before, person, now)


def _pressure(state: State, at: datetime) -> Told:
    limits = {
        "high": f"{setting(judging.SYSTOLIC_HIGH, at)}/{setting(judging.DIASTOLIC_HIGH, at)}",
        "danger": f"{setting(judging.SYSTOLIC_DANGER, at)}/{setting(judging.DIASTOLIC_DANGER, at)}",
        "low": f"{setting(judging.SYSTOLIC_LOW, at)}/{setting(judging.DIASTOLIC_LOW, at)}",
    }
    if state == State.VERY_HIGH:
        return _very_high_pressure(limits)
    if state == State.HIGH:
        words = [
            _("达到了家里测血压偏高的界限 %(high)s。一次偏高不等于高血压，紧张、刚活动过、憋尿都会高。") % limits,
            _("请坐着歇5分钟再测一次；接着几天早晚都测一测，看平均数。多次都高，请带着记录找医生。"),
        ]
        return Told(_("这次偏高"), words, "warn")
    if state == State.LOW:
        words = [
            _("低于 %(low)s。平时就这样、没有不舒服的，一般不要紧；在吃降压药的请告诉医生，不要自己停药。") % limits,
            _("头晕、眼前发黑、出冷汗的，请马上躺下，叫身边的人；叫不醒、站不起来，请拨打 120。"),
        ]
        return Told(_("这次偏低"), words, "warn")
    return Told(_("这次不高"), [_("低于家里测血压偏高的界限 %(high)s。正在吃药的请照常吃。") % limits], "good")


def _very_high_pressure(limits: dict[str, str]) -> Told:
    return Told(
        _("血压很高，请先看这里"),
        [_("达到或超过了 %(danger)s，属于危险值。别慌，按下面一步一步来。") % limits],
        "bad",
        urgent=[
            _("剧烈头痛、呕吐，或者看东西模糊"),
            _("说话不清、嘴歪、一侧手脚没力气或发麻"),
            _("胸口或后背剧痛、胸闷、喘不上气、躺不平"),
            _("迷糊、叫不醒、抽筋"),
        ],
        steps=[
            _("坐下靠好，安静歇5分钟，不说话，再测一次，把第二次的数也记下来。"),
            _("还是 %(danger)s 以上：今天就去医院，或者现在打电话问医生。不要等到明天。") % limits,
            _("不要自己加药、不要含服别人的降压药。请家人或邻居陪着您。"),
        ],
    )


def _with_pulse(found: Told, entry: OwnEntry, now: datetime) -> Told:
    state = judging.pulse_state(entry, now)
    if state not in {State.HIGH, State.LOW}:
        return found
    shown = {"count": entry.pulse, "high": setting(judging.PULSE_HIGH, now), "low": setting(judging.PULSE_LOW, now)}
    if state == State.HIGH:
        words = _("脉搏每分钟 %(count)d 次，超过 %(high)d 次，偏快。歇一歇再数；一直快，或者心慌、胸闷，请看医生。")
    else:
        words = _("脉搏每分钟 %(count)d 次，低于 %(low)d 次，偏慢。头晕、眼前发黑的请马上看医生。")
    return replace(found, words=[*found.words, words % shown], tone="warn" if found.tone == "good" else found.tone)


def _glucose(entry: OwnEntry, state: State, at: datetime) -> Told:
    meal = str(entry.get_meal_display())
    if state == State.VERY_LOW:
        return _very_low_glucose(at)
    if state == State.VERY_HIGH:
        return _very_high_glucose(at)
    fasting = entry.meal == OwnEntry.Meal.FASTING
    high = setting(judging.FASTING_HIGH if fasting else judging.AFTER_HIGH, at)
    target = _("有糖尿病的人，一般的控制目标是空腹4.4～7.0、非空腹低于10.0，您的目标听您的医生的。")
    if state == State.HIGH:
        words = _("%(meal)s血糖达到了 %(limit)s，偏高。一次偏高不等于糖尿病，家用血糖仪也不能用来确诊。")
        more = _("接着几天同一时间再测；多次都高，请带着记录找医生，到医院抽血查。")
        return Told(_("这次偏高"), [words % {"meal": meal, "limit": _number(high)}, more, target], "warn")
    if state == State.RAISED:
        raised = setting(judging.FASTING_RAISED if fasting else judging.AFTER_RAISED, at)
        words = _("%(meal)s血糖在 %(from)s 到 %(to)s 之间，比一般人略高。")
        return Told(
            _("这次略高"), [words % {"meal": meal, "from": _number(raised), "to": _number(high)}, target], "warn"
        )
    words = _("%(meal)s血糖没有到偏高的界限 %(limit)s。")
    return Told(_("这次不高也不低"), [words % {"meal": meal, "limit": _number(high)}, target], "good")


def _very_low_glucose(at: datetime) -> Told:
    limit = _number(setting(judging.GLUCOSE_DANGER_LOW, at))
    return Told(
        _("血糖太低，请先看这里"),
        [_("在 %(limit)s 或以下。吃降糖药、打胰岛素的人要马上当低血糖处理。") % {"limit": limit}],
        "bad",
        urgent=[
            _("叫不醒、迷糊、抽筋：不要往嘴里喂东西"),
            _("吃了糖15分钟还不好，或者咽不下去"),
        ],
        steps=[
            _("马上吃15克糖：三四块方糖，或者一大勺蜂蜜、半杯果汁、半杯含糖饮料。"),
            _("坐下歇着，15分钟后再测一次，把数记下来；还低就再吃一次。"),
            _("血糖上来以后，吃点主食。先不要开车、不要一个人出门。"),
            _("今天就告诉医生，看看药要不要调。"),
        ],
    )


def _very_high_glucose(at: datetime) -> Told:
    limit = _number(setting(judging.GLUCOSE_DANGER_HIGH, at))
    return Told(
        _("血糖很高，请先看这里"),
        [_("达到或超过了 %(limit)s，属于危险值。别慌，按下面一步一步来。") % {"limit": limit}],
        "bad",
        urgent=[
            _("恶心、呕吐、肚子痛"),
            _("呼吸又深又快，嘴里有烂苹果味"),
            _("迷糊、嗜睡、叫不醒"),
            _("血糖仪显示 HI（高得测不出来）"),
        ],
        steps=[
            _("洗净擦干手，换一根手指再测一次，把数记下来。手上有糖会测高。"),
            _("还是这么高：今天就去医院，或者现在打电话问医生。不要等到明天。"),
            _("多喝白开水。药和胰岛素不要自己停，也不要自己加。"),
        ],
    )


def _weight(entry: OwnEntry, state: State, before: OwnEntry | None, person: Resident, now: datetime) -> Told:
    words, tone = [], "good"
    gain = judging.gained(entry, before, now)
    if gain is not None:
        shown = {"days": setting(judging.GAIN_DAYS, now), "gain": said(gain)}
        words.append(_("%(days)d天之内重了 %(gain)s 公斤。心脏或肾不好的人可能是身体存水，今天请告诉医生。") % shown)
        words.append(_("喘不上气、躺不平的，请拨打 120。"))
        tone = "warn"
    elif before is not None and before.weight is not None and entry.weight is not None:
        words.append(_compared(entry.weight - before.weight, before))
    if state == State.RAISED:
        limit = judging.waist_limit(person, now)
        words.append(_("腰围达到了 %(limit)d 厘米，偏大。少吃一点、多走一走，慢慢来。") % {"limit": limit})
        tone = "warn"
    return Told(_("记好了"), words or [_("以后隔几天记一次，就能看出变化。")], tone)


def _compared(change: Decimal, before: OwnEntry) -> str:
    shown = {"day": f"{timezone.localtime(before.measured_at):%Y-%m-%d}", "change": said(abs(change))}
    if not change:
        return _("和 %(day)s 记的一样重。") % shown
    return (
        _("比 %(day)s 记的重了 %(change)s 公斤。") if change > 0 else _("比 %(day)s 记的轻了 %(change)s 公斤。")
    ) % shown


def _number(value: float) -> str:
    return f"{value:.1f}"
