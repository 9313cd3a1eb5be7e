"""What is looked for, as typed or tapped; every filter stands in the address."""

from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from appointments.finding import Wanted, Which
from appointments.forms import DAY
from appointments.models import NumberKind, Period
from facilities.models import Facility

LONGEST = 40


class FindForm(forms.Form):
    """Words, a facility, a day; all may be empty."""

    q = forms.CharField(
        label=_("科室或医生"),
        required=False,
        max_length=LONGEST,
        help_text=_("汉字、拼音、拼音首字母都可以，例如：内科、wangyisheng、wys。"),
        error_messages={"max_length": _("请写短一点，40个字以内。")},
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    facility = forms.ModelChoiceField(
        Facility.objects.none(),
        label=_("医疗机构"),
        required=False,
        empty_label=_("全部"),
        error_messages={"invalid_choice": _("这家机构没有开放网上预约。")},
    )
    day = forms.DateField(
        label=_("哪一天看"), required=False, widget=DAY, error_messages={"invalid": _("请这样写日期：2026-11-25。")}
    )

    def __init__(self, *args: Any, facilities: QuerySet[Facility], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["facility"]).queryset = facilities

    def wanted(self) -> Wanted:
        """What was understood; a field that was not is left out."""
        said = self.cleaned_data
        return Wanted(said.get("q") or "", said.get("facility"), said.get("day"))


class WhichForm(forms.Form):
    """Which times of a department."""

    day = forms.DateField(required=False)
    period = forms.ChoiceField(choices=Period.choices, required=False)
    kind = forms.ChoiceField(choices=NumberKind.choices, required=False)

    def which(self) -> Which:
        """What was understood; a value that is none is left out."""
        self.is_valid()
        said = self.cleaned_data
        return Which(said.get("day"), said.get("period") or "", said.get("kind") or "")
