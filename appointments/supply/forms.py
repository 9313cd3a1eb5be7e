"""The shape of what staff type about the plan: weekly patterns, days that differ, the country's calendar."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from appointments.admin_forms import DAY, TIME, InFacilities
from appointments.models import Holiday, Rota, RotaException, Session
from appointments.supply.making import booked_among
from appointments.supply.planned import sessions_of
from facilities.models import Practitioner

MOST_DAYS, MOST_LISTED = 62, 10
DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\s*(?:至|到|~|—)\s*(\d{4}-\d{2}-\d{2}))?")


def days_in(text: str) -> list[date]:
    """The days of a text, each once and in order: single ones, and spans such as 2026-12-01 至 2026-12-05.

    Raises ValidationError for what is no day, for a span that runs backwards, and for too many.
    """
    left = DAYS.sub("", text)
    if left.strip(" \t\r\n,，、;；") or not DAYS.search(text):
        raise ValidationError(_("请这样写日期：2026-12-01，或者 2026-12-01 至 2026-12-05；几个日期分行写。"))
    found: set[date] = set()
    for first, last in DAYS.findall(text):
        start, end = _day(first), _day(last or first)
        if not 0 <= (end - start).days < MOST_DAYS:
            raise ValidationError(
                _("“%(span)s”：后一个日期要不早于前一个，一次最多两个月。") % {"span": f"{first} {last}"}
            )
        found |= {start + timedelta(days=number) for number in range((end - start).days + 1)}
    if len(found) > MOST_DAYS:
        raise ValidationError(_("一次最多写两个月的日期，请分几次登记。"))
    return sorted(found)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValidationError(_("没有“%(day)s”这一天，请改正。") % {"day": text}) from None


def in_the_way(sessions: Sequence[Any]) -> str:
    """The half-days that people have booked, as a list of words."""
    lines = [
        _("%(day)s %(period)s %(doctor)s（%(count)d人）")
        % {
            "day": f"{session.date:%Y-%m-%d}",
            "period": session.get_period_display(),
            "doctor": session.practitioner.name,
            "count": session.booked,
        }
        for session in sessions[:MOST_LISTED]
    ]
    more = [_("等共 %(count)d 次") % {"count": len(sessions)}] if len(sessions) > MOST_LISTED else []
    return "、".join([*map(str, lines), *map(str, more)])


class DaysField(forms.CharField):
    """Several days at once."""

    def __init__(self, **options: Any) -> None:
        rows = forms.Textarea(attrs={"rows": 3})
        hint = _("一行一个：2026-12-01，或者一段 2026-12-01 至 2026-12-05。")
        super().__init__(**{"label": _("日期"), "widget": rows, "max_length": 2000, "help_text": hint, **options})

    def clean(self, value: Any) -> Any:
        return days_in(super().clean(value))


class WithGuest(InFacilities):
    """A practitioner of the facility, or one from elsewhere (专家下乡), who is named by name or number."""

    def guest_of(self, data: dict[str, Any]) -> Practitioner | None:
        """The practitioner from elsewhere; None where none is named, or nobody is found (which is said)."""
        words, facility = (data.get("guest") or "").strip(), data.get("facility")
        if not words or facility is None:
            return None
        others = Practitioner.objects.filter(is_active=True).exclude(facility=facility).select_related("facility")
        found = list(others.filter(Q(code=words) | Q(name=words))[:MOST_LISTED])
        if len(found) == 1:
            return found[0]
        names = "、".join(f"{one.facility.name} {one.name} {one.code}" for one in found)
        text = _("不止一位，请写工号：%(names)s") if found else _("别的机构里没有这位医生，请核对姓名或工号。")
        self.add_error("guest", text % {"names": names} if found else text)
        return None

    def choose_practitioner(self, data: dict[str, Any]) -> None:
        """Settle who it is: exactly one of the two fields; the record says whether they come from elsewhere."""
        guest = self.guest_of(data)
        if guest and data.get("practitioner"):
            self.add_error("guest", _("本院医生和外院医生只能填一位。"))
        data["outreach"] = guest is not None
        data["practitioner"] = data.get("practitioner") or guest


def guest_field() -> forms.CharField:
    return forms.CharField(
        label=_("外院医生"),
        required=False,
        max_length=100,
        help_text=_("专家下乡：写外院医生的姓名或工号，上面的“医生”不选。"),
    )


class RotaForm(WithGuest, forms.ModelForm):
    """A weekly half-day from a day on."""

    guest = guest_field()
    first = forms.DateField(label=_("从哪天起"), widget=DAY)
    last = forms.DateField(label=_("到哪天为止"), widget=DAY, required=False, help_text=_("不填就一直有效。"))

    class Meta:
        model = Rota
        fields = [
            *("facility", "department", "practitioner", "weekday", "period", "kind"),
            *("start", "end", "minutes", "capacity", "fee", "location"),
        ]
        widgets = {"start": TIME, "end": TIME}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limit_choices()
        self.fields["practitioner"].required = False

    def clean_first(self) -> date:
        """From tomorrow on: today's half-days are opened and stopped by hand."""
        return _tomorrow_at_least(self.cleaned_data["first"], self.today)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self.refuse_strangers(data)
        self.choose_practitioner(data)
        if not data.get("practitioner") and "guest" not in self.errors:
            self.add_error("practitioner", _("请选医生，或者写外院医生。"))
        if data.get("last") and data.get("first") and data["last"] < data["first"]:
            self.add_error("last", _("结束的日期要不早于开始的日期。"))
        if not self.errors:
            self._settle(data)
        return data

    def _settle(self, data: dict[str, Any]) -> None:
        until = data["last"] + timedelta(days=1) if data["last"] else None
        self.instance.valid = DateRange(data["first"], until)
        self.instance.outreach = data["outreach"]
        same = Q(period=data["period"]) | Q(start__lt=data["end"], end__gt=data["start"])
        others = Rota.objects.filter(same, practitioner=data["practitioner"], weekday=data["weekday"])
        if other := others.filter(valid__overlap=self.instance.valid).select_related("department").first():
            text = _(
                "这位医生已有排班：%(weekday)s%(period)s，%(department)s，从 %(since)s 起。请先让它结束，再排新的。"
            )
            facts = {"weekday": other.get_weekday_display(), "period": other.get_period_display()}
            place = {"department": other.department.name, "since": f"{other.valid.lower:%Y-%m-%d}"}
            self.add_error(None, text % {**facts, **place})


