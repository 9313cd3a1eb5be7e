"""Reports that two feeds sent: which are shown as one, and saying that two of them are not."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from foundation import clock
from records.exchange.models import Fold

SHORTEST_REASON = 4


class PartForm(forms.ModelForm):
    """Why the two are not one report. Saving parts them for good."""

    parted_reason = forms.CharField(
        label=_("为什么不是同一份"),
        min_length=SHORTEST_REASON,
        max_length=200,
        widget=forms.TextInput(attrs={"size": 60, "autocomplete": "off"}),
        help_text=_("例如：居民带来两张化验单，是同一天两次抽血。保存后两份分别列出，以后也不再合并；不能撤销。"),
    )

    class Meta:
        model = Fold
        fields = ["parted_reason"]


@admin.register(Fold)
class FoldAdmin(admin.ModelAdmin):
    """What two facilities sent alike, without whose it is and what it says; both desks may part it, once."""

    form = PartForm
    list_display = ["__str__", "kind", "facility", "other_facility", "folded_at", "ended_at", "parted_name"]
    list_filter = ["kind", ("ended_at", admin.EmptyFieldListFilter)]
    list_select_related = ["facility", "other_facility"]
    search_fields = ["=report_number", "=kept_identifier", "=folded_identifier"]
    search_help_text = _("按报告编号查找")
    readonly_fields = [
        "kind",
        "report_number",
        "facility",
        "kept_identifier",
        "other_facility",
        "folded_identifier",
        "folded_at",
        "ended_at",
        "parted_at",
        "parted_name",
    ]
    fields = [*readonly_fields, "parted_reason"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Fold | None = None) -> bool:
        """What has ended, or was parted, stays as it is."""
        over = obj is not None and (obj.parted_at is not None or obj.ended_at is not None)
        return super().has_change_permission(request, obj) and not over

    def save_model(self, request: HttpRequest, obj: Fold, form: forms.Form, change: bool) -> None:
        """Note who parted them; the worker's next sweep lists both again."""
        account: Any = request.user
        obj.parted_at, obj.parted_by, obj.parted_name = clock.now(), account.pk, str(account)
        obj.save(update_fields=["parted_at", "parted_by", "parted_name", "parted_reason"])
