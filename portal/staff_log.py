"""What the staff site writes down: every change, and every look at rows that speak of a person."""

from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.admin import ModelAdmin, ShowFacets, display
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db import models
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern

from facilities.models import Facility
from facilities.querysets import workplace
from foundation import clock
from foundation.middleware import reference_of
from portal.staff import sent_to_staff_login
from residents.access import address_of, record_staff_event
from residents.models import Account, Resident

# Rows without a resident's key that still tell of a person.
PERSONAL = {"exchange.held", "residents.accessevent"}
# Nothing is deleted here, and the history is the access log.
DROPPED = ("_delete", "_history")


# The browser's own pickers: one labelled box each, good on a phone, where Django would show two without a label.
PICKERS: dict[Any, dict[str, Any]] = {
    models.DateTimeField: {
        "form_class": forms.DateTimeField,
        "widget": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    },
    models.DateField: {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")},
    models.TimeField: {"widget": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")},
}


def logged(admin_class: type[ModelAdmin]) -> type[ModelAdmin]:
    """`admin_class` with the staff site's rules: everything is written down, nothing is deleted."""
    own = {
        "__module__": admin_class.__module__,
        "formfield_overrides": {**PICKERS, **admin_class.formfield_overrides},
    }
    return type(f"Logged{admin_class.__name__}", (LoggedAdmin, admin_class), own)


def speaks_of_persons(model: type[Model]) -> bool:
    """Whether looking at a row of `model` is a look at a person."""
    return model._meta.label_lower in PERSONAL or any(
        field.attname == "resident_id" for field in model._meta.concrete_fields
    )


def record(request: HttpRequest, action: str, subject: Model | type[Model], purpose: str = "") -> None:
    """One event about `subject` (a row, or a whole list), at its facility or else where its reader works."""
    account = request.user
    assert isinstance(account, Account)
    record_staff_event(
        account=account,
        action=action,
        now=clock.now(),
        subject=subject,
        resident_id=_person(subject),
        facility_id=_place(subject) or workplace(account.pk),
        purpose=purpose,
        address=address_of(request),
        reference=reference_of(request),
    )


def _person(subject: Model | type[Model]) -> UUID | None:
    if isinstance(subject, Resident):
        return subject.pk
    return getattr(subject, "resident_id", None) if isinstance(subject, Model) else None


def _place(subject: Model | type[Model]) -> UUID | None:
    if isinstance(subject, Facility):
        return subject.pk
    if isinstance(subject, Resident):  # who looked stands where they work, not where the person is registered
        return None
    return getattr(subject, "facility_id", None) if isinstance(subject, Model) else None


def changed_fields(message: object) -> str:
    """What a form changed: the names of the fields, never a value and never an object's own words."""
    entries = message if isinstance(message, list) else []
    deeds = (deed for entry in entries for deed in entry.values() if "object" not in deed)
    names = "、".join(str(name) for deed in deeds for name in deed.get("fields", []))
    return f"修改：{names}"[:200] if names else ""


@cache
def unlinked(field: models.ForeignKey) -> Callable[[Model], str]:
    """What a foreign key points to, by name only. The same function each time: a form finds its fields by equality."""

    @display(description=field.verbose_name, empty_value="—")
    def named(obj: Model) -> str:
        return str(getattr(obj, field.name) or "")

    return named


class LoggedAdmin(ModelAdmin):
    """Put before a room's own admin class when it is registered (`portal.staff.StaffSite.register`)."""

    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    view_on_site = False
    actions_on_top = True  # without any place for actions Django writes an inline style
    autocomplete_fields = ()  # Select2's box has no name for a screen reader; a plain list of places has

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        record(request, "staff.added", obj)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        record(request, "staff.changed", obj, changed_fields(message))

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        for obj in queryset:
            record(request, "staff.deleted", obj)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        obj = kwargs.get("obj")
        if obj is not None and speaks_of_persons(self.model):
            record(request, "staff.read", obj)
        return super().render_change_form(request, context, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = self.opts.verbose_name_plural
        response = super().changelist_view(request, {"title": title, **(extra_context or {})})
        if isinstance(response, TemplateResponse) and speaks_of_persons(self.model):
            record(request, "staff.listed", self.model)
        return response

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        """The plain choice: each thing is added on its own page, not in a window of another one's."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Django links each foreign key shown; here only to what the reader may open."""
        return [self._shown(name, request) for name in super().get_readonly_fields(request, obj)]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The same for a page that is only for reading, where every field is readonly."""
        fixed = set(super().get_readonly_fields(request, obj))
        reading = obj is not None and not self.has_change_permission(request, obj)

        def shown(name: Any) -> Any:
            if isinstance(name, list | tuple):
                return [shown(one) for one in name]
            return self._shown(name, request) if reading or name in fixed else name

        fieldsets = super().get_fieldsets(request, obj)
        return [(title, {**facts, "fields": [shown(name) for name in facts["fields"]]}) for title, facts in fieldsets]

    def _shown(self, name: Any, request: HttpRequest) -> Any:
        """A field's name, or its plain text where it points to something without a page for this reader."""
        field = next((field for field in self.opts.fields if field.name == name), None)
        if not isinstance(field, models.ForeignKey) or not self.admin_site.is_registered(field.related_model):
            return name
        page = self.admin_site.get_model_admin(field.related_model)
        return name if page.has_view_permission(request) else unlinked(field)

    def get_changelist_formset(self, request: HttpRequest, **kwargs: Any) -> Any:
        """Each box in a list named by its column, which a screen reader cannot see."""
        formset = super().get_changelist_formset(request, **kwargs)
        for field in formset.form.base_fields.values():
            field.widget.attrs["aria-label"] = field.label
        return formset

    def get_urls(self) -> list[URLPattern]:
        """The room's pages without deletion, history and Django's addresses of before 1.9."""
        kept = [entry for entry in super().get_urls() if entry.name and not entry.name.endswith(DROPPED)]
        for entry in kept:
            sent_to_staff_login(entry.callback)
        return kept

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        """A stranger's row and a missing one are the same 404 here too (Django would go back to the index)."""
        raise Http404
