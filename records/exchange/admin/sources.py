"""Feeds of facilities, and what lets them push."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from foundation import clock
from records.exchange import pushing
from records.exchange.admin.columns import ColumnPages
from records.exchange.forms import SourceForm
from records.exchange.models import PushKey, Source


@admin.register(Source)
class SourceAdmin(ColumnPages):
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
