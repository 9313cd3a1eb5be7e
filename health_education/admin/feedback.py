"""What readers said of texts, at the editors' desk: read, dealt with, answered."""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from foundation import clock
from health_education.admin.accounts import account_of
from health_education.feedback_forms import AnswerForm
from health_education.models import Feedback, Revision
from health_education.readers_words import settle, settle_all
from health_education.reading_querysets import FeedbackQuerySet

ARTICLES = 30
FOLDED = {"state", "page"}  # what the desk and the pages of the folded list ask with
STATES = [
    ("waiting", gettext_lazy("等待处理")),
    ("settled", gettext_lazy("已处理")),
    ("counted", gettext_lazy("没写字的")),
]


class State(admin.SimpleListFilter):
    title = gettext_lazy("进度")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return STATES

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "waiting":
            return cast(FeedbackQuerySet, queryset).waiting()
        if self.value() == "settled":
            return queryset.filter(settled_at__isnull=False)
        if self.value() == "counted":
            return queryset.filter(place="", words="")
        # What was only clicked is a number in the list of articles, and no line of its own; one is still opened by key.
        return queryset if "object_id" in getattr(request.resolver_match, "kwargs", {}) else _with_words(queryset)


def _with_words(queryset: QuerySet[Any]) -> QuerySet[Any]:
    return cast(FeedbackQuerySet, queryset).with_words()


class SettleForm(AnswerForm, ModelForm):
    class Meta:
        model = Feedback
        fields = ["answer"]


@admin.register(Feedback)
class FeedbackAdmin(admin.ModelAdmin):
    """First the articles with what was said of each, then one article's words. Saving one settles it for good."""

    form = SettleForm
    fields = ("title", "number", "kind", "place", "words", "times", "at", "answer", "settled_name", "settled_at")
    list_display = ["kind", "words", "place", "at", "times", "state", "title"]  # what was said first: on a phone too
    list_filter = [State, "kind"]
    search_fields = ["article__slug", "article__revisions__title"]
    actions = ["needs_no_answer"]
    list_per_page = 50
    show_full_result_count = False

    change_list_template = "health_education/admin/feedback_of_article.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The articles, folded; with an article, a search or a filter its lines."""
        if request.method != "GET" or set(request.GET) - FOLDED:
            return super().changelist_view(request, extra_context)
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        page = Paginator(list(Feedback.objects.by_article()), ARTICLES).get_page(request.GET.get("page"))
        context = {**self.admin_site.each_context(request), "title": _("读者反馈"), "page": page, "opts": self.opts}
        return TemplateResponse(request, "health_education/admin/feedback.html", context)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """One article's lines, as the folded list asks for them."""
        return lookup == "article__slug" or super().lookup_allowed(lookup, value, request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Feedback]:
        newest = Revision.objects.filter(article=OuterRef("article")).order_by("-number").values("title")[:1]
        said: QuerySet[Feedback] = super().get_queryset(request)
        return said.annotate(newest_title=Subquery(newest), slug=F("article__slug"))

    def get_readonly_fields(self, request: HttpRequest, obj: Feedback | None = None) -> list[str]:
        return [name for name in self.fields if name != "answer"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They come from readers alone."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Feedback | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or (obj.settled_at is None and bool(obj.place or obj.words)))

    @admin.display(description=gettext_lazy("文章"))
    def title(self, feedback: Any) -> str:
        return str(feedback.newest_title or feedback.slug)

    @admin.display(description=gettext_lazy("进度"))
    def state(self, feedback: Feedback) -> str:
        if not feedback.place and not feedback.words:
            return _("只计数")
        return _("已处理") if feedback.settled_at else _("等待处理")

    def save_model(self, request: HttpRequest, obj: Feedback, form: Any, change: bool) -> None:
        """Settled through the one deed, which keeps who and when; nothing else of it changes."""
        answer = str(form.cleaned_data["answer"]).strip()
        settle(feedback=obj, answer=answer, by=account_of(request), now=clock.now())

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The deed has written its own line."""

    @admin.action(description=gettext_lazy("所选反馈已看过，不用答复"), permissions=["change"])
    def needs_no_answer(self, request: HttpRequest, chosen: QuerySet[Feedback]) -> None:
        by, now = account_of(request), clock.now()
        count = settle_all(chosen=chosen, by=by, now=now)
        messages.success(request, ngettext("已处理 %d 条反馈。", "已处理 %d 条反馈。", count) % count)
