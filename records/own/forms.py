"""What is typed about a home measurement. Forms understand; they never act."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.models import OwnEntry
from records.models.own import AHEAD
from records.own import limits
from records.own.fields import BoundlessFigureField, FigureField, plain, said

BOTH = re.compile(r"(\d{2,3})\s*[/\-\s]\s*(\d{2,3})")
KPA_TOPS = Decimal(40)
TIMES = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d"]
NOT_SAID = [("", gettext_lazy("不记了"))]


def of_kilopascals(number: Decimal) -> str:
    """What a small number may have meant on an old sphygmomanometer."""
    if number > KPA_TOPS:
        return ""
    shown = {"value": said(number), "converted": said((number * limits.KPA).quantize(Decimal(1)))}
    return _("如果血压计显示的是千帕（kPa），请乘以7.5：%(value)s 千帕大约是 %(converted)s。") % shown


def of_milligrams(number: Decimal) -> str:
    """What a large number may have meant on a meter set to the other unit."""
    if number <= limits.GLUCOSE.high:
        return ""
    shown = {"value": said(number), "converted": said((number / limits.MG_DL).quantize(Decimal("0.1")))}
    return _("如果血糖仪显示的是 mg/dL，请除以18：%(value)s mg/dL 大约是 %(converted)s mmol/L。") % shown


class MeasuredForm(forms.Form):
    """What every measurement has: when, with what, a note. No time is now."""

    measured_at = forms.DateTimeField(
        label=gettext_lazy("什么时候测的"),
        help_text=gettext_lazy("空着就是现在。以前测的可以补记，将来的不行。"),
        required=False,
        input_formats=TIMES,
        error_messages={"invalid": gettext_lazy("时间看不懂，请按 2026-05-01 08:30 这样填。")},
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    device = forms.CharField(
        label=gettext_lazy("用的什么仪器"),
        help_text=gettext_lazy("例如：上臂式电子血压计，欧姆龙。下次会替您填好。"),
        max_length=60,
        required=False,
        error_messages={"max_length": gettext_lazy("仪器名称请写在60个字以内。")},
    )
    note = forms.CharField(
        label=gettext_lazy("备注"),
        help_text=gettext_lazy("例如：吃药前、爬楼后、头晕。"),
        max_length=200,
        required=False,
        error_messages={"max_length": gettext_lazy("备注请写在200个字以内。")},
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)
    figures: tuple[str, ...] = ()
    less: tuple[str, ...] = ()

    def __init__(self, *args: Any, now: datetime, born: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now, self.born = now, born

    def clean_measured_at(self) -> datetime:
        """A moment of the person's life that is over."""
        told: datetime | None = self.cleaned_data["measured_at"]
        if told is None:
            return self.now.replace(second=0, microsecond=0)
        shown = {"when": f"{timezone.localtime(told):%Y-%m-%d %H:%M}"}
        if told > self.now + AHEAD:
            raise ValidationError(_("填的是 %(when)s，还没有到。只能填现在或以前的时间。") % shown)
        if timezone.localdate(told) < self.born:
            raise ValidationError(_("填的是 %(when)s，比出生日期还早。请再看一眼年份。") % shown)
        return min(told, self.now)

    def values(self) -> dict[str, Any]:
        """The columns of the row."""
        return {name: value for name, value in self.cleaned_data.items() if name != "form_key"}

    def big_fields(self) -> list[forms.BoundField]:
        """The numbers, which stand first and large."""
        return [self[name] for name in self.figures]

    def small_fields(self) -> list[forms.BoundField]:
        """What may be added; when it was measured is put first."""
        return [self[name] for name in ("measured_at", *self.less, "device", "note")]

    @property
    def opens_less(self) -> bool:
        """Whether what may be added has to be seen: something in it is wrong."""
        return any(field.errors for field in self.small_fields())


class PressureForm(MeasuredForm):
    """Blood pressure; a pair typed into the first box is taken apart."""

    systolic = FigureField(limits.SYSTOLIC, whole=True, hint=of_kilopascals)
    diastolic = FigureField(limits.DIASTOLIC, whole=True, hint=of_kilopascals)
    pulse = FigureField(limits.PULSE, whole=True, required=False)
    arm = forms.ChoiceField(
        label=gettext_lazy("哪只胳膊"),
        choices=NOT_SAID + OwnEntry.Arm.choices,
        required=False,
        widget=forms.RadioSelect,
    )
    position = forms.ChoiceField(
        label=gettext_lazy("姿势"),
        choices=NOT_SAID + OwnEntry.Position.choices,
        required=False,
        widget=forms.RadioSelect,
    )
    figures, less = ("systolic", "diastolic", "pulse"), ("arm", "position")

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(_taken_apart(data), **kwargs)

    def clean(self) -> dict[str, Any]:
        """The upper value is the higher one."""
        cleaned: dict[str, Any] = super().clean() or {}
        high, low = cleaned.get("systolic"), cleaned.get("diastolic")
        if high is not None and low is not None and low >= high:
            shown = {"low": said(low), "high": said(high)}
            if low > high:
                told = _("填的是 %(low)s，比高压 %(high)s 还高，是不是填反了？高压是两个数里大的那个。")
            else:
                told = _("高压和低压填的都是 %(low)s，两个数不会一样，请对照血压计再看一眼。")
            self.add_error("diastolic", told % shown)
        return cleaned


