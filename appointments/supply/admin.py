"""The staff's pages of the plan: weekly patterns, days that differ, the country's calendar.

Each change brings the half-days in preparation up to date at once, so that what is to be published can be looked
through. People's bookings are never lost silently: what stands in the way is named, and nothing is changed.
"""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from appointments.models import Holiday, Rota, RotaException
from appointments.own_facilities import OPENERS, AheadFilter, OwnFacilities
from appointments.supply import changing, making
from appointments.supply.forms import (
    EndRotaForm,
    ExceptionForm,
    HolidayForm,
    OneHolidayForm,
    RotaForm,
    in_the_way,
)
from facilities.roles import Role
from foundation import clock
from foundation.places import said_no

READERS = (*OPENERS, Role.CLINICIAN)
OVERLAP = "rotas_of_a_doctor_never_overlap"


class Plan(OwnFacilities):
    """What the database or the bookings refuse at the last moment is said, and nothing was changed."""

    readers, writers = READERS, OPENERS
    show_full_result_count = False
    list_per_page = 100

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except changing.InTheWay as error:
            self.say_in_the_way(request, error)
        except IntegrityError as error:
            if said_no(error)[0] != OVERLAP:
                raise
            text = _("没有登记：这位医生在这个时间已有排班，可能在别的机构。")
            self.message_user(request, text, messages.ERROR)
        return redirect(request.get_full_path())

    def say_in_the_way(self, request: HttpRequest, error: changing.InTheWay) -> None:
        text = _("没有改动：刚有人约了 %(sessions)s。请先停诊，通知他们改约。")
        self.message_user(request, text % {"sessions": in_the_way(error.sessions)}, messages.ERROR)


