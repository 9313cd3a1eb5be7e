"""What is ticked for a booklet. Forms understand; they never act."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from records.booklet.choosing import SECTIONS, Wanted, last_year

DAY = {"type": "date"}
EVERYTHING, YEAR, BETWEEN = "all", "year", "between"
PERIODS = [(EVERYTHING, _("全部时间")), (YEAR, _("最近一年")), (BETWEEN, _("我来选起止日期"))]


class BookletForm(forms.Form):
    """Which sections, of which time. `form_key` tells a form sent twice; `open_to` are the categories one may read."""

    period = forms.ChoiceField(
        label=_("一、哪段时间"),
        choices=PERIODS,
        initial=EVERYTHING,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择哪段时间。")},
    )
    starts_on = forms.DateField(label=_("从哪天"), required=False, widget=forms.DateInput(attrs=DAY))
    ends_on = forms.DateField(label=_("到哪天"), required=False, widget=forms.DateInput(attrs=DAY))
    sections = forms.MultipleChoiceField(
        label=_("二、哪些内容"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请至少勾选一项内容。")},
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, open_to: Collection[str], now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        offered = [(slug, section.title) for slug, section in SECTIONS.items() if section.category in open_to]
        self.fields["sections"].choices = offered  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["sections"].initial = [slug for slug, _title in offered]

    def clean(self) -> dict[str, Any]:
        """A period of one's own needs a day, and ends after it begins."""
        found: dict[str, Any] = super().clean() or {}
        starts, ends = found.get("starts_on"), found.get("ends_on")
        if found.get("period") == BETWEEN and not self.has_error("starts_on") and not self.has_error("ends_on"):
            if not starts and not ends:
                self.add_error("starts_on", _("请写从哪天到哪天，可以只写一个。"))
            elif starts and ends and ends < starts:
                self.add_error("ends_on", _("结束日期早于开始日期。"))
        return found

    @property
    def wanted(self) -> Wanted:
        """What a valid form asks for, its sections in the order of the booklet."""
        told = self.cleaned_data
        sections = [slug for slug in SECTIONS if slug in told["sections"]]
        if told["period"] == YEAR:
            return Wanted(sections, *last_year(self.now))
        if told["period"] == BETWEEN:
            return Wanted(sections, told["starts_on"], told["ends_on"])
        return Wanted(sections)
