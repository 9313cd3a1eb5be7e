"""The health labels (个人健康标识): age group, weight, blood group; what they rest on stands beside each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from foundation.dated import register, setting
from records import basics
from records.presenters import kept, words
from records.summaries.building import Content
from records.summaries.reading import Read

CHILD_UNTIL = register("records.label_child_until", 6, "档案首页“0-6岁儿童”到几周岁（含）")
ELDER_FROM = register("records.label_elder_from", 65, "档案首页“65岁及以上老年人”从几周岁起")
MATERNAL_DAYS = register("records.label_maternal_days", 120, "最近一次孕产妇随访多少天内，档案首页写“孕产妇健康管理”")
# WS/T 428-2013 成人体重判定.
ADULT_FROM = register("records.bmi_adult_from", 18, "从几周岁起按体重指数（BMI）说体重情况；更小的孩子看生长曲线")
BMI_LEAST = register("records.bmi_normal_from", 18.5, "体重指数（BMI）从多少起算体重正常")
BMI_OVER = register("records.bmi_overweight_from", 24.0, "体重指数（BMI）从多少起算超重")
BMI_OBESE = register("records.bmi_obese_from", 28.0, "体重指数（BMI）从多少起算肥胖")
HEIGHTS, WEIGHTS = ("8302-2", "3137-7", "8308-9"), ("29463-7", "3141-9", "3142-7")
CONTROLLED = "followups"


@dataclass(frozen=True)
class Label:
    """One label: what it says, or in `empty` why it says nothing, and where that comes from."""

    title: str
    value: str = ""
    tone: str = ""
    note: str = ""
    facility: str = ""
    when: datetime | None = None
    empty: str = ""


def of(read: Read, answers: Mapping[str, Sequence[Mapping[str, Any]]], today: date, now: datetime) -> list[Label]:
    """The labels of a person, in the order of the rule."""
    age = words.age(read.person.birth_date, today)
    found = [_group(read, age, now), _maternal(read.records, answers, now), _weight(read.records, age, now)]
    return [*(one for one in found if one), _blood(read, answers, "blood-abo"), _blood(read, answers, "blood-rh")]


def _group(read: Read, age: int, now: datetime) -> Label:
    title = _("年龄段")
    if age <= setting(CHILD_UNTIL, now):
        return Label(title, _("0-6岁儿童"), "info", _("按出生日期"))
    if age >= setting(ELDER_FROM, now):
        return Label(title, _("65岁及以上老年人"), "info", _("按出生日期"))
    return Label(title, _("一般人群"), "", _("按出生日期"))


def _maternal(records: Content, answers: Mapping[str, Sequence[Mapping[str, Any]]], now: datetime) -> Label | None:
    """Only while follow-ups go on: that a pregnancy ended is often not written down anywhere."""
    rows = records["kinds"].get(CONTROLLED, {}).get("rows", ())
    newest = next((row for row in rows if row.get("programme") == "maternal"), None)
    when = kept.moment(newest.get("occurred_at")) if newest else None
    if newest is None or when is None or when < now - timedelta(days=setting(MATERNAL_DAYS, now)):
        return None
    risk = next((row["value_text"] for row in answers.get("pregnancy-risk", ())), "")
    note = words.labelled(_("风险等级"), risk)
    return Label(_("孕产妇"), _("在孕产妇健康管理中"), "info", note, newest.get("facility_name", ""), when)


def _weight(records: Content, age: int, now: datetime) -> Label | None:
    if age < setting(ADULT_FROM, now):
        return None
    height, weight = _measured(records, HEIGHTS, "身高"), _measured(records, WEIGHTS, "体重")
    tall, heavy = _metres(height), _kilograms(weight)
    if weight is None or tall is None or heavy is None:
        return Label(_("体重情况"), empty=_("没有新的身高和体重"))
    index = (heavy / (tall * tall)).quantize(Decimal("0.1"))
    value, tone = _band(index, now)
    note = _("体重指数（BMI）%(index)s") % {"index": index}
    when = kept.moment(weight.get("occurred_at"))
    return Label(_("体重情况"), value, tone, note, weight.get("facility_name", ""), when)


def _band(index: Decimal, now: datetime) -> tuple[str, str]:
    least, over, obese = (Decimal(str(setting(key, now))) for key in (BMI_LEAST, BMI_OVER, BMI_OBESE))
    if index < least:
        return _("偏低"), "warn"
    if index < over:
        return _("正常"), "good"
    return (_("超重"), "warn") if index < obese else (_("肥胖"), "warn")


def _measured(records: Content, codes: Sequence[str], name: str) -> Mapping[str, Any] | None:
    """The newest of a measurement: by its code, else by what it is called and nothing more."""
    for row in records["kinds"].get("vitals", {}).get("rows", ()):
        if "value_number" in row and (row.get("code") in codes or (not row.get("code") and row.get("name") == name)):
            found: Mapping[str, Any] = row
            return found
    return None


def _metres(row: Mapping[str, Any] | None) -> Decimal | None:
    """A height in metres; None for one in a unit we do not know or that no grown person has."""
    if row is None:
        return None
    factor = {"cm": Decimal("0.01"), "厘米": Decimal("0.01"), "m": Decimal(1), "米": Decimal(1)}.get(_unit(row))
    found = Decimal(row["value_number"]) * factor if factor else None
    return found if found and Decimal("0.8") <= found <= Decimal("2.6") else None


def _kilograms(row: Mapping[str, Any] | None) -> Decimal | None:
    if row is None:
        return None
    factor = {"kg": Decimal(1), "公斤": Decimal(1), "千克": Decimal(1), "斤": Decimal("0.5"), "g": Decimal("0.001")}
    unit = factor.get(_unit(row))
    found = Decimal(row["value_number"]) * unit if unit else None
    return found if found and Decimal(20) <= found <= Decimal(400) else None


def _unit(row: Mapping[str, Any]) -> str:
    return str(row.get("unit", "")).strip().lower()


def _blood(read: Read, answers: Mapping[str, Sequence[Mapping[str, Any]]], topic: str) -> Label:
    title = _("ABO血型") if topic == "blood-abo" else _("Rh血型")
    rows = [row for row in answers.get(topic, ()) if not basics.says_nothing(row["value_text"])]
    if rows:
        newest = rows[0]
        when = kept.moment(newest.get("occurred_at"))
        return Label(title, newest["value_text"], "", "", newest.get("facility_name", ""), when)
    if read.results is None:
        return Label(title, empty=_("血型在检查检验结果里，这里没有开放"))
    return Label(title, empty=_("没有问过，或机构没有传来"))
