"""What staff do about persons' questions: the cases of their facility, each answered once."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from foundation import clock
from residents.models import AccessCase


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


@admin.register(AccessCase)
class AccessCaseAdmin(admin.ModelAdmin):
    """The most urgent first; the person who is asked about does not answer."""

    form = AnswerForm
    list_display = ["opened_at", "facility", "actor_name", "capacity", "due_at", "verdict", "answered_at"]
    list_filter = ["verdict", "capacity"]
    list_select_related = ["facility"]
    ordering = ["answered_at", "due_at"]
    fields = [
        "opened_at", "remark", "actor_name", "facility", "capacity", "first_at", "last_at", "due_at",
        "verdict", "answer", "answered_by_name", "answered_at",
    ]  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Open cases of others: an answer is written once, and never by the person it is about."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or (obj.answered_at is None and obj.actor_id != request.user.pk))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [name for name in self.fields if name not in {"verdict", "answer"}]

    def save_model(self, request: HttpRequest, obj: AccessCase, form: Any, change: bool) -> None:
        account: Any = request.user
        changed = AccessCase.objects.filter(pk=obj.pk, answered_at=None).update(
            verdict=obj.verdict,
            answer=obj.answer,
            answered_by=account.pk,
            answered_by_name=account.name,
            answered_at=clock.now(),
        )
        if not changed:
            raise ValidationError(_("这个问题刚刚已经有人答复了。"))
