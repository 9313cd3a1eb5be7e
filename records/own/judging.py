"""Where a home measurement lies by the county's dated thresholds. Numbers only; the words are the presenter's.

The defaults come from: 《中国高血压防治指南（2024年修订版）》, 135/85 at home; 《国家基本公共卫生服务规范（第三版）》,
180/110 mmHg, 3.9 and 16.7 mmol/L as danger values; 《中国糖尿病防治指南（2024版）》, 6.1 and 7.0 fasting, 7.8 and 11.1
two hours after a meal; WS/T 428, a waist of 90 or 85 cm; 《中国心力衰竭诊断和治疗指南2024》, 2 kg within 3 days.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from foundation.dated import register, setting
from records.models import OwnEntry
from residents.models import Resident

SYSTOLIC_HIGH = register("records.own_systolic_high", 135, "家里测的高压达到多少算偏高（中国高血压防治指南2024：135）")
DIASTOLIC_HIGH = register("records.own_diastolic_high", 85, "家里测的低压达到多少算偏高（中国高血压防治指南2024：85）")
SYSTOLIC_DANGER = register(
    "records.own_systolic_danger", 180, "家里测的高压达到多少是危险值，提示120（基本公卫规范第三版：180）"
)
DIASTOLIC_DANGER = register(
    "records.own_diastolic_danger", 110, "家里测的低压达到多少是危险值，提示120（基本公卫规范第三版：110）"
)
SYSTOLIC_LOW = register("records.own_systolic_low", 90, "家里测的高压低于多少算偏低（90）")
DIASTOLIC_LOW = register("records.own_diastolic_low", 60, "家里测的低压低于多少算偏低（60）")
PULSE_HIGH = register("records.own_pulse_high", 100, "静坐时脉搏超过每分钟多少次算偏快（100）")
PULSE_LOW = register("records.own_pulse_low", 50, "静坐时脉搏低于每分钟多少次算偏慢（50）")
GLUCOSE_DANGER_LOW = register(
    "records.own_glucose_danger_low", 3.9, "自测血糖低到多少是危险值，提示120（基本公卫规范第三版：3.9 mmol/L）"
)
GLUCOSE_DANGER_HIGH = register(
    "records.own_glucose_danger_high", 16.7, "自测血糖高到多少是危险值，提示120（基本公卫规范第三版：16.7 mmol/L）"
)
FASTING_RAISED = register("records.own_fasting_raised", 6.1, "空腹血糖达到多少算略高（中国糖尿病防治指南2024：6.1）")
FASTING_HIGH = register("records.own_fasting_high", 7.0, "空腹血糖达到多少算偏高（中国糖尿病防治指南2024：7.0）")
AFTER_RAISED = register("records.own_after_raised", 7.8, "餐后2小时血糖达到多少算略高（中国糖尿病防治指南2024：7.8）")
AFTER_HIGH = register(
    "records.own_after_high", 11.1, "餐后、睡前、随机血糖多少起算偏高（中国糖尿病防治指南2024：11.1）"
)
WAIST_MEN = register("records.own_waist_men", 90, "男性腰围达到多少厘米算偏大（WS/T 428：90）")
WAIST_WOMEN = register("records.own_waist_women", 85, "女性腰围达到多少厘米算偏大（WS/T 428：85）")
GAIN = register("records.own_weight_gain", 2.0, "几天之内体重增加多少公斤提醒看医生（中国心力衰竭指南2024：2公斤）")
GAIN_DAYS = register("records.own_weight_gain_days", 3, "上一项是几天之内（中国心力衰竭指南2024：3天）")


class State(StrEnum):
    """Where one measurement lies."""

    VERY_HIGH = "very_high"
    VERY_LOW = "very_low"
    HIGH = "high"
    RAISED = "raised"
    LOW = "low"
    FINE = "fine"
    SAID = "said"  # nothing to be judged

    @property
    def is_danger(self) -> bool:
        """Whether the page asks to think of 120."""
        return self in {State.VERY_HIGH, State.VERY_LOW}


def state_of(entry: OwnEntry, now: datetime, person: Resident | None = None) -> State:
    """Where an entry lies by the thresholds in force when it was measured, or `now` at the latest."""
    at = min(entry.measured_at, now)
    if entry.kind == OwnEntry.Kind.PRESSURE:
        return _pressure(entry, at)
    if entry.kind == OwnEntry.Kind.GLUCOSE:
        return _glucose(entry, at)
    return _waist(entry, at, person)


def _pressure(entry: OwnEntry, at: datetime) -> State:
    high, low = entry.systolic or 0, entry.diastolic or 0
    if high >= setting(SYSTOLIC_DANGER, at) or low >= setting(DIASTOLIC_DANGER, at):
        return State.VERY_HIGH
    if high >= setting(SYSTOLIC_HIGH, at) or low >= setting(DIASTOLIC_HIGH, at):
        return State.HIGH
    if high < setting(SYSTOLIC_LOW, at) or low < setting(DIASTOLIC_LOW, at):
        return State.LOW
    return State.FINE


def _glucose(entry: OwnEntry, at: datetime) -> State:
    value = float(entry.glucose or 0)
    fasting = entry.meal == OwnEntry.Meal.FASTING
    if value >= setting(GLUCOSE_DANGER_HIGH, at):
        return State.VERY_HIGH
    if value <= setting(GLUCOSE_DANGER_LOW, at):
        return State.VERY_LOW
    if value >= setting(FASTING_HIGH if fasting else AFTER_HIGH, at):
        return State.HIGH
    raised = {OwnEntry.Meal.FASTING: FASTING_RAISED, OwnEntry.Meal.AFTER: AFTER_RAISED}.get(OwnEntry.Meal(entry.meal))
    return State.RAISED if raised and value >= setting(raised, at) else State.FINE


def _waist(entry: OwnEntry, at: datetime, person: Resident | None) -> State:
    limit = waist_limit(person, at)
    if entry.waist is None or limit is None:
        return State.SAID
    return State.RAISED if entry.waist >= limit else State.FINE


def waist_limit(person: Resident | None, at: datetime) -> int | None:
    """From how many centimetres on a waist is large; None where the sex is not known."""
    names = {Resident.Sex.MALE: WAIST_MEN, Resident.Sex.FEMALE: WAIST_WOMEN}
    name = names.get(Resident.Sex(person.sex)) if person else None
    return int(setting(name, at)) if name else None


def pulse_state(entry: OwnEntry, now: datetime) -> State:
    """Where the pulse lies."""
    if entry.pulse is None:
        return State.SAID
    if entry.pulse > setting(PULSE_HIGH, now):
        return State.HIGH
    return State.LOW if entry.pulse < setting(PULSE_LOW, now) else State.FINE


def gained(entry: OwnEntry, before: OwnEntry | None, now: datetime) -> Decimal | None:
    """How many kilograms were gained so fast that a doctor should know; None where it is not so."""
    if before is None or before.weight is None or entry.weight is None:
        return None
    soon = entry.measured_at - before.measured_at <= timedelta(days=setting(GAIN_DAYS, now))
    gain = entry.weight - before.weight
    return gain if soon and gain >= Decimal(str(setting(GAIN, now))) else None
