"""The shape of what is typed or tapped in this room. Forms understand; they never write."""

from datetime import date, datetime
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments.models import Need, Session, Slot
from appointments.wishes import Wishes

TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class TimeForm(forms.Form):
    """Which of a session's times."""

    slot = forms.ModelChoiceField(
        queryset=Slot.objects.none(),
        label=_("就诊时间"),
        error_messages={
            "required": _("请选一个时间。"),
            "invalid_choice": _("这个时间刚刚约满，请另选一个。"),
        },
    )

    def __init__(self, *args: Any, slots: QuerySet[Slot], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["slot"]).queryset = slots


class BookForm(forms.Form):
    """The key of the confirm page, by which a form sent twice is recognised; why somebody comes and what they need."""

    form_key = forms.UUIDField()
    reason = forms.CharField(
        label=_("哪里不舒服，或者来做什么"),
        required=False,
        max_length=200,
        help_text=_("医生和窗口看得到，别人看不到。不想写可以不写。"),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": _("请写短一点，200个字以内。")},
    )
    needs = forms.MultipleChoiceField(
        label=_("需要帮忙吗"), choices=Need.choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    def wishes(self) -> Wishes:
        """What was said."""
        return Wishes(self.cleaned_data["reason"], self.cleaned_data["needs"])


class MoveForm(forms.Form):
    """The key of the page that asks once before moving."""

    form_key = forms.UUIDField()


class OfferForm(forms.Form):
    """Which kept place a tap is about; booking it needs the page's key, too."""

    hold = forms.UUIDField()
    form_key = forms.UUIDField(required=False)


class WaitForm(forms.Form):
    """For what somebody waits who found a half-day full."""

    doctor = forms.ChoiceField(label=_("等哪位医生"), widget=forms.RadioSelect, initial="this")
    earliest = forms.DateField(label=_("从哪天"), widget=DAY)
    latest = forms.DateField(label=_("到哪天"), widget=DAY)
    periods = forms.MultipleChoiceField(
        label=_("什么时候方便"),
        choices=Session.Period.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("不选表示都可以。"),
    )

    def __init__(self, *args: Any, session: Session, last: date, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first, self.last = timezone.localdate(now), last
        doctor = cast(forms.ChoiceField, self.fields["doctor"])
        doctor.choices = [
            ("this", _("只等%(name)s") % {"name": session.practitioner.name}),
            ("any", _("%(department)s哪位医生都可以") % {"department": session.department.name}),
        ]
        for name in ("earliest", "latest"):
            self.fields[name].initial = session.date
            self.fields[name].widget.attrs |= {"min": f"{self.first}", "max": f"{last}"}
        self.fields["periods"].initial = [session.period]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not {"earliest", "latest"} <= data.keys():
            return data
        if data["latest"] < data["earliest"]:
            self.add_error("latest", _("“到哪天”不能早于“从哪天”。"))
        elif data["earliest"] < self.first:
            self.add_error("earliest", _("这一天已经过去，请选今天或以后的日期。"))
        elif data["latest"] > self.last:
            self.add_error("latest", _("最晚可以等到 %(day)s 的号。") % {"day": f"{self.last:%Y-%m-%d}"})
        return data

    def wanted(self) -> dict[str, Any]:
        """What was chosen, as `waiting.join` takes it; all half-days are the same as none named."""
        chosen, every = self.cleaned_data["periods"], Session.Period.values
        return {
            "only_this_doctor": self.cleaned_data["doctor"] == "this",
            "earliest": self.cleaned_data["earliest"],
            "latest": self.cleaned_data["latest"],
            "periods": [] if len(chosen) == len(every) else chosen,
        }


class StopForm(forms.Form):
    """Why a clinic is stopped: residents read it."""

    reason = forms.CharField(label=_("停诊原因"), max_length=100, help_text=_("居民看得到，请不要写个人隐私。"))


class AppealForm(forms.Form):
    """What somebody wishes to say against a strike; nothing is fine, too."""

    words = forms.CharField(
        label=_("想说明的情况"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
