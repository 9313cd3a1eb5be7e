"""Spellings of units that staff have explained: made and ended here, never changed."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from facilities.models import Facility
from foundation import clock
from foundation.rowsecurity import asked, may_at_bureau
from records.exchange import units
from records.exchange.models import UnitAlias

LATER = gettext_lazy("从现在起对新收到的结果有效；已经入档的，请在“重新解读”里申请更新。结果的数字从不换算。")


class UnitAliasForm(forms.ModelForm):
    """A spelling and one of the units that the portal knows."""

    code = forms.ChoiceField(
        label=gettext_lazy("标准单位（UCUM）"),
        choices=[("", "---------"), *((code, code) for code in units.PRINTED)],
        help_text=gettext_lazy(
            "必须是同一个单位的另一种写法。大小不同（例如 mg 和 μg）的不是同一个单位，拿不准就不要登记。"
        ),
    )

    class Meta:
        model = UnitAlias
        fields = ["printed", "code", "facility"]
        help_texts = {"printed": gettext_lazy("和报告上印的一模一样，例如：毫摩尔每升。")}

    def clean_printed(self) -> str:
        """A spelling that nobody has explained."""
        printed = str(self.cleaned_data["printed"])
        known = units.ucum(printed)
        if known:
            raise forms.ValidationError(_("这个写法门户本来就认得（%(code)s），不用登记。") % {"code": known})
        return printed

    def clean(self) -> dict[str, Any]:
        """For all only by the bureau's engineers; not twice."""
        given = super().clean() or self.cleaned_data
        facility, printed = given.get("facility"), given.get("printed")
        if facility is None and not may_at_bureau("engineer"):
            self.add_error("facility", _("全县的写法由卫生健康局的接口工程师登记，请选择本机构。"))
        elif printed and UnitAlias.objects.filter(facility=facility, printed=printed, ended_at=None).exists():
            self.add_error("printed", _("这个写法已经登记过。要改，请先停用原来的。"))
        return given


@admin.register(UnitAlias)
class UnitAliasAdmin(admin.ModelAdmin):
    """Which unit a spelling stands for, and where."""

    form = UnitAliasForm
    list_display = ["printed", "code", "whose", "made_at", "made_by", "ended_at", "ended_by"]
    list_display_links = None
    list_filter = ["code"]
    list_select_related = ["facility"]
    search_fields = ["=printed", "=code"]
    actions = ["end"]
    show_full_result_count = False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A spelling is ended in the list, and never changed."""
        return super().has_change_permission(request, obj) and obj is None

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Back to the list: what is made cannot be edited."""
        return super().add_view(request, form_url, {"show_save_and_continue": False, **(extra_context or {})})

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only where this account works as an engineer."""
        if db_field.name == "facility":
            places = asked("SELECT app.facilities_for(%s::text[])", [["engineer"]])
            kwargs["queryset"] = Facility.objects.filter(pk__in=places)
            kwargs["empty_label"] = _("全县")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: UnitAlias, form: forms.ModelForm, change: bool) -> None:
        obj.made_at, obj.made_by = clock.now(), str(request.user)[:100]
        obj.save(force_insert=True)
        messages.info(request, str(LATER))

    @admin.display(description=gettext_lazy("机构"))
    def whose(self, row: UnitAlias) -> str:
        """The facility, or the whole county."""
        return str(row.facility.name) if row.facility else _("全县")

    @admin.action(description=gettext_lazy("停用所选的写法"), permissions=["change"])
    def end(self, request: HttpRequest, rows: QuerySet[UnitAlias]) -> None:
        """What has been understood by it stays until it is read again (replay)."""
        chosen = list(rows.filter(ended_at=None))
        ended = UnitAlias.objects.filter(pk__in=[row.pk for row in chosen], ended_at=None)
        count = ended.update(ended_at=clock.now(), ended_by=str(request.user)[:100])
        for row in chosen[:count]:
            self.log_change(request, row, [{"changed": {"fields": [_("停用")]}}])
        done = ngettext("已停用 %(count)d 个写法。", "已停用 %(count)d 个写法。", count) % {"count": count}
        messages.success(request, f"{done}{LATER}" if count else done)


def by_hand(printed: str, facility_id: Any) -> str:
    """The address of the form for a spelling."""
    return f"{reverse('admin:exchange_unitalias_add')}?{urlencode({'printed': printed, 'facility': facility_id})}"
