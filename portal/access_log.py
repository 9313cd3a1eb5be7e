"""The access log as an auditor reads it: one day of it, or one person's. The database decides which rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from facilities.models import Facility
from facilities.querysets import facilities_reached
from facilities.roles import Role
from foundation import clock
from portal.people.doors import origin_of
from portal.staff_log import record
from residents import documents
from residents.documents import Document
from residents.models import AccessEvent
from residents.models.access import Capacity
from residents.openings import SHORTEST_REASON, audited_person
from residents.presenters import Words, action_words
from residents.reconciliation import latest, troubled

PER_PAGE = 50
OF_A_PERSON = 200
DEEDS: dict[str, Words] = {
    "staff.added": gettext_lazy("添加"),
    "staff.changed": gettext_lazy("修改"),
    "staff.read": gettext_lazy("查看"),
    "staff.listed": gettext_lazy("打开列表"),
    "staff.searched": gettext_lazy("查找居民"),
    "residents.refused_assist": gettext_lazy("帮办码没有对上"),
    "residents.refused_emergency": gettext_lazy("紧急调阅没有对上"),
    "audit.looked_up_person": gettext_lazy("按证件号码查访问记录"),
    "audit.reviewed_emergency": gettext_lazy("核查紧急调阅"),
    "approvals.asked": gettext_lazy("提出双人审批"),
    "approvals.approved": gettext_lazy("同意了申请"),
    "approvals.refused": gettext_lazy("不同意申请"),
    "accounts.switched_off": gettext_lazy("停用账号"),
    "accounts.roles_ended": gettext_lazy("结束本机构的角色"),
    "accounts.printed_code": gettext_lazy("打印了登记码"),
    "facilities.changed_reach": gettext_lazy("改变了机构的管辖关系"),
    "settings.changed": gettext_lazy("更改了参数"),
    "people.exported": gettext_lazy("导出居民名单"),
}


@dataclass(frozen=True)
class Line:
    """One event as the auditor reads it."""

    event: AccessEvent
    deed: Words
    subject: str
    place: str


class AskForm(forms.Form):
    """Which events of a day; one person's are asked for by document number, with a reason, and in the body only."""

    day = forms.DateField(label=gettext_lazy("日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    actor = forms.CharField(label=gettext_lazy("操作人"), required=False, max_length=100)
    capacity = forms.ChoiceField(
        label=gettext_lazy("身份"), required=False, choices=[("", gettext_lazy("全部")), *Capacity.choices]
    )
    facility = forms.ModelChoiceField(
        label=gettext_lazy("机构"), required=False, queryset=Facility.objects.none(), empty_label=gettext_lazy("全部")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["facility"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Facility.objects.filter(pk__in=facilities_reached(Role.AUDITOR))


class PersonForm(forms.Form):
    """Whose log, and why."""

    number = forms.CharField(
        label=gettext_lazy("居民证件号码"), max_length=30, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    reason = forms.CharField(
        label=gettext_lazy("查询理由"),
        min_length=SHORTEST_REASON,
        max_length=200,
        error_messages={"min_length": gettext_lazy("请写明理由，至少5个字。")},
    )
    document: Document | None = None

    def clean_number(self) -> str:
        """The number; its document beside it."""
        self.document = documents.read(self.cleaned_data["number"], timezone.localdate(clock.now()))
        return self.document.number


def access_log(request: HttpRequest) -> HttpResponse:
    """Who did what on one day, newest first; reading it is an event too. Auditors only."""
    if not request.user.has_perm("residents.view_accessevent"):
        raise PermissionDenied
    if request.method == "POST":
        return _of_person(request)
    now = clock.now()
    form = AskForm(request.GET)
    form.is_valid()
    day = day_of(request.GET.get("day", ""), now)
    page = events(day, form.cleaned_data, request.GET.get("page"))
    record(request, "staff.listed", AccessEvent)
    return _shown(request, page, {"day": day, "ask": form, "person": PersonForm()}, now)


def _of_person(request: HttpRequest) -> HttpResponse:
    """The newest events about one person, as far as this auditor's facilities go. Asking is an event about them."""
    now, form = clock.now(), PersonForm(request.POST)
    found: QuerySet[AccessEvent] = AccessEvent.objects.none()
    if form.is_valid() and form.document is not None:
        origin = origin_of(request)
        person = audited_person(document=form.document, reason=form.cleaned_data["reason"], origin=origin)
        found = AccessEvent.objects.filter(resident_id=person) if person else found
    page = Paginator(found.order_by("-at", "-id")[:OF_A_PERSON], OF_A_PERSON).get_page(1)
    context = {"day": timezone.localdate(now), "ask": AskForm(), "person": form, "of_person": form.is_valid()}
    return _shown(request, page, context, now)


def _shown(request: HttpRequest, page: Page, context: dict[str, Any], now: datetime) -> HttpResponse:
    whole = {
        **admin.site.each_context(request),
        "title": _("访问记录"),
        "page": page,
        "lines": lines_of(page),
        "compared": latest(now),
        "troubled": troubled(now),
        **context,
    }
    return TemplateResponse(request, "portal/staff_access_log.html", whole)


def day_of(typed: str, now: datetime) -> date:
    """The day that was typed, or today; a day that does not exist is today too."""
    try:
        return parse_date(typed) or timezone.localdate(now)
    except ValueError:
        return timezone.localdate(now)


def events(day: date, wanted: Mapping[str, Any], page: str | None) -> Page:
    """One page of the events of `day` (in the portal's time zone): of one actor, capacity or facility if given."""
    start = timezone.make_aware(datetime.combine(day, time.min))
    found = AccessEvent.objects.filter(at__gte=start, at__lt=start + timedelta(days=1)).order_by("-at", "-id")
    if actor := str(wanted.get("actor") or "").strip():
        found = found.filter(actor_name=actor)
    if capacity := wanted.get("capacity"):
        found = found.filter(capacity=capacity)
    if facility := wanted.get("facility"):
        found = found.filter(facility_id=facility.pk)
    return Paginator(found, PER_PAGE).get_page(page)


def lines_of(page: Page) -> list[Line]:
    """The page's events in words; two statements, however many events."""
    wanted = {event.facility_id for event in page if event.facility_id}
    places = dict(Facility.objects.filter(pk__in=wanted).values_list("pk", "name"))
    return [
        Line(
            event=event,
            deed=DEEDS.get(event.action) or action_words(event.action),
            subject=_kind(event.subject_kind),
            place=places.get(event.facility_id, ""),
        )
        for event in page
    ]


def _kind(label: str) -> str:
    try:
        return str(apps.get_model(label)._meta.verbose_name)
    except (LookupError, ValueError):
        return label
