"""Topics and articles at the editors' desk."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet, ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import clock
from health_education import actions, frames, presenters
from health_education.admin.accounts import account_of
from health_education.archives import texts_in
from health_education.editing_forms import ArchiveForm, WithdrawForm
from health_education.forms import ArticleForm
from health_education.importing import bring_in_all
from health_education.models import Article, Revision, Topic
from residents.models import Account

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
    """An article's frame and its wordings; it is withdrawn with a reason, never deleted."""

    form = ArticleForm
    list_display = ["newest_title", "kind", "topic", "audiences", "slug", "readers_said", "withdrawn_at"]
    list_filter = ["kind", "topic"]
    list_select_related = ["topic"]
    search_fields = ["slug", "revisions__title"]
    show_full_result_count = False
    change_form_template = "health_education/admin/article.html"
    change_list_template = "health_education/admin/articles.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        return Article.objects.with_titles().with_feedback().order_by("slug")

    @admin.display(description=gettext_lazy("标题"))
    def newest_title(self, article: Any) -> str:
        return str(article.newest_title or article.slug)

    @admin.display(description=gettext_lazy("适用人群"))
    def audiences(self, article: Article) -> str:
        return "、".join(article.audience_names)

    @admin.display(description=gettext_lazy("读者反馈"))
    def readers_said(self, article: Any) -> str:
        return presenters.readers_said(article) or "—"

    @admin.display(description=gettext_lazy("说明的项目"))
    def codes(self, article: Article) -> str:
        return "、".join(map(str, article.explains.current()))

    def get_inlines(self, request: HttpRequest, obj: Article | None) -> list[Any]:
        return [Versions] if obj else [FirstDraft]

    def get_formset_kwargs(self, request: HttpRequest, obj: Article, inline: Any, prefix: str) -> dict[str, Any]:
        """A new article may be asked for with its title."""
        given = super().get_formset_kwargs(request, obj, inline, prefix)
        title = request.GET.get("title", "")
        if request.method == "GET" and title and isinstance(inline, FirstDraft):
            given["initial"] = [{"title": title}]
        return given

    def save_model(self, request: HttpRequest, obj: Article, form: Any, change: bool) -> None:
        """Keep what was typed; what a text is for and its codes wait for a reviewer once it was approved."""
        by, now = account_of(request), clock.now()
        wished = _wished(request, obj, by) if change else frames.SET
        super().save_model(request, obj, form, change)
        coded = frames.set_codes(article=obj, codes=form.cleaned_data["codes"], by=by, now=now)
        if frames.WAITS in {wished, coded}:
            words = _("文章已通过审核，所以类型、人群、标签、审核专业、语言和新加的编码要等审核人确认才生效。")
            messages.warning(request, words)

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
        messages.success(request, _("文章已保存为草稿。写好后请点“提交初审”。"))
        return HttpResponseRedirect(reverse("admin:health_education_revision_change", args=[draft.pk]))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        article = self.get_object(request, object_id)
        if article is None:
            raise Http404
        context = {
            "withdraw_form": WithdrawForm(article=article),
            "title": self.newest_title(article),
            "use": presenters.use(article),
            "readers_said": presenters.readers_said(article),
        }
        return super().change_view(request, object_id, form_url, {**context, "subtitle": None, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("import/", view(self.import_view), name="health_education_article_import"),
            path("<uuid:key>/step/<slug:step>/", view(self.step_view), name="health_education_article_step"),
        ]
        return [*own, *super().get_urls()]

    def step_view(self, request: HttpRequest, key: UUID, step: str) -> HttpResponse:
        """Withdraw an article with a reason, or put it back (POST)."""
        article = self.get_object(request, str(key))
        if request.method != "POST" or article is None or step not in {"withdraw", "restore"}:
            raise Http404
        if not self.has_change_permission(request, article):
            raise PermissionDenied
        try:
            messages.success(
                request, _withdrawn(request, article) if step == "withdraw" else _restored(request, article)
            )
        except actions.Refused as refusal:
            messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse("admin:health_education_article_change", args=[article.pk]))

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Bring in a ZIP of texts as drafts, and say what became of each."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ArchiveForm(request.POST or None, request.FILES or None)
        outcomes = []
        if request.method == "POST" and form.is_valid():
            file = form.cleaned_data["file"]
            try:
                outcomes = bring_in_all(texts_in(file, file.size), account_of(request), clock.now())
            except ValidationError as error:
                form.add_error("file", error)
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "title": _("导入文章")}
        context = {**frame, "form": form, "outcomes": outcomes}
        return TemplateResponse(request, "health_education/admin/import.html", context)


def _wished(request: HttpRequest, article: Article, by: Account) -> str:
    """Ask for the use that was typed, and leave in `article` the one that holds."""
    wished = frames.SAME
    try:
        wished = frames.wish(article=article, wanted=vars(article), by=by, now=clock.now())
    except actions.Refused as refusal:  # handed in while the form lay open
        messages.error(request, str(refusal))
    vars(article).update(Article.objects.filter(pk=article.pk).values(*frames.FIELDS).get())
    return wished


def _withdrawn(request: HttpRequest, article: Article) -> str:
    form = WithdrawForm(request.POST, article=article)
    if not form.is_valid():
        raise actions.Refused(" ".join(str(error) for errors in form.errors.values() for error in errors))
    typed = form.cleaned_data
    because, instead = typed["because"], typed["replaced_by"]
    actions.withdraw(article=article, by=account_of(request), because=because, replaced_by=instead, now=clock.now())
    return _("文章已下线，各个版本都保留着。")


def _restored(request: HttpRequest, article: Article) -> str:
    actions.restore(article=article, by=account_of(request), now=clock.now())
    return _("文章已恢复，居民又能看到了。")
