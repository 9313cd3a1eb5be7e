"""Rules of release: made and ended here, never changed; what each does to what is stored is counted beside it."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from facilities.models import Facility
from foundation import clock
from foundation.rowsecurity import asked, may_at_bureau
from records.exchange import sensitivity
from records.exchange.models import CriticalLimit, ReleasePolicy
from records.exchange.releasing import EVERY
from records.models import Release, Report
from residents.models import Account

What, Decision = ReleasePolicy.What, ReleasePolicy.Decision
LAXER = {Decision.RELEASED, Decision.PENDING}


class RuleForm(ModelForm):
    """What both kinds of rule ask: whoever works at one facility makes rules for that facility alone."""

    def clean(self) -> dict[str, Any] | None:
        said = super().clean()
        of_the_county = self.instance._state.adding and said is not None and said.get("facility") is None
        if of_the_county and not may_at_bureau("administrator"):
            self.add_error("facility", _("全县的规则由卫生健康局的系统管理员登记，请选择本机构。"))
        return said


class PolicyForm(RuleForm):
    """A rule of release, with what it may not do said beside the field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "value" in self.fields:
            names = "；".join(f"{code}：{label}" for code, label in Report.Category.choices)
            self.fields["value"].help_text = _(
                "按报告类别时填英文（%(names)s；all：全部）。其他的填字或编码，例如“乙肝”“B18”“GLU”。"
            ) % {"names": names}

    def clean(self) -> dict[str, Any] | None:
        said = super().clean() or {}
        if self.instance._state.adding and {"what", "value", "decision"} <= said.keys():
            what, value = said["what"], said["value"].strip()
            if what in {What.CATEGORY, What.PRELIMINARY} and value not in {*Report.Category.values, EVERY}:
                names = "、".join([*Report.Category.values, EVERY])
                self.add_error("value", _("报告类别请填：%(names)s。") % {"names": names})
            if said["decision"] in LAXER and is_special(what, value):
                self.add_error("decision", _("这是特殊疾病，门户固定由机构当面发放，不能放宽。"))
        return said


def is_special(what: str, value: str) -> bool:
    """Whether a rule would speak of the built-in list of special diseases, which is never lowered."""
    if what == What.WORD:
        return any(word in value.lower() for word in sensitivity.WORDS)
    if what == What.DISEASE:
        return value.upper().startswith(sensitivity.ICD_10_PREFIXES)
    return what == What.ITEM and value in sensitivity.LOINC_CODES


class RuleAdmin(admin.ModelAdmin):
    """A rule is signed by its maker, and once made can only be ended."""

    list_select_related = ["facility"]
    show_full_result_count = False
    made: list[str] = []

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        shown = ["facility", *self.made, "reason", "starts_at", "ends_at"]
        return shown if obj is None else [*shown, "made_at", "made_name"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return [] if obj is None else [name for name in self.get_fields(request, obj) if name != "ends_at"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only where this account makes rules."""
        if db_field.name == "facility":
            places = asked("SELECT app.facilities_for(%s::text[])", [["administrator", "manager"]])
            kwargs["queryset"] = Facility.objects.filter(pk__in=places)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"starts_at": clock.now()}

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        now = clock.now()
        account = request.user
        assert isinstance(account, Account)
        if change:
            self._end(obj, now)
            return
        obj.starts_at = max(obj.starts_at, now)
        obj.made_at, obj.made_by, obj.made_name = now, account.pk, account.name
        self._begin(obj)
        obj.save(force_insert=True)

    @admin.display(description=gettext_lazy("机构"))
    def whose(self, obj: Any) -> str:
        """The facility, or the whole county."""
        return str(obj.facility.name) if obj.facility else _("全县")

    def _begin(self, obj: Any) -> None:
        """What else is due when a rule is made."""

    def _end(self, obj: Any, now: Any) -> None:
        if obj.ends_at is not None:
            obj.ends_at = max(obj.ends_at, obj.starts_at)
        obj.save(update_fields=["ends_at"])


@admin.register(ReleasePolicy)
class ReleasePolicyAdmin(RuleAdmin):
    """What may be read here and when; the worker carries it out within minutes, for what is stored, too."""

    form = PolicyForm
    made = ["what", "value", "decision", "hours"]
    list_display = ["what", "value", "decision", "whose", "carried_out", "starts_at", "ends_at"]

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        shown = super().get_fields(request, obj)
        return shown if obj is None else [*shown, "carried_out"]

    def _begin(self, obj: ReleasePolicy) -> None:
        obj.value = obj.value.strip()
        obj.review_at = obj.starts_at

    def _end(self, obj: ReleasePolicy, now: Any) -> None:
        super()._end(obj, now)
        if obj.ends_at is not None:
            obj.review_at = min(obj.ends_at, obj.review_at or obj.ends_at)
            obj.save(update_fields=["review_at"])

    @admin.display(description=gettext_lazy("对已入档内容的作用"))
    def carried_out(self, obj: ReleasePolicy) -> str:
        """How many stored rows the rule decides over, in words."""
        counts = obj.progress.get("counts")
        if counts is None:
            return _("正在核对已入档的内容，几分钟后再看")
        labels = dict(Release.choices)
        words = [
            ngettext("%(count)d条：%(what)s", "%(count)d条：%(what)s", number) % {"count": number, "what": labels[name]}
            for name, number in sorted(counts.items())
        ]
        return "；".join(words) or _("没有已入档的内容符合")


@admin.register(CriticalLimit)
class CriticalLimitAdmin(RuleAdmin):
    """Values that a doctor tells first; they hold for what is received from now on."""

    form = RuleForm
    made = ["code", "unit", "low", "high"]
    list_display = ["code", "unit", "low", "high", "whose", "starts_at", "ends_at"]
