"""The engineers' desk: feeds, runs, held messages, code mappings.

The text of a held message is not shown here: it may hold a document number and results of a person the engineer has no
reason to know, and only the worker may open what was received (docs/connect/fhir.md says how to find the message at
the facility instead).
"""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from foundation import clock
from records.exchange import pushing
from records.exchange.forms import HeldForm, SourceForm
from records.exchange.models import CodeMapping, Held, Pull, PushKey, Source


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):
    """Feeds. What the worker keeps (cursor, failures) is shown and cannot be changed here."""

    form = SourceForm
    list_display = ["name", "code", "facility", "kind", "state", "last_success_at", "failures", "next_pull_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["facility"]
    search_fields = ["name", "code"]
    readonly_fields = ["last_success_at", "failures", "next_pull_at"]
    actions = ["pull_now", "issue_push_key", "revoke_push_keys"]
    show_full_result_count = False

    def save_model(self, request: HttpRequest, obj: Source, form: Form, change: bool) -> None:
        """Only the columns that staff may write: the rest belongs to the worker."""
        if change:
            obj.save(update_fields=form.changed_data or None)
        else:
            obj.save(force_insert=True)

    @admin.action(description=gettext_lazy("立即拉取所选数据来源"), permissions=["change"])
    def pull_now(self, request: HttpRequest, sources: QuerySet[Source]) -> None:
        """Make feeds due; the worker's timetable finds them within seconds."""
        pulled = sources.filter(kind=Source.Kind.FHIR_R4, state=Source.State.ENABLED)
        count = pulled.update(next_pull_at=clock.now())
        for source in pulled:
            self.log_change(request, source, [{"changed": {"fields": [_("下次拉取")]}}])
        done = ngettext("%(count)d 个数据来源将在几秒内开始拉取。", "%(count)d 个数据来源将在几秒内开始拉取。", count)
        messages.success(request, done % {"count": count})

    @admin.action(description=gettext_lazy("发放推送凭证（只显示一次）"), permissions=["change"])
    def issue_push_key(self, request: HttpRequest, sources: QuerySet[Source]) -> HttpResponse | None:
        """A new token for one source, on a page of its own: it is kept nowhere and shown never again."""
        source = sources.filter(kind=Source.Kind.FHIR_PUSH).first() if len(sources) == 1 else None
        if source is None:
            messages.error(request, _("请只选一个“FHIR R4 推送”类型的数据来源。"))
            return None
        token = pushing.issue(source, str(request.user), clock.now())
        self.log_change(request, source, [{"added": {"name": _("推送凭证"), "object": source.code}}])
        return TemplateResponse(request, "records/exchange/push_key.html", {"source": source, "token": token})

    @admin.action(description=gettext_lazy("停用所选数据来源的全部推送凭证"), permissions=["change"])
    def revoke_push_keys(self, request: HttpRequest, sources: QuerySet[Source]) -> None:
        """From this moment no token of these sources counts."""
        count = PushKey.objects.filter(source__in=sources, revoked_at=None).update(revoked_at=clock.now())
        for source in sources:
            self.log_change(request, source, [{"deleted": {"name": _("推送凭证"), "object": source.code}}])
        messages.success(request, _("已停用 %(count)d 个推送凭证。") % {"count": count})


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that only the worker writes."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Pull)
class PullAdmin(ReadOnlyAdmin):
    list_display = [
        "source",
        "started_at",
        "outcome",
        "fetched",
        "new",
        "repeated",
        "skipped",
        "held",
        "failed",
        "error",
    ]
    list_filter = ["outcome"]
    list_select_related = ["source"]
    search_fields = ["source__name", "source__code"]
    fields = [
        "source",
        "facility",
        "started_at",
        "ended_at",
        "outcome",
        "fetched",
        "new",
        "repeated",
        "skipped",
        "held",
        "failed",
        "error",
    ]


class OpenFilter(admin.SimpleListFilter):
    """Held messages that still need somebody, unless asked otherwise."""

    title = gettext_lazy("处理情况")
    parameter_name = "done"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("已处理"))]

    def choices(self, changelist: Any) -> Any:
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": _("待处理"),
        }
        yield from list(super().choices(changelist))[1:]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Held]) -> QuerySet[Held]:
        return queryset.filter(resolved_at__isnull=self.value() is None)


@admin.register(Held)
class HeldAdmin(admin.ModelAdmin):
    """What could not be applied, why, and what to do: try again, or say that it is settled."""

    form = HeldForm
    list_display = ["kind", "identifier", "reason", "explanation", "source", "held_at", "retry_requested_at"]
    list_filter = [OpenFilter, "reason"]
    list_select_related = ["source"]
    search_fields = ["=identifier", "source__name"]
    fields = [
        "kind",
        "identifier",
        "version",
        "reason",
        "explanation",
        "source",
        "facility",
        "held_at",
        "retry_requested_at",
        "resolved_at",
        "resolved_by",
        "resolution",
    ]
    readonly_fields = [
        "kind",
        "identifier",
        "version",
        "reason",
        "explanation",
        "source",
        "facility",
        "held_at",
        "retry_requested_at",
        "resolved_at",
        "resolved_by",
    ]
    actions = ["try_again"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Held | None = None) -> bool:
        """A message that is settled stays as it was settled."""
        return super().has_change_permission(request, obj) and (obj is None or obj.resolved_at is None)

    def save_model(self, request: HttpRequest, obj: Held, form: Form, change: bool) -> None:
        obj.resolved_at, obj.resolved_by = clock.now(), str(request.user)
        obj.save(update_fields=["resolved_at", "resolved_by", "resolution"])

    @admin.action(description=gettext_lazy("重新处理所选消息"), permissions=["change"])
    def try_again(self, request: HttpRequest, held: QuerySet[Held]) -> None:
        """Ask the worker for another try: the wish is a row, which its next sweep finds."""
        open_ones = held.filter(resolved_at=None)
        for row in open_ones:
            self.log_change(request, row, [{"changed": {"fields": [_("申请重新处理的时间")]}}])
        count = open_ones.update(retry_requested_at=clock.now())
        done = ngettext("已申请重新处理 %(count)d 条消息。", "已申请重新处理 %(count)d 条消息。", count)
        messages.success(request, done % {"count": count})


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