class RotaAdmin(Plan):
    """Weekly patterns: begun and ended, never rewritten."""

    list_display = ["weekday", "period", "practitioner", "department", "kind", "hours", "places", "span", "facility"]
    list_select_related = ["facility", "department", "practitioner"]
    list_filter = ["weekday", "kind"]
    search_fields = ["practitioner__name__startswith", "department__name__startswith"]
    facts = [
        *("facility", "department", "practitioner", "outreach", "weekday", "period", "kind"),
        *("hours", "places", "fee", "location", "span"),
    ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **{**kwargs, "form": EndRotaForm if obj else RotaForm})

    def get_fieldsets(self, request: HttpRequest, obj: Rota | None = None) -> Any:
        if obj:
            return [
                (None, {"fields": [*self.facts, "last"] if self.has_change_permission(request, obj) else self.facts})
            ]
        who = ["facility", "department", "practitioner", "guest"]
        return [
            (_("谁、在哪里"), {"fields": [*who, "location"]}),
            (_("什么时候"), {"fields": ["weekday", "period", "start", "end", "first", "last"]}),
            (_("号源"), {"fields": ["kind", "minutes", "capacity", "fee"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Rota | None = None) -> list[str]:
        return self.facts if obj else []

    def has_change_permission(self, request: HttpRequest, obj: Rota | None = None) -> bool:
        over = obj is not None and obj.valid.upper is not None and obj.valid.upper <= timezone.localdate(clock.now())
        return super().has_change_permission(request, obj) and not over

    @admin.display(description=_("时间"))
    def hours(self, rota: Rota) -> str:
        return f"{rota.start:%H:%M}–{rota.end:%H:%M}"

    @admin.display(description=_("每段分钟数 / 号源数"))
    def places(self, rota: Rota) -> str:
        return f"{rota.minutes} / {rota.capacity}"

    @admin.display(description=_("有效期"))
    def span(self, rota: Rota) -> str:
        since = f"{rota.valid.lower:%Y-%m-%d}"
        last = rota.valid.upper and rota.valid.upper - timedelta(days=1)
        return f"{since} – {last:%Y-%m-%d}" if last else str(_("%(since)s 起")) % {"since": since}

    def save_model(self, request: HttpRequest, obj: Rota, form: forms.ModelForm, change: bool) -> None:
        now = clock.now()
        if change:
            changing.end_rota(rota=obj, last=form.cleaned_data["last"], now=now)
            return
        obj.practitioner, obj.by, obj.made_at = form.cleaned_data["practitioner"], cast(UUID, request.user.pk), now
        with transaction.atomic():
            obj.save(force_insert=True)
            self.say_made(request, len(making.make_ahead([obj.facility_id], now).made))

    def say_made(self, request: HttpRequest, count: int) -> None:
        """How many half-days wait to be looked through and published."""
        text = ngettext(
            "已生成 %(count)d 个待发布的出诊，请到“出诊与号源”核对、发布；到放号前也会自动发布。",
            "已生成 %(count)d 个待发布的出诊，请到“出诊与号源”核对、发布；到放号前也会自动发布。",
            count,
        )
        self.message_user(request, text % {"count": count})


class RotaExceptionAdmin(Plan):
    """Days that differ: written for several days at once, and withdrawn."""

    form = ExceptionForm
    list_display = ["date", "period_text", "kind", "who", "reason", "withdrawn_at", "facility"]
    list_select_related = ["facility", "department", "practitioner"]
    list_filter = [AheadFilter, "kind"]
    actions = ["withdraw"]

    def get_fieldsets(self, request: HttpRequest, obj: RotaException | None = None) -> Any:
        hours = ["number_kind", "start", "end", "minutes", "capacity", "fee", "location"]
        if obj:
            return [(None, {"fields": ["kind", "facility", "department", "practitioner", "date", "period", "reason"]})]
        return [
            (None, {"fields": ["kind", "facility", "department", "practitioner", "days", "period", "reason"]}),
            (_("加诊才填"), {"fields": ["guest", *hours]}),
        ]

    def has_change_permission(self, request: HttpRequest, obj: RotaException | None = None) -> bool:
        return obj is None and super().has_change_permission(request, obj)

    @admin.display(description=_("午别"))
    def period_text(self, one: RotaException) -> str:
        return one.get_period_display() or str(_("全天"))

    @admin.display(description=_("谁"))
    def who(self, one: RotaException) -> str:
        return str(one.practitioner or one.department or _("全院"))

    def save_model(self, request: HttpRequest, obj: RotaException, form: Any, change: bool) -> None:
        made = changing.add_exceptions(exceptions=form.exceptions(), by=cast(UUID, request.user.pk), now=clock.now())
        obj.pk, obj.date = made[0].pk, made[0].date

    @admin.action(description=_("撤销"), permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[RotaException]) -> None:
        """As if it had not been: who was away is there again; an extra clinic that nobody booked is off."""
        found = [one for one in queryset if one.withdrawn_at is None]
        try:
            changing.withdraw(exceptions=found, now=clock.now())
        except changing.InTheWay as error:
            self.say_in_the_way(request, error)
            return
        for one in found:
            self.log_change(request, one, [{"changed": {"fields": ["withdrawn_at"]}}])
        text = ngettext("已撤销 %(count)d 天。", "已撤销 %(count)d 天。", len(found))
        self.message_user(request, text % {"count": len(found)})


class HolidayAdmin(admin.ModelAdmin):
    """The State Council's calendar, kept by the county's bureau."""

    list_display = ["date", "name", "works_as"]
    ordering = ["-date"]
    show_full_result_count = False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **{**kwargs, "form": OneHolidayForm if obj else HolidayForm})

    def get_fieldsets(self, request: HttpRequest, obj: Holiday | None = None) -> Any:
        return [(None, {"fields": ["date", "name", "works_as"] if obj else ["days", "name", "works_as"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Holiday | None = None) -> list[str]:
        return ["date"] if obj else []

    def save_model(self, request: HttpRequest, obj: Holiday, form: Any, change: bool) -> None:
        if change:
            obj.save(update_fields=["name", "works_as"])
            return
        days = form.cleaned_data["days"]
        Holiday.objects.bulk_create(Holiday(date=day, name=obj.name, works_as=obj.works_as) for day in days)
        obj.pk = days[0]
