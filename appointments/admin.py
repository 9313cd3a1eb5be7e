"""The desk's pages of this room: rules, sessions with their slots, and who comes today.

Which rows a person sees is the database's business; what they may choose is limited to the same facilities.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Case, QuerySet, Sum, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from appointments import opening, presenters, stop_page, stopping
from appointments.admin_forms import OpenSessionForm, PreparationForm, RuleForm, ServiceForm, SessionForm
from appointments.forms import StopForm
from appointments.guide.admin import GuideSymptomAdmin, GuideVersionAdmin
from appointments.models import (
    Booking,
    GuideSymptom,
    GuideVersion,
    Holiday,
    Preparation,
    Rota,
    RotaException,
    Rule,
    Service,
    Session,
)
from appointments.own_facilities import OPENERS, RULERS, AheadFilter, DayFilter, OwnFacilities
from appointments.refusals import Refusal
from appointments.supply import making
from appointments.supply.admin import HolidayAdmin, RotaAdmin, RotaExceptionAdmin
from appointments.terms import terms_for
from facilities.roles import Role
from foundation import clock
from foundation.middleware import reference_of
from residents.access import address_of

BY_HALF_DAY = Case(
    *[When(period=period, then=Value(place)) for place, period in enumerate(Session.Period.values)]
).asc()


admin.site.register(Rota, RotaAdmin)
admin.site.register(RotaException, RotaExceptionAdmin)
admin.site.register(Holiday, HolidayAdmin)
admin.site.register(GuideVersion, GuideVersionAdmin)
admin.site.register(GuideSymptom, GuideSymptomAdmin)


@admin.register(Rule)
class RuleAdmin(OwnFacilities):
    """Rules are added from a day on; one in force stays as it was, because residents were shown it."""

    form = RuleForm
    readers, writers = (*RULERS, Role.RECEPTION), RULERS
    list_display = ["facility", "department", "number_kind", "valid_from", "window_days", "release_time"]
    list_select_related = ["facility", "department"]
    list_filter = ["valid_from"]
    ordering = ["facility", "department", "-valid_from"]
    show_full_result_count = False

    def has_change_permission(self, request: HttpRequest, obj: Rule | None = None) -> bool:
        begun = obj is not None and obj.valid_from <= timezone.localdate(clock.now())
        return super().has_change_permission(request, obj) and not begun


@admin.register(Preparation)
class PreparationAdmin(OwnFacilities):
    """How to prepare, from a day on; what people were told before stays as it was."""

    form = PreparationForm
    readers, writers = (*RULERS, Role.RECEPTION), (*RULERS, Role.RECEPTION)
    list_display = ["facility", "department", "number_kind", "valid_from", "text"]
    list_select_related = ["facility", "department"]
    ordering = ["facility", "department", "-valid_from"]
    show_full_result_count = False

    def has_change_permission(self, request: HttpRequest, obj: Preparation | None = None) -> bool:
        begun = obj is not None and obj.valid_from <= timezone.localdate(clock.now())
        return super().has_change_permission(request, obj) and not begun

    def has_delete_permission(self, request: HttpRequest, obj: Preparation | None = None) -> bool:
        return False


@admin.register(Service)
class ServiceAdmin(OwnFacilities):
    """The examinations that a trip can take along."""

    form = ServiceForm
    readers, writers = (*RULERS, Role.RECEPTION), RULERS
    list_display = ["name", "department", "fasting", "after_doctor", "order", "minutes", "is_active", "facility"]
    list_select_related = ["facility", "department"]
    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Service | None = None) -> bool:
        return False


@admin.register(Session)
class SessionAdmin(OwnFacilities):
    """Opening sessions of slots, and stopping them (停诊)."""

    readers, writers = (*OPENERS, Role.CLINICIAN), OPENERS
    list_display = ["date", "period", "practitioner", "department", "kind", "places", "progress", "facility"]
    list_display_links = ["date", "period"]
    list_select_related = ["facility", "department", "practitioner"]
    list_filter = [AheadFilter, "state", "kind"]
    search_fields = ["practitioner__name__startswith", "department__name__startswith"]
    ordering = ["date", BY_HALF_DAY, "practitioner"]
    list_per_page = 50
    show_full_result_count = False
    actions = ["publish", "stop"]
    facts = ["facility", "department", "practitioner", "date", "period", "kind", "state"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        sessions: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = sessions.annotate(capacity=Sum("slots__capacity"), taken=Sum("slots__taken"))
        return counted

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **{**kwargs, "form": SessionForm if obj else OpenSessionForm})

    def get_fieldsets(self, request: HttpRequest, obj: Session | None = None) -> Any:
        if obj:
            return [(None, {"fields": [*self.facts, "fee", "location", "places"]})]
        hours = ["start", "end", "minutes", "capacity"]
        return [(None, {"fields": OpenSessionForm.Meta.fields}), (_("时段"), {"fields": hours})]

    def get_readonly_fields(self, request: HttpRequest, obj: Session | None = None) -> list[str]:
        return [*self.facts, "places"] if obj else []

    @admin.display(description=_("已约 / 号源"))
    def places(self, session: Any) -> str:
        return f"{session.taken or 0} / {session.capacity or 0}"

    @admin.display(description=_("状态"), ordering="state")
    def progress(self, session: Session) -> str:
        """The state; of a stopped clinic with the way to whoever has no other time yet."""
        if session.state != Session.State.STOPPED:
            return session.get_state_display()
        page = reverse("staff:desk_stopped", args=[session.pk])
        return format_html('<a href="{}">{}</a>', page, session.get_state_display())

    def save_model(self, request: HttpRequest, obj: Session, form: forms.ModelForm, change: bool) -> None:
        if change:
            obj.save(update_fields=["fee", "location"])
            return
        hours = {name: form.cleaned_data[name] for name in ("start", "end", "minutes", "capacity")}
        terms = terms_for(obj.facility_id, obj.department_id, clock.now(), obj.kind)
        opening.open_session(session=obj, terms=terms, **hours)

    @admin.action(description=_("发布"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        """Open what was made from the rota and looked through; what is open or stopped stays as it is."""
        drafts = list(queryset.filter(state=Session.State.DRAFT))
        count = making.publish(Session.objects.filter(pk__in=[session.pk for session in drafts]))
        for session in drafts:
            self.log_change(request, session, [{"changed": {"fields": ["state"]}}])
        text = ngettext(
            "已发布 %(count)d 个，居民从放号时间起可以预约。", "已发布 %(count)d 个，居民从放号时间起可以预约。", count
        )
        self.message_user(request, text % {"count": count}, messages.SUCCESS if count else messages.WARNING)

    @admin.action(description=_("停诊"), permissions=["change"])
    def stop(self, request: HttpRequest, queryset: QuerySet[Session]) -> HttpResponse | None:
        """First who is affected, then the deed: with a reason, one clinic after the other, each all or nothing."""
        sessions = list(queryset.filter(state=Session.State.OPEN).select_related("practitioner", "department"))
        if not sessions:
            self.message_user(request, _("所选的都不在开放预约，没有可以停诊的。"), messages.WARNING)
            return None
        form = StopForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            context = stop_page.context(sessions, form, clock.now())
            return TemplateResponse(
                request, "appointments/stop.html", {**self.admin_site.each_context(request), **context}
            )
        done = [session for session in sessions if self._stop(request, session, form.cleaned_data["reason"])]
        return redirect("staff:desk_stopped", done[0].pk) if len(sessions) == len(done) == 1 else None

    def _stop(self, request: HttpRequest, session: Session, reason: str) -> bool:
        try:
            with transaction.atomic():
                told = stopping.stop(
                    session=session, reason=reason, address=address_of(request), reference=reference_of(request)
                )
        except Refusal:
            text = _("%(session)s 没有停诊：现在有人正在办理。请稍等几秒再试一次。")
            self.message_user(request, text % {"session": session}, messages.ERROR)
            return False
        self.log_change(request, session, [{"changed": {"fields": ["state"]}}])
        done = ngettext(
            "%(session)s 已停诊，已通知 %(count)d 人改约。", "%(session)s 已停诊，已通知 %(count)d 人改约。", told
        )
        self.message_user(request, done % {"session": session, "count": told}, messages.SUCCESS)
        return True


@admin.register(Booking)
class BookingAdmin(admin.ModelAdmin):
    """Who comes when: to read, by day."""

    list_display = ["time", "number", "resident_name", "practitioner", "department", "status", "facility"]
    list_display_links = None
    list_select_related = ["slot", "session__practitioner", "department", "facility"]
    list_filter = [DayFilter, "period", "status"]
    search_fields = ["resident_name__startswith"]
    ordering = ["slot__starts_at", "session", "number"]
    list_per_page = 100
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Booking | None = None) -> bool:
        return False

    @admin.display(description=_("就诊时间"), ordering="slot__starts_at")
    def time(self, booking: Booking) -> str:
        return presenters.visit_text(booking.slot, clock.now())

    @admin.display(description=_("医生"))
    def practitioner(self, booking: Booking) -> str:
        return booking.session.practitioner.name
