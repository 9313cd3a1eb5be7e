"""The immunisation schedule as staff keep it: a rule is ended by a date, and another one made."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _

from foundation.rowsecurity import may_at_bureau
from records.models import ScheduledDose

WHOLE = ("vaccine", "names", "codes", "dose", "from_months", "until_months", "sex", "born_from", "valid_from", "source")


class ScheduledDoseForm(forms.ModelForm):
    """A rule that ends after it began, and begins where no other one of the dose still holds."""

    class Meta:
        model = ScheduledDose
        fields = [*WHOLE, "valid_until"]

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the beginning."""
        given = super().clean() or self.cleaned_data
        begins, ends = given.get("valid_from", self.instance.valid_from), given.get("valid_until")
        if begins and ends and ends < begins:
            self.add_error("valid_until", _("停止执行日期不能早于开始执行日期。"))
        return given


@admin.register(ScheduledDose)
class ScheduledDoseAdmin(admin.ModelAdmin):
    """Which vaccination is due at which age, from when until when."""

    form = ScheduledDoseForm
    list_display = ["vaccine", "dose", "from_months", "until_months", "sex", "valid_from", "valid_until", "source"]
    list_filter = ["vaccine"]
    search_fields = ["vaccine"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The schedule is the county's: people of the bureau keep it."""
        return super().has_add_permission(request) and _of_the_bureau()

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """As for adding."""
        return super().has_change_permission(request, obj) and _of_the_bureau()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What was in force stays to be seen."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """A rule is never changed: it is ended, and another one made."""
        return WHOLE if obj else ()

    def save_model(self, request: HttpRequest, obj: ScheduledDose, form: forms.ModelForm, change: bool) -> None:
        """Of a rule that is there only its end is written."""
        obj.save(update_fields=["valid_until"]) if change else obj.save(force_insert=True)


def _of_the_bureau() -> bool:
    return may_at_bureau("administrator") or may_at_bureau("public_health")
