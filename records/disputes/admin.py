"""档案异议 on the staff site: the facility that wrote the entry answers once; the county decides where it must."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import clock
from foundation.rowsecurity import asked, may_at_bureau
from records.models import Dispute
from residents.models import Account

ANSWERERS = ["manager", "clinician", "public_health"]
ASKED = [
    *["asked_at", "resident", "facility", "kind", "title", "identifier", "occurred_at"],
    *["reason", "words", "due_at"],
]
ANSWER = ["verdict", "answer"]
OBJECTION = ["objection", "objected_at"]
DECISION = ["final_verdict", "final_answer"]


class AnswerForm(forms.ModelForm):
    """What was found, in words for the person; whatever of it is on the page must be filled in."""

    class Meta:
        model = Dispute
        fields = [*ANSWER, *DECISION]
        widgets = dict.fromkeys(["answer", "final_answer"], forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = True
        for name in {"answer", "final_answer"} & self.fields.keys():
            self.fields[name].help_text = _(
                "写给居民看：怎么核实的、结果是什么。要更正的，先在本机构系统里改好或撤回，新版本会自动传来。"
            )


class LateFilter(admin.SimpleListFilter):
    """Which disputes wait for longer than they may."""

    title = gettext_lazy("答复期限")
    parameter_name = "late"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", _("已逾期未答复")), ("waiting", _("等待答复")), ("review", _("等待复核"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Dispute]) -> QuerySet[Dispute]:
        wanted = {
            "1": Q(answered_at=None, due_at__lt=clock.now()),
            "waiting": Q(answered_at=None),
            "review": Q(objected_at__isnull=False, final_at=None),
        }.get(self.value() or "")
        return queryset.filter(wanted) if wanted else queryset


@admin.register(Dispute)
class DisputeAdmin(admin.ModelAdmin):
    """The most urgent first; nothing of what was asked or answered can be changed."""

    form = AnswerForm
    list_display = ["asked_at", "facility", "kind", "title", "reason", "due_at", "state"]
    list_filter = [LateFilter, "reason", "verdict"]
    list_select_related = ["facility"]
    ordering = ["-answered_at", "due_at"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Dispute | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed if obj is None else allowed and bool(_step(obj))

    def get_fields(self, request: HttpRequest, obj: Dispute | None = None) -> Any:
        signed = ["answered_by_name", "answered_at"]
        after = [*OBJECTION, *DECISION, "final_by_name", "final_at"]
        return [*ASKED, *ANSWER, *signed, *(after if obj is None or obj.objected_at else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: Dispute | None = None) -> Any:
        step = _step(obj) if obj else []
        return [name for name in self.get_fields(request, obj) if name not in step]

    def save_model(self, request: HttpRequest, obj: Dispute, form: Any, change: bool) -> None:
        account = request.user
        assert isinstance(account, Account)
        now, rows = clock.now(), Dispute.objects.filter(pk=obj.pk)
        if _step(obj) == ANSWER:
            changed = rows.filter(answered_at=None).update(
                verdict=obj.verdict,
                answer=obj.answer,
                answered_by=account.pk,
                answered_by_name=account.name,
                answered_at=now,
            )
        else:
            changed = rows.filter(final_at=None, objected_at__isnull=False).update(
                final_verdict=obj.final_verdict,
                final_answer=obj.final_answer,
                final_by=account.pk,
                final_by_name=account.name,
                final_at=now,
            )
        if not changed:
            raise PermissionDenied(_("这条异议刚刚已经有人答复了。"))

    @admin.display(description=gettext_lazy("状态"))
    def state(self, row: Dispute) -> str:
        """Who is to act next, or how it ended."""
        if row.final_at:
            return _("已复核：%(verdict)s") % {"verdict": row.get_final_verdict_display()}
        if row.objected_at:
            return _("等县里复核")
        if row.answered_at:
            return str(row.get_verdict_display())
        return _("逾期未答复") if row.due_at < clock.now() else _("等机构答复")


def _step(row: Dispute) -> list[str]:
    """What this session may fill in now: the facility's answer, the county's decision, or nothing."""
    if row.answered_at is not None:
        decides = row.objected_at and row.final_at is None and may_at_bureau("manager")
        return DECISION if decides else []
    mine = asked("SELECT app.facilities_for(%s::text[])", [ANSWERERS]) or []
    # The county reaches every facility, but decides last.
    county = asked("SELECT app.has_role_at_bureau(%s::text[])", [ANSWERERS])
    return ANSWER if row.facility_id in mine and not county else []
