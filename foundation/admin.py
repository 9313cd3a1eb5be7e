"""Dated settings for staff: what is in force now, and a form that adds the next value. Past rows stay as they were."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from foundation import clock, dated
from foundation.models import DatedSetting
from foundation.rowsecurity import may_at_bureau

FILLING_IN = timedelta(minutes=15)  # "now" when the form was opened still means now when it is sent


def field_for(registered: dated.Registered) -> forms.Field:
    """An input that can only hold values of the setting's type."""
    default = registered.default
    if isinstance(default, bool):
        choices = [("True", _("是")), ("False", _("否"))]
        return forms.TypedChoiceField(choices=choices, coerce=lambda text: text == "True")
    if isinstance(default, int):
        return forms.IntegerField()
    if isinstance(default, float):
        return forms.FloatField()
    if isinstance(default, str):
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)
    return forms.JSONField(widget=forms.Textarea(attrs={"rows": 6}))


class DatedSettingForm(forms.ModelForm):
    """The next value of one setting; `registered` and `now` are set by the page."""

    registered: dated.Registered
    now: datetime

    key = forms.CharField(label=_("设置项"), disabled=True, widget=AdminTextInputWidget)
    valid_from = forms.DateTimeField(
        label=_("生效时间"),
        required=False,
        help_text=_("留空则立即生效；不能早于现在，过去的取值不会改变。"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    class Meta:
        model = DatedSetting
        fields = ["key", "value", "valid_from", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"] = field_for(self.registered)
        self.fields["value"].label = _("新的取值")
        self.fields["value"].help_text = _("现在是 %(now)s，默认为 %(default)s。") % {
            "now": dated.setting(self.registered.key, self.now),
            "default": self.registered.default,
        }
        self.fields["key"].initial = self.registered.key
        self.fields["key"].help_text = str(self.registered.label)

    def clean_value(self) -> Any:
        value = self.cleaned_data["value"]
        self.registered.check(value)
        return value

    def clean_valid_from(self) -> datetime:
        chosen: datetime | None = self.cleaned_data["valid_from"]
        if chosen is not None and chosen < self.now - FILLING_IN:
            raise ValidationError(_("生效时间不能早于现在。需要立即生效时请留空。"))
        return max(chosen or self.now, self.now)


@admin.register(DatedSetting)
class DatedSettingAdmin(admin.ModelAdmin):
    """First what holds now, then every row ever added."""

    list_display = ["key", "value", "valid_from", "note"]
    list_filter = ["key"]
    search_fields = ["key"]
    change_list_template = "portal/staff_settings.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A setting holds for the whole county."""
        return super().has_add_permission(request) and may_at_bureau("administrator")

    def has_change_permission(self, request: HttpRequest, obj: DatedSetting | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"settings": in_force(clock.now()), **(extra_context or {})})

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        if "key" not in request.GET:
            return redirect("admin:foundation_datedsetting_changelist")
        if request.GET["key"] not in dated.REGISTRY:
            raise Http404
        title = _("更改参数：%(label)s") % {"label": dated.REGISTRY[request.GET["key"]].label}
        facts = {"title": title, "show_save_and_add_another": False, "show_save_and_continue": False}
        return super().add_view(request, form_url, {**facts, **(extra_context or {})})

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None:
            return super().get_form(request, obj, change, **kwargs)
        facts = {"registered": dated.REGISTRY[request.GET["key"]], "now": clock.now()}
        return type("NextValueForm", (DatedSettingForm,), facts)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def save_model(self, request: HttpRequest, obj: DatedSetting, form: Any, change: bool) -> None:
        obj.changed_by = request.user.pk
        super().save_model(request, obj, form, change)
        transaction.on_commit(partial(dated.forget, obj.key))


def in_force(now: datetime) -> list[dict[str, Any]]:
    """Every registered setting with the value in force at `now`, its default, and the next value if one is dated."""
    rows: dict[str, list[DatedSetting]] = {}
    for row in DatedSetting.objects.filter(key__in=dated.REGISTRY).order_by("key", "-valid_from"):
        rows.setdefault(row.key, []).append(row)
    return [_line(registered, rows.get(key, []), now) for key, registered in sorted(dated.REGISTRY.items())]


def _line(registered: dated.Registered, rows: list[DatedSetting], now: datetime) -> dict[str, Any]:
    current = next((row for row in rows if row.valid_from <= now), None)
    coming = [row for row in rows if row.valid_from > now]
    return {
        "key": registered.key,
        "label": registered.label,
        "default": registered.default,
        "value": current.value if current else registered.default,
        "since": current.valid_from if current else None,
        "next": coming[-1] if coming else None,
    }
