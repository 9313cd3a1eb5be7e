"""What readers said of texts, at the editors' desk: read, dealt with, answered."""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from foundation import clock
from health_education.admin.accounts import account_of
from health_education.feedback_forms import AnswerForm
from health_education.models import Feedback, Revision
from health_education.readers_words import settle
from health_education.reading_querysets import FeedbackQuerySet

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
        return queryset.filter(place="", words="") if self.value() == "counted" else queryset


class SettleForm(AnswerForm, ModelForm):
    class Meta:
        model = Feedback
        fields = ["answer"]


@admin.register(Feedback)
class FeedbackAdmin(admin.ModelAdmin):
    """Saving one settles it; what is settled stays as it is."""

    form = SettleForm
    fields = ("title", "number", "kind", "place", "words", "times", "at", "answer", "settled_name", "settled_at")
    list_display = ["title", "kind", "place", "words", "times", "at", "state"]
    list_filter = [State, "kind"]
    search_fields = ["article__slug", "article__revisions__title"]
    actions = ["needs_no_answer"]
    list_per_page = 50
    show_full_result_count = False

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
        count = sum(settle(feedback=one, answer="", by=by, now=now) for one in chosen)
        messages.success(request, ngettext("已处理 %d 条反馈。", "已处理 %d 条反馈。", count) % count)
