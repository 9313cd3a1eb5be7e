"""Which reviewer may judge texts of which speciality, and the words that editors are warned of."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import clock
from foundation.rowsecurity import asked
from health_education.editing_forms import SpecialityForm
from health_education.models import BannedClaim, ReviewerSpeciality


@admin.register(ReviewerSpeciality)
class ReviewerSpecialityAdmin(admin.ModelAdmin):
    """Given and ended, never rewritten: so it stays visible who could judge what, when."""

    form = SpecialityForm
    list_display = ["account_name", "speciality", "starts_at", "ended_at"]
    list_filter = ["speciality"]
    search_fields = ["account_name"]
    actions = ["end"]
    show_full_result_count = False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("username", "speciality") if obj is None else ("account_name", "speciality", "starts_at", "ended_at")

    def get_form(self, request: HttpRequest, obj: Any | None = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None:
            kwargs["fields"] = []  # what was given is only shown
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.by = request.user.pk
        return form

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Administrators of the bureau and of the county hospital, as the database counts them."""
        return super().has_add_permission(request) and bool(asked("SELECT app.may_appoint_reviewers()"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and obj is None

    def save_model(self, request: HttpRequest, obj: ReviewerSpeciality, form: Any, change: bool) -> None:
        obj.starts_at = clock.now()
        obj.save(force_insert=True)

    @admin.action(description=gettext_lazy("结束所选专业（立即生效）"), permissions=["change"])
    def end(self, request: HttpRequest, chosen: QuerySet[ReviewerSpeciality]) -> None:
        now = clock.now()
        for one in chosen.filter(ended_at__isnull=True):
            if ReviewerSpeciality.objects.filter(pk=one.pk, ended_at__isnull=True).update(ended_at=now):
                self.log_change(request, one, [{"changed": {"fields": [_("结束时间")]}}])
                messages.success(request, _("已结束：%(what)s。") % {"what": one})


@admin.register(BannedClaim)
class BannedClaimAdmin(admin.ModelAdmin):
    """They warn editors and reviewers and block nothing; a word no longer wanted is switched off."""

    list_display = ["words", "reason", "active"]
    list_filter = ["active"]
    search_fields = ["words", "reason"]
    show_full_result_count = False
