"""Stored messages read once more: asked for here, done by the worker, each difference listed without its content."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import clock
from records.exchange.admin.runs import ReadOnlyAdmin
from records.exchange.models import Replay, ReplayDifference


class ReplayForm(forms.ModelForm):
    """Which messages are to be read once more."""

    class Meta:
        model = Replay
        fields = ["source", "since", "until"]
        help_texts = {
            "source": gettext_lazy("已保存的原文按今天的编码对照重新读一遍，更新编码和单位；机构所说的结果不变。"),
            "since": gettext_lazy("不填就从头开始。"),
            "until": gettext_lazy("不填就到现在。"),
        }

    def clean(self) -> dict[str, Any]:
        """The period has a beginning before its end, and no other replay of the source waits."""
        cleaned = super().clean() or self.cleaned_data
        since, until, source = (cleaned.get(name) for name in ("since", "until", "source"))
        if since and until and since >= until:
            self.add_error("until", _("结束时间应在开始时间之后。"))
        if source and Replay.objects.filter(source=source).exclude(state=Replay.State.DONE).exists():
            raise ValidationError(_("这个数据来源已经有一次重新解读在等待或进行。"))
        return cleaned


@admin.register(Replay)
class ReplayAdmin(admin.ModelAdmin):
    """What was read once more, and how much of it differed."""

    form = ReplayForm
    list_display = ["source", "asked_at", "asked_by", "state", "read", "same", "renewed", "kept", "ended_at", "listed"]
    list_filter = ["state", "source"]
    list_select_related = ["source"]
    show_full_result_count = False

    def has_change_permission(self, request: HttpRequest, obj: Replay | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Replay | None = None) -> list[Any]:
        asked = ["source", "since", "until"]
        told = ["asked_at", "asked_by", "state", "started_at", "ended_at", "read", "same", "renewed", "kept", "summary"]
        return asked if obj is None else [*asked, *told]

    def get_readonly_fields(self, request: HttpRequest, obj: Replay | None = None) -> list[Any]:
        return [] if obj is None else self.get_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: Replay, form: Form, change: bool) -> None:
        """A wish of the signed-in engineer; the worker finds it within half a minute."""
        obj.facility_id, obj.asked_at, obj.asked_by = obj.source.facility_id, clock.now(), str(request.user)[:100]
        obj.save(force_insert=True)

    @admin.display(description=gettext_lazy("差异"))
    def listed(self, replay: Replay) -> str:
        if not replay.counts:
            return ""
        address = reverse("admin:exchange_replaydifference_changelist")
        return format_html('<a href="{}?replay__id__exact={}">{}</a>', address, replay.pk, _("查看"))

    @admin.display(description=gettext_lazy("差异"))
    def summary(self, replay: Replay) -> str:
        """How often each kind of difference was met."""
        return "；".join(f"{_worded(name)} {count}" for name, count in sorted(replay.counts.items())) or _("没有差异")


def _worded(name: str) -> str:
    nature, _space, rest = name.partition(" ")
    return f"{rest} {ReplayDifference.Nature(nature).label}"


@admin.register(ReplayDifference)
class ReplayDifferenceAdmin(ReadOnlyAdmin):
    """What messages say otherwise today; of results only that they do."""

    list_display = ["nature", "field", "before", "after", "kind", "identifier"]
    list_filter = ["nature", "field", ("replay", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["=identifier"]
    fields = ["replay", "kind", "identifier", "version", "nature", "field", "before", "after"]
    list_select_related = ["replay"]
