"""Messages that could not be applied: try again, or say that it is settled.

The text of a held message is not shown here: it may hold a document number and results of a person the engineer has no
reason to know, and only the worker may open what was received (docs/connect/fhir.md says how to find the message at
the facility instead).
"""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from foundation import clock
from records.exchange.forms import HeldForm
from records.exchange.models import Held
from records.exchange.sentences import shown


class OpenFilter(admin.SimpleListFilter):
    """Held messages that still need somebody, unless asked otherwise."""

    title = gettext_lazy("处理情况")
    parameter_name = "done"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("已处理"))]

    def choices(self, changelist: Any) -> Any:
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": _("待处理"),
        }
        yield from list(super().choices(changelist))[1:]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Held]) -> QuerySet[Held]:
        return queryset.filter(resolved_at__isnull=self.value() is None)


@admin.register(Held)
class HeldAdmin(admin.ModelAdmin):
    """What could not be applied, why, and what to do: try again, or say that it is settled."""

    form = HeldForm
    list_display = ["kind", "said", "identifier", "source", "held_at", "retry_requested_at"]
    list_filter = [OpenFilter, "reason"]
    list_select_related = ["source"]
    search_fields = ["=identifier", "source__name"]
    fields = [
        "kind",
        "identifier",
        "version",
        "said",
        "source",
        "facility",
        "held_at",
        "retry_requested_at",
        "resolved_at",
        "resolved_by",
        "resolution",
    ]
    readonly_fields = [
        "kind",
        "identifier",
        "version",
        "said",
        "source",
        "facility",
        "held_at",
        "retry_requested_at",
        "resolved_at",
        "resolved_by",
    ]
    actions = ["try_again"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Held | None = None) -> bool:
        """A message that is settled stays as it was settled."""
        return super().has_change_permission(request, obj) and (obj is None or obj.resolved_at is None)

    def save_model(self, request: HttpRequest, obj: Held, form: Form, change: bool) -> None:
        obj.resolved_at, obj.resolved_by = clock.now(), str(request.user)
        obj.save(update_fields=["resolved_at", "resolved_by", "resolution"])

    @admin.display(description=gettext_lazy("原因和办法"))
    def said(self, held: Held) -> str:
        """Why it could not be applied and what to do, in the reader's language."""
        return format_html("<strong>{}</strong><br>{}", held.get_reason_display(), shown(held.explanation))

    @admin.action(description=gettext_lazy("重新处理所选消息"), permissions=["change"])
    def try_again(self, request: HttpRequest, held: QuerySet[Held]) -> None:
        """Ask the worker for another try: the wish is a row, which its next sweep finds."""
        open_ones = held.filter(resolved_at=None)
        for row in open_ones:
            self.log_change(request, row, [{"changed": {"fields": [_("申请重新处理的时间")]}}])
        count = open_ones.update(retry_requested_at=clock.now())
        done = ngettext("已申请重新处理 %(count)d 条消息。", "已申请重新处理 %(count)d 条消息。", count)
        messages.success(request, done % {"count": count})
