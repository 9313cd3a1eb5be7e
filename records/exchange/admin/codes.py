"""What a facility's own codes stand for."""

from django.contrib import admin
from django.forms import Form
from django.http import HttpRequest

from records.exchange.models import CodeMapping


@admin.register(CodeMapping)
class CodeMappingAdmin(admin.ModelAdmin):
    """What a laboratory's own codes stand for."""

    list_display = ["local_code", "local_name", "standard_code", "unit_code", "source"]
    list_filter = ["source"]
    list_select_related = ["source"]
    search_fields = ["=local_code", "=standard_code", "local_name"]
    fields = ["source", "local_code", "local_name", "standard_system", "standard_code", "unit_code"]
    show_full_result_count = False

    def save_model(self, request: HttpRequest, obj: CodeMapping, form: Form, change: bool) -> None:
        """A mapping belongs to the facility of its source."""
        obj.facility_id = obj.source.facility_id
        super().save_model(request, obj, form, change)
