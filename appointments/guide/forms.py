"""What the pages of the guide send, and the forms of its desk."""

from datetime import date, timedelta
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from appointments.forms import DAY
from appointments.guide.state import State, Who
from appointments.models import BodyPart, GuideVersion

LONGEST = 20
MOST_QUESTIONS = 30
FURTHEST = timedelta(days=366)


class GuideForm(forms.Form):
    """The answers so far and the one just given."""

    version = forms.UUIDField()
    sign = forms.UUIDField(required=False)
    clear = forms.BooleanField(required=False)
    who = forms.ChoiceField(choices=Who.choices, required=False)
    part = forms.ChoiceField(choices=BodyPart.choices, required=False)
    words = forms.CharField(required=False, max_length=LONGEST)
    symptom = forms.UUIDField(required=False)
    passed = forms.IntegerField(min_value=0, max_value=MOST_QUESTIONS, required=False)
    stopped = forms.BooleanField(required=False)
    answer = forms.ChoiceField(choices=[("yes", ""), ("no", "")], required=False)

    def state(self) -> State:
        """What was said, the last answer included."""
        said = self.cleaned_data
        return State(
            version=said["version"],
            sign=said["sign"],
            clear=said["clear"],
            who=said["who"],
            part=said["part"],
            words=said["words"],
            symptom=said["symptom"],
            passed=(said["passed"] or 0) + (said["answer"] == "no"),
            stopped=said["stopped"] or said["answer"] == "yes",
        )


class ReviewForm(forms.Form):
    """From when on the rules count; `seen` is the last change that the reviewer has read."""

    valid_from = forms.DateField(
        label=_("从哪天起使用"), widget=DAY, error_messages={"invalid": _("请这样写日期：2026-11-25。")}
    )
    seen = forms.DateTimeField(widget=forms.HiddenInput)
    read = forms.BooleanField(
        label=_("我已逐条看过，符合诊疗常规；危险信号没有遗漏"),
        error_messages={"required": _("请逐条看过以后打勾。")},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_valid_from(self) -> date:
        day: date = self.cleaned_data["valid_from"]
        if not self.today <= day <= self.today + FURTHEST:
            raise ValidationError(_("请选今天或以后一年内的日期。"))
        return day


class EndingForm(forms.ModelForm):
    """A rule at the desk: its advice with room to be read whole."""

    class Meta:
        widgets: ClassVar[dict[str, forms.Widget]] = {"advice": forms.Textarea(attrs={"rows": 2})}


class VersionForm(forms.ModelForm):
    """What a version is about; its number is given by the portal."""

    class Meta:
        model = GuideVersion
        fields = ["note", "source"]
