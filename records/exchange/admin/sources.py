"""Feeds of facilities, and what lets them push."""

import json
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import Form, ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from foundation import clock
from records.exchange import pushing
from records.exchange.admin.columns import ColumnPages
from records.exchange.admin.onboarding import OnboardingPages, is_broken
from records.exchange.models import PushKey, Source
from records.exchange.pulling import PULLED
from records.exchange.source_forms import FORMS, SourceForm

# What each kind is for, in the words of somebody who chooses one; and the page that explains it.
CHOICES: list[tuple[Source.Kind, Promise, str]] = [
    (Source.Kind.FHIR_R4, gettext_lazy("机构有 FHIR 接口，门户定时去取（R4、STU3、R5）"), "fhir"),
    (Source.Kind.FHIR_PUSH, gettext_lazy("机构主动推送 FHIR 数据包"), "push"),
    (Source.Kind.HL7V2, gettext_lazy("LIS、RIS 或集成平台发 HL7 v2 消息（MLLP 或文件）"), "hl7v2"),
    (Source.Kind.TABLE, gettext_lazy("只能导出 CSV 或 Excel，放进文件夹"), "tables"),
    (Source.Kind.CDA, gettext_lazy("共享文档（WS/T 500、WS/T 483），放进文件夹"), "cda"),
    (Source.Kind.DICOMWEB, gettext_lazy("影像系统（PACS）有 DICOMweb"), "dicomweb"),
    (Source.Kind.SQL_VIEW, gettext_lazy("前置机数据库里有一个只读视图"), "view"),
    (Source.Kind.FILE, gettext_lazy("FHIR 文件，用命令导入或放进文件夹"), "folder"),
]


# After the form come the steps: one button leads there.
SAVING = {"show_save_and_add_another": False, "show_save_and_continue": False}


@admin.register(Source)
class SourceAdmin(OnboardingPages, ColumnPages):
    """Feeds. What the worker keeps (cursor, failures) is shown and cannot be changed here."""

    form = SourceForm
    change_form_template = "records/exchange/source_form.html"
    list_display = ["name", "code", "facility", "kind", "condition", "last_success_at", "failures", "next_pull_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["facility"]
    search_fields = ["name", "code"]
    readonly_fields = ["condition", "shown_options", "last_success_at", "failures", "next_pull_at"]
    actions = ["pull_now", "issue_push_key", "revoke_push_keys"]
    show_full_result_count = False

    def save_model(self, request: HttpRequest, obj: Source, form: Form, change: bool) -> None:
        """Only the columns that staff may write: the rest belongs to the worker."""
        if not change:
            obj.state = Source.State.PAUSED
            obj.save(force_insert=True)
            return
        columns = {"options" if name.startswith("option_") else name for name in form.changed_data}
        if columns:
            obj.save(update_fields=columns)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> type[ModelForm]:
        """The form of the kind."""
        return super().get_form(request, obj, change, form=FORMS[self._kind(request, obj)], **options)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The fields that the kind has; nothing but its name and state for who may only look."""
        form = FORMS[self._kind(request, obj)]
        own = self.get_readonly_fields(request, obj)
        mapping = [name for name in own if name == "column_mapping"]
        known = [name for name in self.readonly_fields if name != "shown_options"] if obj is not None else []
        if obj is not None and not self.has_change_permission(request, obj):
            return [(None, {"fields": ["facility", "code", "name", "kind", *form.asked, "shown_options", *known]})]
        sets: list[tuple[str | None, dict[str, list[str]]]] = [
            (None, {"fields": ["kind", "facility", "code", "name", *form.asked]})
        ]
        if form.options() or mapping:
            sets.append((_("格式设置"), {"fields": [*form.options(), *mapping]}))
        return [*sets, (_("现在的情况"), {"fields": known})] if known else sets

    def _kind(self, request: HttpRequest, obj: Any) -> str:
        kind = obj.kind if obj is not None else request.POST.get("kind") or request.GET.get("kind", "")
        return str(kind) if kind in FORMS else Source.Kind.FHIR_R4.value

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """First the kind, then the fields of that kind: so the page needs no script."""
        chosen = request.POST.get("kind") or request.GET.get("kind")
        if self.has_add_permission(request) and chosen not in FORMS:
            choices = [(kind.value, kind.label, said, page) for kind, said, page in CHOICES]
            return TemplateResponse(request, "records/exchange/choose_kind.html", {"choices": choices})
        named = {"title": _("新的数据来源：%(kind)s") % {"kind": Source.Kind(self._kind(request, None)).label}}
        return super().add_view(request, form_url, {**SAVING, **named, **(extra_context or {})})

    def response_add(self, request: HttpRequest, obj: Source, post_url_continue: str | None = None) -> HttpResponse:
        """On to the next step."""
        messages.success(request, _("数据来源已保存，还没有启用。下一步：测试连接。"))
        return redirect("admin:exchange_source_onboarding", obj.pk)

    @admin.display(description=gettext_lazy("状态"), ordering="state")
    def condition(self, source: Source) -> str:
        """The state, and until when a failing feed is left alone."""
        if is_broken(source, clock.now()) and source.next_pull_at is not None:
            return _("已熔断，%(time)s 再试") % {"time": f"{localtime(source.next_pull_at):%m-%d %H:%M}"}
        return source.get_state_display()

    @admin.display(description=gettext_lazy("格式设置"))
    def shown_options(self, source: Source) -> str:
        """The settings for who may only look."""
        return json.dumps(source.options, ensure_ascii=False, indent=1)

    @admin.action(description=gettext_lazy("立即拉取所选数据来源"), permissions=["change"])
    def pull_now(self, request: HttpRequest, sources: QuerySet[Source]) -> None:
        """Make feeds due; the worker's timetable finds them within seconds."""
        pulled = sources.filter(kind__in=PULLED, state=Source.State.ENABLED)
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