class EndRotaForm(InFacilities, forms.ModelForm):
    """The last day of a pattern; nothing else of it ever changes."""

    last = forms.DateField(label=_("到哪天为止"), widget=DAY, help_text=_("这一天还出诊，以后不再出诊。"))

    class Meta:
        model = Rota
        fields: list[str] = []

    def clean_last(self) -> date:
        last: date = self.cleaned_data["last"]
        if last < self.today:
            raise ValidationError(_("这一天已经过去，请选今天或以后的日期。"))
        if booked := booked_among(Q(rota=self.instance, date__gt=last, state=Session.State.OPEN)):
            text = _("还有人约了这以后的号：%(sessions)s。请先到“出诊与号源”停诊，通知他们改约。")
            raise ValidationError(text % {"sessions": in_the_way(booked)})
        return last


class ExceptionForm(WithGuest, forms.ModelForm):
    """Days on which somebody is away, or holds an extra clinic; several at once."""

    days = DaysField()
    guest = guest_field()

    class Meta:
        model = RotaException
        fields = [
            *("kind", "facility", "department", "practitioner", "period", "reason"),
            *("number_kind", "start", "end", "minutes", "capacity", "fee", "location"),
        ]
        widgets = {"start": TIME, "end": TIME}

    NEEDED = ("department", "period", "number_kind", "start", "end", "minutes", "capacity", "fee")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limit_choices()

    def clean_days(self) -> list[date]:
        days: list[date] = self.cleaned_data["days"]
        _tomorrow_at_least(days[0], self.today)
        return days

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self.refuse_strangers(data)
        self.choose_practitioner(data)
        if data.get("kind") == RotaException.Kind.EXTRA:
            self._complete(data)
        elif data.get("guest"):
            self.add_error("guest", _("不出诊的登记里不用写外院医生。"))
        elif not self.errors:
            self._refuse_what_is_booked()
        return data

    def _complete(self, data: dict[str, Any]) -> None:
        for name in self.NEEDED:
            if data.get(name) in {None, ""} and name not in self.errors:
                self.add_error(name, _("加诊要填这一项。"))
        if not data.get("practitioner") and "guest" not in self.errors:
            self.add_error("practitioner", _("请选医生，或者写外院医生。"))

    def _refuse_what_is_booked(self) -> None:
        wanted = Q()
        for one in self.exceptions():
            wanted |= sessions_of(one)
        if booked := booked_among(wanted & Q(state=Session.State.OPEN)):
            text = _("已经有人约了：%(sessions)s。请先到“出诊与号源”停诊，通知他们改约，再登记。")
            self.add_error(None, text % {"sessions": in_the_way(booked)})

    def exceptions(self) -> list[RotaException]:
        """One unsaved row for each day."""
        facts = {name: value for name, value in self.cleaned_data.items() if name not in {"days", "guest"}}
        return [RotaException(**facts, date=day) for day in self.cleaned_data["days"]]


class HolidayForm(forms.ModelForm):
    """Days of the State Council's calendar; several at once."""

    days = DaysField()

    class Meta:
        model = Holiday
        fields = ["name", "works_as"]
        help_texts = {"works_as": _("调休上班的日子选按星期几上班；放假的日子不选。")}

    def clean_days(self) -> list[date]:
        days: list[date] = self.cleaned_data["days"]
        if known := Holiday.objects.filter(date__in=days).values_list("date", flat=True):
            text = _("已经登记过：%(days)s。要改请点开那一天。")
            raise ValidationError(text % {"days": "、".join(f"{day:%Y-%m-%d}" for day in known)})
        return days


class OneHolidayForm(forms.ModelForm):
    """What may change of a day that is in the calendar."""

    class Meta:
        model = Holiday
        fields = ["name", "works_as"]
        help_texts = {"works_as": _("登记错了、这一天照常上班的，选这一天本来的星期几。")}


def _tomorrow_at_least(day: date, today: date) -> date:
    if day <= today:
        raise ValidationError(_("最早从明天起。今天的请到“出诊与号源”开放或停诊。"))
    return day
