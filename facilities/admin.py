"""Facilities, departments, doctors and roles on the staff site.

Departments and doctors are public, so row-level security lets everyone read them; a manager is shown those of the
facilities where the database would accept a change.
"""

from typing import Any

from django.contrib import admin, messages
from django.db.models import ForeignKey, Model, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from facilities import actions
from facilities.forms import DepartmentChoice, MembershipForm, PractitionerForm
from facilities.models import Department, Facility, Membership, Practitioner
from facilities.querysets import facilities_reached
from facilities.roles import Role
from foundation import clock
from foundation.rowsecurity import may_at_bureau

MANAGERS = (Role.ADMINISTRATOR, Role.MANAGER)


@admin.register(Facility)
class FacilityAdmin(admin.ModelAdmin):
    list_display = ["name", "code", "level", "parent", "onboarding", "is_active"]
    list_filter = ["level", "onboarding", "is_active"]
    list_select_related = ["parent"]
    search_fields = ["name", "code"]
    autocomplete_fields = ["parent"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and may_at_bureau(Role.ADMINISTRATOR)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A facility's level decides what its people reach, so nobody but the bureau sets it."""
        return super().has_change_permission(request, obj) and may_at_bureau(Role.ADMINISTRATOR)


class OwnFacilityAdmin(admin.ModelAdmin):
    """Rows of the facilities where the account holds a role, to be changed where it manages."""

    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(facility__in=facilities_reached(*Role.values))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or obj.facility_id in facilities_reached(*MANAGERS))

    def formfield_for_foreignkey(
        self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        if db_field.name == "facility":
            kwargs["queryset"] = Facility.objects.filter(pk__in=facilities_reached(*MANAGERS))
        elif db_field.name == "department":
            own = Department.objects.filter(facility__in=facilities_reached(*MANAGERS))
            kwargs |= {"queryset": own.select_related("facility"), "form_class": DepartmentChoice}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Department)
class DepartmentAdmin(OwnFacilityAdmin):
    list_display = ["name", "code", "facility", "location", "takes_bookings", "is_active"]
    list_filter = ["is_active"]
    list_select_related = ["facility"]
    search_fields = ["name", "code", "facility__name"]


@admin.register(Practitioner)
class PractitionerAdmin(OwnFacilityAdmin):
    form = PractitionerForm
    list_display = ["name", "code", "title", "department", "facility", "is_active"]
    list_filter = ["is_active"]
    list_select_related = ["facility", "department"]
    search_fields = ["name", "code", "facility__name"]


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    """Roles are given and ended, never rewritten: so it stays visible who could do what, when."""

    form = MembershipForm
    list_display = ["account_name", "role", "facility", "starts_at", "ended_at"]
    list_filter = ["role"]
    list_select_related = ["facility"]
    search_fields = ["account_name", "facility__name"]
    autocomplete_fields = ["facility"]
    actions = ["end"]
    show_full_result_count = False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("username", "facility", "role")
        return ("account_name", "facility", "role", "starts_at", "ended_at")

    def get_form(self, request: HttpRequest, obj: Any | None = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None:
            kwargs["fields"] = []  # a given role is only shown
        return super().get_form(request, obj, change, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and obj is None

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        obj.starts_at = clock.now()
        obj.save(force_insert=True)

    @admin.action(description=gettext_lazy("结束所选角色（立即生效）"), permissions=["change"])
    def end(self, request: HttpRequest, memberships: QuerySet[Membership]) -> None:
        for membership in memberships:
            try:
                if actions.end_role(membership=membership, now=clock.now()):
                    self.log_change(request, membership, [{"changed": {"fields": [_("结束时间")]}}])
                    messages.success(request, _("已结束：%(role)s。") % {"role": membership})
            except actions.LastAdministrator as refusal:
                messages.error(request, str(refusal))
