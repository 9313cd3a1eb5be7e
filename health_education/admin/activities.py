"""Activities and duty entries at the desk of whoever holds them."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from facilities.querysets import facilities_reached
from foundation import clock
from health_education.activities import words
from health_education.activities.desk import WRITERS
from health_education.activities.forms import ActivityForm, DutyEntryForm
from health_education.admin.accounts import account_of
from health_education.models import Activity, DutyEntry

ALWAYS_OPEN = ("description", "speaker", "topic", "audience", "materials")


class OwnFacilities(admin.ModelAdmin):
    """Shows and offers the facilities where this account may write."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form class of this request, knowing today and the facilities."""
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.today = timezone.localdate(clock.now())
        form.facility_ids = facilities_reached(*WRITERS)
        return form

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(facility__in=facilities_reached(*WRITERS))


@admin.register(Activity)
class ActivityAdmin(OwnFacilities):
    """The facts of an activity. Announcing, calling off, the list and the code are on a page of their own."""

    form = ActivityForm
    list_display = ["page", "when", "stage", "places", "kind", "facility"]
    list_display_links = None
    list_filter = ["state", "kind"]
    list_select_related = ["facility"]
    search_fields = ["title"]
    ordering = ["-starts_at"]
    list_per_page = 50
    show_full_result_count = False

    @admin.display(description=gettext_lazy("时间"), ordering="starts_at")
    def when(self, activity: Activity) -> str:
        return words.when_text(activity, clock.now())

    @admin.display(description=gettext_lazy("进度"))
    def stage(self, activity: Activity) -> str:
        if activity.held_at:
            return _("已举办，%(count)d 人参加") % {"count": activity.attended}
        if activity.state == Activity.State.DRAFT:
            return str(activity.get_state_display())
        return words.badge_of(activity, clock.now())[0]

    @admin.display(description=gettext_lazy("报名 / 名额"))
    def places(self, activity: Activity) -> str:
        if activity.signup_opens_at is None:
            return "—"
        return f"{activity.taken} / {activity.capacity or _('不限')}"

    @admin.display(description=gettext_lazy("活动名称"), ordering="title")
    def page(self, activity: Activity) -> str:
        """The name, leading to where it is announced, with its list and its code; its facts are one step further."""
        return format_html('<a href="{}">{}</a>', reverse("staff:activity", args=[activity.pk]), activity.title)

    def has_change_permission(self, request: HttpRequest, obj: Activity | None = None) -> bool:
        """What was called off stays as it was."""
        called_off = obj is not None and obj.state == Activity.State.CANCELLED
        return super().has_change_permission(request, obj) and not called_off

    def get_readonly_fields(self, request: HttpRequest, obj: Activity | None = None) -> list[str]:
        """The facility never changes; when and what it was does not once it was held."""
        if obj is None:
            return []
        fields = ActivityForm.Meta.fields
        return [name for name in fields if name not in ALWAYS_OPEN] if obj.held_at else ["facility"]

    def save_model(self, request: HttpRequest, obj: Activity, form: ModelForm, change: bool) -> None:
        """Only what was changed is written: counts are the database's, and somebody may sign up meanwhile."""
        if change:
            obj.save(update_fields=form.changed_data)
        else:
            obj.save(force_insert=True)

    def response_add(self, request: HttpRequest, obj: Activity, post_url_continue: str | None = None) -> HttpResponse:
        """Go on to where it is announced."""
        messages.success(request, _("活动已保存为草稿。核对后点“发布”，居民才看得到。"))
        return HttpResponseRedirect(reverse("staff:activity", args=[obj.pk]))


@admin.register(DutyEntry)
class DutyEntryAdmin(OwnFacilities):
    """What was handed out, played, put up, explained. Entries are struck out, never changed."""

    form = DutyEntryForm
    list_display = ["day", "form", "title", "copies", "place", "counts", "entered_by_name", "facility"]
    list_filter = ["form", "day"]
    list_select_related = ["facility"]
    search_fields = ["title", "place"]
    ordering = ["-day", "-entered_at"]
    date_hierarchy = None
    list_per_page = 100
    show_full_result_count = False
    actions = ["strike_out"]

    @admin.display(description=gettext_lazy("是否计入"), boolean=True)
    def counts(self, entry: DutyEntry) -> bool:
        return entry.struck_at is None

    def has_change_permission(self, request: HttpRequest, obj: DutyEntry | None = None) -> bool:
        return super().has_change_permission(request, obj) and obj is None

    def save_model(self, request: HttpRequest, obj: DutyEntry, form: ModelForm, change: bool) -> None:
        account = account_of(request)
        obj.entered_by, obj.entered_by_name, obj.entered_at = account.pk, account.name, clock.now()
        obj.save(force_insert=True)

    @admin.action(description=gettext_lazy("作废所选登记（不再计入，仍可查到）"), permissions=["change"])
    def strike_out(self, request: HttpRequest, queryset: QuerySet[DutyEntry]) -> None:
        account, now = account_of(request), clock.now()
        struck = [entry for entry in queryset if entry.struck_at is None]
        for entry in struck:
            self.log_change(request, entry, [{"changed": {"fields": ["struck_at"]}}])
        DutyEntry.objects.filter(pk__in=[entry.pk for entry in struck]).strike_out(account.pk, now)
        messages.success(request, _("已作废 %(count)d 条登记。") % {"count": len(struck)})
