"""Which results count elsewhere: rules made by the county, never changed; quality marks, which can be ended early."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from facilities.models import Facility
from foundation import clock
from foundation.rowsecurity import asked
from records.models import QualityMark, RecognitionRule
from residents.models import Account


class SignedAdmin(admin.ModelAdmin):
    """A row that bears its maker's name and the day from which it holds, never an earlier one."""

    show_full_result_count = False
    made: list[str] = []

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.made if obj is None else [*self.made, "made_at", "made_name"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"starts_on": timezone.localdate(clock.now())}

    def sign(self, request: HttpRequest, obj: Any) -> None:
        """Write down who made it, and when."""
        account = request.user
        assert isinstance(account, Account)
        obj.made_at, obj.made_by, obj.made_name = clock.now(), account.pk, account.name


@admin.register(RecognitionRule)
class RecognitionRuleAdmin(SignedAdmin):
    """A newer rule of the same item takes the older one's place; "不互认" ends it."""

    made = ["name", "category", "code_system", "code", "title", "scope", "label", "valid_days", "needs_mark"]
    made += ["starts_on", "reason"]
    list_display = ["name", "category", "code", "title", "scope", "label", "valid_days", "needs_mark", "starts_on"]
    list_filter = ["category", "scope"]
    search_fields = ["name", "code", "title"]

    def save_model(self, request: HttpRequest, obj: RecognitionRule, form: ModelForm, change: bool) -> None:
        obj.starts_on = max(obj.starts_on, timezone.localdate(clock.now()))
        self.sign(request, obj)
        obj.save(force_insert=True)


@admin.register(QualityMark)
class QualityMarkAdmin(SignedAdmin):
    """A facility's own, or any facility's for the county; afterwards only its last day can be changed."""

    made = ["facility", "category", "code_system", "code", "title", "starts_on", "ends_on", "evidence"]
    list_display = ["facility", "category", "code", "title", "starts_on", "ends_on"]
    list_filter = ["category"]
    list_select_related = ["facility"]
    search_fields = ["code", "title"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return [] if obj is None else [name for name in self.get_fields(request, obj) if name != "ends_on"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only where this account keeps marks."""
        if db_field.name == "facility":
            places = asked("SELECT app.facilities_for(%s::text[])", [["administrator", "manager"]])
            kwargs["queryset"] = Facility.objects.filter(pk__in=places)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: QualityMark, form: ModelForm, change: bool) -> None:
        if change:
            obj.save(update_fields=["ends_on"])
            return
        self.sign(request, obj)
        obj.save(force_insert=True)
