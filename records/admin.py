"""What a facility advises after a result that is out of range: made and ended here, never changed."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from facilities.models import Facility
from foundation import clock
from foundation.rowsecurity import asked, may_at_bureau
from records.disputes.admin import DisputeAdmin
from records.models import NextStep
from records.recognition.admin import QualityMarkAdmin, RecognitionRuleAdmin
from records.vaccination.admin import ScheduledDoseAdmin
from residents.models import Account

# What is registered elsewhere and found by Django because this module is loaded.
__all__ = ["DisputeAdmin", "NextStepAdmin", "QualityMarkAdmin", "RecognitionRuleAdmin", "ScheduledDoseAdmin"]

ASKED = ["facility", "item", "flag", "text", "books", "reason", "starts_at", "ends_at"]


class NextStepForm(ModelForm):
    """Whoever works at one facility advises for that facility alone."""

    def clean(self) -> dict[str, Any] | None:
        said = super().clean()
        of_the_county = self.instance._state.adding and said is not None and said.get("facility") is None
        if of_the_county and not may_at_bureau("administrator"):
            self.add_error("facility", _("全县的建议由卫生健康局的系统管理员登记，请选择本机构。"))
        return said


@admin.register(NextStep)
class NextStepAdmin(admin.ModelAdmin):
    """Advice is signed by its maker, and once made can only be ended."""

    form = NextStepForm
    list_display = ["item", "flag", "text", "whose", "starts_at", "ends_at"]
    list_select_related = ["facility"]
    list_filter = ["flag"]
    search_fields = ["=item", "text"]
    show_full_result_count = False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return ASKED if obj is None else [*ASKED, "made_at", "made_name"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return [] if obj is None else [name for name in self.get_fields(request, obj) if name != "ends_at"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only where this account writes advice."""
        if db_field.name == "facility":
            places = asked("SELECT app.facilities_for(%s::text[])", [["administrator", "manager"]])
            kwargs["queryset"] = Facility.objects.filter(pk__in=places)
            kwargs["empty_label"] = _("全县")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"starts_at": clock.now()}

    def save_model(self, request: HttpRequest, obj: NextStep, form: ModelForm, change: bool) -> None:
        now = clock.now()
        if change:
            obj.ends_at = max(obj.ends_at, obj.starts_at) if obj.ends_at else None
            obj.save(update_fields=["ends_at"])
            return
        account = request.user
        assert isinstance(account, Account)
        obj.item, obj.starts_at = obj.item.strip(), max(obj.starts_at, now)
        obj.made_at, obj.made_by, obj.made_name = now, account.pk, account.name
        obj.save(force_insert=True)

    @admin.display(description=gettext_lazy("机构"))
    def whose(self, row: NextStep) -> str:
        """The facility, or the whole county."""
        return str(row.facility.name) if row.facility else _("全县")
