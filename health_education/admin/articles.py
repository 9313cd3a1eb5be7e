"""Topics and articles at the editors' desk."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import clock
from health_education import actions, presenters
from health_education.admin.accounts import account_of
from health_education.forms import ArticleForm
from health_education.models import Article, Revision, Topic

TEXT = ("title", "summary", "body", "source", "author_name")


@admin.register(Topic)
class TopicAdmin(admin.ModelAdmin):
    list_display = ["name", "slug", "position"]


class FirstDraft(admin.StackedInline):
    """The first wording, written together with its article."""

    model = Revision
    fields = TEXT
    verbose_name = gettext_lazy("正文")
    verbose_name_plural = gettext_lazy("第一版正文")
    min_num = max_num = 1
    can_delete = False

    def has_view_or_change_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        return obj is None


class Versions(admin.TabularInline):
    """The wordings of an article, each a link to its own page."""

    model = Revision
    fields = readonly_fields = ("number", "title", "stage", "author_name", "reviewer_name", "publish_at")
    verbose_name_plural = gettext_lazy("各个版本")
    show_change_link = True
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("进度"))
    def stage(self, revision: Revision) -> str:
        return presenters.stage(revision, clock.now())


@admin.register(Article)
class ArticleAdmin(admin.ModelAdmin):
    form = ArticleForm
    list_display = ["newest_title", "topic", "audiences", "slug", "withdrawn_at"]
    list_filter = ["topic"]
    list_select_related = ["topic"]
    search_fields = ["slug", "revisions__title"]
    actions = ["withdraw", "restore"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        newest = Revision.objects.filter(article=OuterRef("pk")).order_by("-number").values("title")[:1]
        articles: QuerySet[Article] = super().get_queryset(request)
        return articles.annotate(newest_title=Subquery(newest))

    @admin.display(description=gettext_lazy("标题"))
    def newest_title(self, article: Any) -> str:
        return str(article.newest_title or article.slug)

    @admin.display(description=gettext_lazy("适用人群"))
    def audiences(self, article: Article) -> str:
        return "、".join(article.audience_names)

    def get_inlines(self, request: HttpRequest, obj: Article | None) -> list[Any]:
        return [Versions] if obj else [FirstDraft]

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: BaseInlineFormSet, change: bool) -> None:
        """The first wording is its writer's: number, author and the author's name come from the account."""
        account = account_of(request)
        for draft in formset.save(commit=False):
            draft.number, draft.author_id = 1, account.pk
            draft.author_name = draft.author_name or account.name
            draft.save(force_insert=True)

    def response_add(self, request: HttpRequest, obj: Article, post_url_continue: str | None = None) -> HttpResponse:
        """Go on to the wording, where the next step is."""
        draft = obj.revisions.first()
        if draft is None or "_addanother" in request.POST:
            return super().response_add(request, obj, post_url_continue)
        messages.success(request, _("文章已保存为草稿。写好后请点“送专业审核”。"))
        return HttpResponseRedirect(reverse("admin:health_education_revision_change", args=[draft.pk]))

    @admin.action(description=gettext_lazy("下线所选文章（居民不再看到）"), permissions=["change"])
    def withdraw(self, request: HttpRequest, articles: QuerySet[Article]) -> None:
        for article in articles:
            actions.withdraw(article=article, by=account_of(request), now=clock.now())
        messages.success(request, _("所选文章已下线，各个版本都保留着。"))

    @admin.action(description=gettext_lazy("恢复所选文章"), permissions=["change"])
    def restore(self, request: HttpRequest, articles: QuerySet[Article]) -> None:
        for article in articles:
            actions.restore(article=article, by=account_of(request), now=clock.now())
        messages.success(request, _("所选文章已恢复。"))
