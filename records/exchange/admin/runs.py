"""Runs against feeds: what each brought, and why it failed."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from records.exchange.models import Pull
from records.exchange.sentences import shown


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that only the worker writes."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Pull)
class PullAdmin(ReadOnlyAdmin):
    list_display = [
        "source",
        "started_at",
        "outcome",
        "fetched",
        "new",
        "repeated",
        "skipped",
        "held",
        "failed",
        "said",
    ]
    list_filter = ["outcome"]
    list_select_related = ["source"]
    search_fields = ["source__name", "source__code"]
    fields = [
        "source",
        "facility",
        "started_at",
        "ended_at",
        "outcome",
        "fetched",
        "new",
        "repeated",
        "skipped",
        "held",
        "failed",
        "said",
    ]

    @admin.display(description=gettext_lazy("说明"))
    def said(self, pull: Pull) -> str:
        """Why it failed, or what must be heard of it all the same, in the reader's language."""
        return shown(pull.error)
