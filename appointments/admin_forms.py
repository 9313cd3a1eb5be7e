"""The shape of what staff type about supply: sessions, rules, preparation, examinations."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from appointments.models import Preparation, Rule, Service, Session
from appointments.terms import COUNTY
from facilities.models import Department, Facility, Practitioner

TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class InFacilities(forms.BaseForm):
    """Limits a staff form's choices to `facility_ids`, the facilities where the person at the desk may do this."""

    fields: dict[str, Any]
    # Set by the admin on the class it makes for one request.
    facility_ids: Sequence[UUID] = ()
    today: date

    def limit_choices(self) -> None:
        of_facility = {"facility__in": self.facility_ids, "is_active": True}
        limits: dict[str, QuerySet[Any]] = {
            "facility": Facility.objects.filter(pk__in=self.facility_ids, is_active=True),
            "department": Department.objects.filter(**of_facility, takes_bookings=True).select_related("facility"),
            "practitioner": Practitioner.objects.filter(**of_facility).select_related("department__facility"),
        }
        for name in limits.keys() & self.fields.keys():
            self.fields[name].queryset = limits[name]
        if "department" in self.fields:
            self.fields["department"].label_from_instance = self._name_department
        if "practitioner" in self.fields:
            self.fields["practitioner"].label_from_instance = self._name_practitioner
        if len(self.facility_ids) == 1 and "facility" in self.fields:
            self.fields["facility"].initial = self.facility_ids[0]

    def _name_department(self, department: Department) -> str:
        """With the facility's name only where there are several."""
        return department.name if len(self.facility_ids) == 1 else f"{department.facility.name} · {department.name}"

    def _name_practitioner(self, practitioner: Practitioner) -> str:
        place = self._name_department(practitioner.department)
        return f"{place} · {practitioner.name} {practitioner.title}".strip()

    def refuse_strangers(self, data: dict[str, Any]) -> None:
        """Say which choice belongs to another facility."""
        for name in ("department", "practitioner"):
            chosen = data.get(name)
            if chosen and data.get("facility") and chosen.facility_id != data["facility"].pk:
                self.add_error(name, _("这一项不属于所选的医疗机构。"))


class OpenSessionForm(InFacilities, forms.ModelForm):
    """A new session with its slots, as the desk opens it."""

    start = forms.TimeField(label=_("开始时间"), widget=TIME, initial="08:00")
    end = forms.TimeField(label=_("结束时间"), widget=TIME, initial="12:00")
    minutes = forms.IntegerField(label=_("每个时段的分钟数"), min_value=5, max_value=60, initial=30)
    capacity = forms.IntegerField(label=_("每个时段的号源数"), min_value=1, max_value=60, initial=6)

    class Meta:
        model = Session
        fields = ["facility", "department", "practitioner", "date", "period", "kind", "fee", "location", "draw"]
        widgets = {"date": DAY}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limit_choices()

    def clean_date(self) -> date:
        """A day to come, or today."""
        day: date = self.cleaned_data["date"]
        if day < self.today:
            raise ValidationError(_("这一天已经过去，请选今天或以后的日期。"))
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self.refuse_strangers(data)
        if {"start", "end", "minutes"} <= data.keys():
            self._check_hours(data)
        if {"practitioner", "date", "period"} <= data.keys():
            self._check_half_day(data)
        return data

    def _check_half_day(self, data: dict[str, Any]) -> None:
        """The database says so too; its rule asks for a column that this form does not show."""
        half_day = {name: data[name] for name in ("practitioner", "date", "period")}
        if Session.objects.filter(**half_day).filter(state__in=Session.STANDING).exists():
            self.add_error(None, _("该医生在这一天的这个时段已有出诊安排。"))

    def _check_hours(self, data: dict[str, Any]) -> None:
        day = datetime.min
        length = datetime.combine(day, data["end"]) - datetime.combine(day, data["start"])
        if length <= timedelta(0):
            self.add_error("end", _("结束时间要晚于开始时间。"))
        elif length % timedelta(minutes=data["minutes"]):
            self.add_error("minutes", _("出诊时间不能被这个分钟数整除，最后会剩下一段，请调整。"))


class SessionForm(forms.ModelForm):
    """What may still change once a session is open."""

    class Meta:
        model = Session
        fields = ["fee", "location"]


class RuleForm(InFacilities, forms.ModelForm):
    """A booking rule of a facility, or of one department of it, from a day on."""

    class Meta:
        model = Rule
        fields = [
            "facility",
            "department",
            "number_kind",
            "valid_from",
            *COUNTY,
        ]
        widgets = {"valid_from": DAY, "release_time": TIME, "close_time": TIME, "cancel_time": TIME}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limit_choices()

    def clean_valid_from(self) -> date:
        """Rules begin in the future, so that what a resident was shown when booking stays true."""
        day: date = self.cleaned_data["valid_from"]
        if day <= self.today:
            raise ValidationError(_("新规则最早从明天起生效，已经预约的人按原来的规则办。"))
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self.refuse_strangers(data)
        return data


class PreparationForm(InFacilities, forms.ModelForm):
    """How to prepare, of a facility, a department or a kind of number, from a day on."""

    class Meta:
        model = Preparation
        fields = ["facility", "department", "number_kind", "valid_from", "text"]
        widgets = {"valid_from": DAY, "text": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limit_choices()

    def clean_valid_from(self) -> date:
        """From today on: for the days before, people were told what was in force then."""
        day: date = self.cleaned_data["valid_from"]
        if day < self.today:
            raise ValidationError(_("这一天已经过去，请选今天或以后的日期。"))
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self.refuse_strangers(data)
        return data


class ServiceForm(InFacilities, forms.ModelForm):
    """An examination that a trip can take along."""

    class Meta:
        model = Service
        fields = ["facility", "department", "name", "fasting", "after_doctor", "order", "minutes", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limit_choices()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self.refuse_strangers(data)
        return data
