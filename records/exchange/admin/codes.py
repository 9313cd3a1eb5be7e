"""What a facility's own codes stand for, and which of them nobody has said anything about."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from foundation import clock
from records.exchange import units
from records.exchange.admin.units import LATER, by_hand
from records.exchange.codes import accepting, spellings
from records.exchange.models import CodeMapping, Unmapped

Kind = Unmapped.Kind


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


class OneOfTwo(admin.SimpleListFilter):
    """A filter with a usual choice: `shown`, unless the other one is asked for."""

    shown: Any = ""

    def choices(self, changelist: Any) -> Any:
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": self.shown,
        }
        yield from list(super().choices(changelist))[1:]


class KindFilter(OneOfTwo):
    """Items, unless units are asked for."""

    title = gettext_lazy("类别")
    parameter_name = "kind"
    shown = Kind.ITEM.label

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(Kind.UNIT.value, Kind.UNIT.label)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value() or Kind.ITEM)


class UnneededFilter(OneOfTwo):
    """What still needs somebody, unless asked otherwise."""

    title = gettext_lazy("处理情况")
    parameter_name = "unneeded"
    shown = gettext_lazy("待对照")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("不需要对照"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(unneeded_at__isnull=self.value() is None)


@admin.register(Unmapped)
class UnmappedAdmin(admin.ModelAdmin):
    """Codes that facilities send and nobody has mapped, the most frequent first, with a suggestion by their name."""

    list_display = ["item", "proposal", "results", "printed_in", "last_on", "source"]
    list_display_links = None
    list_filter = [KindFilter, UnneededFilter, "source"]
    list_select_related = ["source"]
    search_fields = ["=code"]
    actions = ["accept_certain", "mark_unneeded", "mark_needed"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Unmapped | None = None) -> bool:
        """A line is accepted or marked in the list; what was counted stays."""
        return super().has_change_permission(request, obj) and obj is None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Unmapped]:
        return accepting.still_open(super().get_queryset(request))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list; one button of it accepts one suggestion, and the list comes back."""
        if "accept" in request.POST and self.has_change_permission(request):
            lines = self.get_queryset(request).annotate(key=Cast("id", TextField()))
            self._accept(request, lines.filter(key=request.POST["accept"]), certain_only=False)
            self._explain(request, lines.filter(key=request.POST["accept"]))
            return HttpResponseRedirect(request.get_full_path())
        return super().changelist_view(request, extra_context)

    class Media:
        css = {"all": ["css/codes.css"]}

    @admin.display(description=gettext_lazy("院内编码、打印的名称"), ordering="code")
    def item(self, line: Unmapped) -> str:
        return format_html(
            "{}<small>{}</small>", line.code, "、".join(name for name in line.names if name != line.code)
        )

    @admin.display(description=gettext_lazy("单位、标本"))
    def printed_in(self, line: Unmapped) -> str:
        return "、".join([*line.units, *line.specimens])

    @admin.display(description=gettext_lazy("建议"))
    def proposal(self, line: Unmapped) -> str:
        """What it probably is with a button to accept that, and a link to choose another code."""
        if line.kind == Kind.UNIT:
            return self._unit_proposal(line)
        other = format_html('<a href="{}" class="other">{}</a>', self._by_hand(line), _("另选编码"))
        found = accepting.suggested(line)
        if found is None:
            return other
        return format_html(
            '{} {} {}<span class="choices">'
            '<button type="submit" name="accept" value="{}" class="button">{}</button>{}</span>',
            found.standard.name,
            found.standard.code,
            "" if found.certain else _("（可能是，请核对）"),
            line.pk,
            _("采用"),
            other,
        )

    def _unit_proposal(self, line: Unmapped) -> str:
        """Which unit it probably is, with a button to say so for its facility, and a link to choose another one."""
        other = format_html('<a href="{}" class="other">{}</a>', by_hand(line.code, line.facility_id), _("另选单位"))
        code = units.suggested(line.code)
        if not code:
            return other
        return format_html(
            '{} {}<span class="choices">'
            '<button type="submit" name="accept" value="{}" class="button">{}</button>{}</span>',
            code,
            _("（可能是，请核对）"),
            line.pk,
            _("采用"),
            other,
        )

    def _explain(self, request: HttpRequest, lines: Iterable[Unmapped]) -> None:
        """Say for a unit's facility what is suggested."""
        for alias in spellings.accept(lines, by=str(request.user), now=clock.now()):
            self.log_addition(request, alias, [{"added": {}}])
            said = _("已登记：%(printed)s 就是 %(code)s。") % {"printed": alias.printed, "code": alias.code}
            messages.success(request, f"{said}{LATER}")

    def _by_hand(self, line: Unmapped) -> str:
        asked = {"source": line.source_id, "local_code": line.code, "local_name": line.names[0] if line.names else ""}
        return f"{reverse('admin:exchange_codemapping_add')}?{urlencode(asked)}"

    @admin.action(description=gettext_lazy("采用建议（只采用名称、单位和标本都相符的）"), permissions=["change"])
    def accept_certain(self, request: HttpRequest, lines: QuerySet[Unmapped]) -> None:
        self._accept(request, lines, certain_only=True)

    def _accept(self, request: HttpRequest, lines: Iterable[Unmapped], *, certain_only: bool) -> None:
        made = accepting.accept(lines, certain_only=certain_only)
        for mapping in made:
            self.log_addition(request, mapping, [{"added": {}}])
        done = ngettext("已对照 %(count)d 个编码。", "已对照 %(count)d 个编码。", len(made)) % {"count": len(made)}
        later = _("对照从现在起对新收到的结果有效；已经入档的，请在“重新解读”里申请更新。")
        messages.success(request, f"{done}{later}" if made else done)

    @admin.action(description=gettext_lazy("标为不需要对照"), permissions=["change"])
    def mark_unneeded(self, request: HttpRequest, lines: QuerySet[Unmapped]) -> None:
        self._mark(request, lines, unneeded=True)

    @admin.action(description=gettext_lazy("取消“不需要对照”"), permissions=["change"])
    def mark_needed(self, request: HttpRequest, lines: QuerySet[Unmapped]) -> None:
        self._mark(request, lines, unneeded=False)

    def _mark(self, request: HttpRequest, lines: QuerySet[Unmapped], *, unneeded: bool) -> None:
        for line in lines:
            self.log_change(request, line, [{"changed": {"fields": [_("不需要对照")]}}])
        chosen = Unmapped.objects.filter(pk__in=[line.pk for line in lines])
        count = accepting.mark(chosen, str(request.user), clock.now(), unneeded=unneeded)
        messages.success(request, ngettext("已标记 %(count)d 个。", "已标记 %(count)d 个。", count) % {"count": count})
