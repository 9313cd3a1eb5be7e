"""What staff do about persons' questions, each answered once; and the texts that persons agree to."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from foundation import clock
from foundation.rowsecurity import may_at_bureau
from residents.connected.admin import ProgramAdmin
from residents.models import AccessCase, ConsentText, Correction

__all__ = ["ProgramAdmin"]  # registered by being imported


class AnswerForm(forms.ModelForm):
    """What was found, in words for the person who asked."""

    class Meta:
        model = AccessCase
        fields = ["verdict", "answer"]
        widgets = {"answer": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = True
        self.fields["answer"].help_text = _("写给居民看：谁、为什么看的、怎么处理。不要写病情。")


class CorrectionAnswerForm(AnswerForm):
    """What was done about it, in words for the person."""

    class Meta:
        model = Correction
        fields = AnswerForm.Meta.fields
        widgets = AnswerForm.Meta.widgets


class AnsweredOnce(admin.ModelAdmin):
    """Questions of persons: read by those who owe the answer, answered once, never by whoever is asked about."""

    asked_about = ""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        if obj is None or not allowed:
            return allowed
        return obj.answered_at is None and getattr(obj, self.asked_about, None) != request.user.pk

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [str(name) for name in self.fields or [] if name not in {"verdict", "answer"}]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        account: Any = request.user
        changed = self.model.objects.filter(pk=obj.pk, answered_at=None).update(
            verdict=obj.verdict,
            answer=obj.answer,
            answered_by=account.pk,
            answered_by_name=account.name,
            answered_at=clock.now(),
        )
        if not changed:
            raise PermissionDenied(_("这个问题刚刚已经有人答复了。"))


@admin.register(AccessCase)
class AccessCaseAdmin(AnsweredOnce):
    """我不认识这次访问, the most urgent first."""

    form = AnswerForm
    asked_about = "actor_id"
    list_display = ["opened_at", "facility", "actor_name", "capacity", "due_at", "verdict", "answered_at"]
    list_filter = ["verdict", "capacity"]
    list_select_related = ["facility"]
    ordering = ["-answered_at", "due_at"]
    fields = [
        *["opened_at", "remark", "actor_name", "facility", "capacity", "first_at", "last_at", "due_at"],
        *["verdict", "answer", "answered_by_name", "answered_at"],
    ]


@admin.register(Correction)
class CorrectionAdmin(AnsweredOnce):
    """更正申请, the most urgent first."""

    form = CorrectionAnswerForm
    list_display = ["asked_at", "facility", "subject", "due_at", "verdict", "answered_at"]
    list_filter = ["subject", "verdict"]
    list_select_related = ["facility"]
    ordering = ["-answered_at", "due_at"]
    fields = [
        *["asked_at", "resident", "facility", "subject", "text", "due_at"],
        *["verdict", "answer", "answered_by_name", "answered_at"],
    ]


class ConsentTextForm(forms.ModelForm):
    """The next version of a text; whoever agreed to an earlier one is asked again."""

    class Meta:
        model = ConsentText
        fields = ["purpose", "audience", "title", "body", "withdrawal", "effective_from"]
        widgets = {"body": forms.Textarea(attrs={"rows": 8}), "withdrawal": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "effective_from" in self.fields:
            self.fields["effective_from"].required = False
            self.fields["effective_from"].help_text = _("留空则立即生效；生效后不能再改，只能再发一个新版本。")

    def clean_effective_from(self) -> datetime:
        """Never in the past: nobody agreed to these words then."""
        return max(self.cleaned_data["effective_from"] or clock.now(), clock.now())


@admin.register(ConsentText)
class ConsentTextAdmin(admin.ModelAdmin):
    """授权同意书: versions are added by the bureau, and never changed."""

    form = ConsentTextForm
    list_display = ["title", "purpose", "audience", "version", "effective_from"]
    list_filter = ["purpose", "audience"]
    ordering = ["purpose", "audience", "-version"]
    fields = ["purpose", "audience", "title", "body", "withdrawal", "effective_from"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and may_at_bureau("administrator")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ConsentText, form: Any, change: bool) -> None:
        earlier = ConsentText.objects.filter(purpose=obj.purpose, audience=obj.audience)
        obj.version = (earlier.aggregate(Max("version"))["version__max"] or 0) + 1
        obj.save(force_insert=True)
