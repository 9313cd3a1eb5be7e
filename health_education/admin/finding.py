"""What readers looked for in vain, the words that mean the same, and the days of the year, at the editors' desk."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from foundation import clock
from health_education import finding
from health_education.admin.accounts import account_of
from health_education.models import FailedSearch, SynonymGroup, ThemeDay
from health_education.models.finding import LONGEST_TERM
from health_education.search import normal


class SynonymForm(forms.ModelForm):
    """One way to say it a line."""

    terms = forms.CharField(
        label=gettext_lazy("意思相同的说法"),
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("每行一个，至少两个，例如“中风”“脑卒中”。搜其中一个，写着另一个的文章也会找到。"),
    )

    class Meta:
        model = SynonymGroup
        fields = ["terms", "ended_at"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and not self.instance._state.adding:
            self.initial["terms"] = "\n".join(self.instance.terms)

    def clean_terms(self) -> list[str]:
        """The different ways to say it; each must be words that can be looked for."""
        terms = list(dict.fromkeys(line.strip() for line in str(self.cleaned_data["terms"]).splitlines()))
        terms = [term for term in terms if term]
        if len(terms) < 2 or any(len(term) > LONGEST_TERM or not normal(term) for term in terms):
            raise ValidationError(
                _("请至少写两个说法，每个不超过%(count)d个字，用汉字、字母或数字。") % {"count": LONGEST_TERM}
            )
        return terms


@admin.register(SynonymGroup)
class SynonymGroupAdmin(admin.ModelAdmin):
    form = SynonymForm
    list_display = ["__str__", "ended_at"]
    show_full_result_count = False

    def save_model(self, request: HttpRequest, obj: SynonymGroup, form: Any, change: bool) -> None:
        """Words on the list of vain searches that now have a synonym are settled by it."""
        super().save_model(request, obj, form, change)
        caches["memory"].delete(finding.SYNONYMS)
        same = FailedSearch.objects.filter(words__in=[normal(term) for term in obj.terms], settled_at__isnull=True)
        settle(request, same, FailedSearch.Settled.SYNONYM)


@admin.register(ThemeDay)
class ThemeDayAdmin(admin.ModelAdmin):
    list_display = ["name", "month", "day", "note", "ended_at"]
    fields = ("month", "day", "name", "note", "tags", "topic", "words", "ended_at")
    list_select_related = ["topic"]
    show_full_result_count = False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "tags":
            choices = db_field.base_field.choices
            return forms.MultipleChoiceField(
                label=db_field.verbose_name, choices=choices, required=False, widget=forms.CheckboxSelectMultiple
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class Waiting(admin.SimpleListFilter):
    """What is still to be looked at, or what was settled."""

    title = gettext_lazy("处理情况")
    parameter_name = "settled"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", gettext_lazy("还没处理")), ("yes", gettext_lazy("已经处理"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[FailedSearch]) -> QuerySet[FailedSearch]:
        return queryset.filter(settled_at__isnull=self.value() == "no") if self.value() in {"yes", "no"} else queryset


@admin.register(FailedSearch)
class FailedSearchAdmin(admin.ModelAdmin):
    """Looked through from the most wanted down: a text is written, a synonym added, or nothing done."""

    list_display = ["words", "times", "last_at", "what_to_do", "settled_how", "settled_name"]
    list_filter = [Waiting, "settled_how"]
    search_fields = ["words"]
    readonly_fields = fields = (
        "words", "times", "first_at", "last_at", "settled_how", "settled_name", "settled_at",
    )  # fmt: skip
    actions = ["has_an_article", "needs_nothing"]
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They come from readers alone."""
        return False

    @admin.display(description=gettext_lazy("处理"))
    def what_to_do(self, search: FailedSearch) -> str:
        """One click to write about it, one to say what else it is called."""
        if search.settled_at:
            return "—"
        article = f"{reverse('admin:health_education_article_add')}?{urlencode({'title': search.words})}"
        synonym = f"{reverse('admin:health_education_synonymgroup_add')}?{urlencode({'terms': search.words})}"
        return format_html(
            '<a href="{}">{}</a> · <a href="{}">{}</a>',
            article,
            _("写文章"),
            synonym,
            _("加同义词"),
        )

    @admin.action(description=gettext_lazy("所选的词已有文章"), permissions=["change"])
    def has_an_article(self, request: HttpRequest, chosen: QuerySet[FailedSearch]) -> None:
        self.tell(request, settle(request, chosen, FailedSearch.Settled.ARTICLE))

    @admin.action(description=gettext_lazy("所选的词不用处理"), permissions=["change"])
    def needs_nothing(self, request: HttpRequest, chosen: QuerySet[FailedSearch]) -> None:
        self.tell(request, settle(request, chosen, FailedSearch.Settled.NOTHING))

    def tell(self, request: HttpRequest, count: int) -> None:
        messages.success(request, ngettext("已处理 %d 个词。", "已处理 %d 个词。", count) % count)


def settle(request: HttpRequest, chosen: QuerySet[FailedSearch], how: str) -> int:
    """Mark words that nobody has settled yet; returns how many."""
    account = account_of(request)
    return chosen.filter(settled_at__isnull=True).update(
        settled_at=clock.now(), settled_by=account.pk, settled_name=account.name, settled_how=how
    )