def _taken_apart(data: Any) -> Any:
    if data is None or data.get("diastolic", "").strip():
        return data
    found = BOTH.fullmatch(plain(data.get("systolic", "")))
    if found is None:
        return data
    return {**data.dict(), "systolic": found[1], "diastolic": found[2]}


class GlucoseField(FigureField):
    """Glucose; what a meter writes where its scale ends is taken as what it means."""

    ENDS = {"HI": (">", limits.METER_HIGH), "HIGH": (">", limits.METER_HIGH), "高": (">", limits.METER_HIGH)}
    STARTS = {"LO": ("<", limits.METER_LOW), "LOW": ("<", limits.METER_LOW), "低": ("<", limits.METER_LOW)}

    def clean(self, value: Any) -> Any:
        """The comparator and the number."""
        ends = (self.ENDS | self.STARTS).get(plain(value or "").upper())
        return ends or ("", super().clean(value))


class GlucoseForm(MeasuredForm):
    """Glucose off a meter, and where it stands to meals."""

    meal = forms.ChoiceField(
        label=gettext_lazy("什么时候的血糖"),
        choices=OwnEntry.Meal.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("请选是空腹、餐后2小时、睡前还是随机：同一个数，饭前饭后意思不一样。")
        },
    )
    glucose = GlucoseField(limits.GLUCOSE, hint=of_milligrams)
    figures = ("meal", "glucose")

    def values(self) -> dict[str, Any]:
        """The columns of the row."""
        comparator, glucose = self.cleaned_data["glucose"]
        return {**super().values(), "glucose": glucose, "comparator": comparator}


class WeightForm(MeasuredForm):
    """Weight, in kilograms or in jin, and the waist; one of both is enough."""

    weight = BoundlessFigureField(limits.WEIGHT, required=False)
    unit = forms.ChoiceField(
        label=gettext_lazy("体重的单位"),
        choices=[("kg", gettext_lazy("公斤")), ("jin", gettext_lazy("斤"))],
        initial="kg",
        widget=forms.RadioSelect,
    )
    waist = FigureField(limits.WAIST, required=False)
    figures = ("weight", "unit", "waist")

    def clean(self) -> dict[str, Any]:
        """The weight in kilograms."""
        cleaned: dict[str, Any] = super().clean() or {}
        typed = cleaned.get("weight")
        if typed is not None:
            self._weigh(cleaned, typed)
        elif cleaned.get("waist") is None and not self.errors:
            self.add_error("weight", _("体重和腰围都没有填，请至少填一个。"))
        return cleaned

    def _weigh(self, cleaned: dict[str, Any], typed: Decimal) -> None:
        kilograms = typed / limits.JIN if cleaned.get("unit") == "jin" else typed
        if limits.WEIGHT.holds(kilograms):
            cleaned["weight"] = kilograms.quantize(Decimal("0.1"))
            return
        told = _("填的是 %(value)s，%(usual)s，请再看一眼数和单位。")
        self.add_error("weight", told % {"value": said(typed), "usual": limits.WEIGHT.usual})

    def values(self) -> dict[str, Any]:
        """The columns of the row."""
        return {name: value for name, value in super().values().items() if name != "unit"}


FORMS: dict[str, type[MeasuredForm]] = {
    OwnEntry.Kind.PRESSURE: PressureForm,
    OwnEntry.Kind.GLUCOSE: GlucoseForm,
    OwnEntry.Kind.WEIGHT: WeightForm,
}


def typed_as(entry: OwnEntry) -> dict[str, Any]:
    """An entry as its form shows it, to be put right."""
    shown: dict[str, Any] = {
        name: getattr(entry, name) for name in ("systolic", "diastolic", "pulse", "arm", "position", "meal")
    }
    shown |= {"device": entry.device, "note": entry.note, "measured_at": entry.measured_at, "unit": "kg"}
    shown |= {name: said(value) for name in ("weight", "waist") if (value := getattr(entry, name)) is not None}
    ends = {">": "HI", "<": "LO"}
    if entry.glucose is not None:
        shown["glucose"] = ends.get(entry.comparator) or said(entry.glucose)
    return shown
