"""接入应用: programs as the bureau registers them; a secret is shown once, and kept as a hash."""

import secrets
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import clock
from foundation.rowsecurity import may_at_bureau
from residents.connected import tokens
from residents.connected.forms import ProgramForm
from residents.models import Program


@admin.register(Program)
class ProgramAdmin(admin.ModelAdmin):
    """Registered and changed by the bureau's administrators; never deleted, but switched off."""

    form = ProgramForm
    list_display = ["name", "operator", "confidential", "is_active", "registered_at"]
    list_filter = ["is_active"]
    search_fields = ["name", "operator"]
    ordering = ["name"]
    actions = ["new_secret"]
    show_full_result_count = False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Its number and since when, once it is registered."""
        return [*ProgramForm.Meta.fields, *(["id", "registered_at"] if obj else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Whether it keeps a secret is settled when it is registered."""
        return ["id", "registered_at", *(["confidential"] if obj else [])]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and may_at_bureau("administrator")

    def save_model(self, request: HttpRequest, obj: Program, form: Any, change: bool) -> None:
        """Only the columns that staff may write."""
        if change:
            if columns := [name for name in form.changed_data if name in ProgramForm.Meta.fields]:
                obj.save(update_fields=columns)
            return
        account: Any = request.user
        obj.registered_at, obj.registered_by = clock.now(), account.pk
        obj.save(force_insert=True)

    @admin.action(description=gettext_lazy("换发密钥（只显示一次，旧的马上作废）"), permissions=["change"])
    def new_secret(self, request: HttpRequest, programs: QuerySet[Program]) -> HttpResponse | None:
        """A new secret for one program, on a page of its own: it is kept nowhere and shown never again."""
        program = programs.filter(confidential=True).first() if len(programs) == 1 else None
        secret = secrets.token_urlsafe(32)
        if program is None or not tokens.set_secret(program, secret):
            messages.error(request, _("请只选一个“有自己的服务器”的应用。"))
            return None
        self.log_change(request, program, [{"added": {"name": _("密钥"), "object": program.name}}])
        return TemplateResponse(request, "residents/connected/secret.html", {"program": program, "secret": secret})
