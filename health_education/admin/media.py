"""The files of an article at the editors' desk: what there is, with the words to paste, and a new one."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.forms import ModelChoiceField, ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from foundation import clock
from foundation.middleware import own_transaction
from health_education.admin.accounts import account_of
from health_education.media import deeds, limits, showing
from health_education.media.refusals import Unfit
from health_education.media.uploading import Spooled
from health_education.media_forms import UploadForm, WordsForm
from health_education.models import Article, Medium
from residents.same_person import about_nobody

if TYPE_CHECKING:
    Media = admin.ModelAdmin[Medium]
else:
    Media = admin.ModelAdmin
FACTS = ("article", "number", "kind", "content_type", "size", "width", "height", "seconds", "uploaded_by_name")


@admin.register(Medium)
class MediumAdmin(Media):
    """A medium begins on its article's page of files; its words are mended here until a reviewer approved them."""

    form = WordsForm
    fields = ("title", "alt", "captions", "transcript", "poster", *FACTS, "uploaded_at", "ended_at")
    list_display = ["title", "number", "kind", "article", "uploaded_by_name", "uploaded_at", "ended_at"]
    list_filter = ["kind"]
    list_select_related = ["article"]
    search_fields = ["title", "alt", "article__slug"]
    ordering = ["-uploaded_at"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A file is uploaded on its article's page."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Medium | None = None) -> list[str]:
        poster = [] if obj is not None and obj.kind == Medium.Kind.VIDEO else ["poster"]
        return [*FACTS, *poster, "uploaded_at", "ended_at"]

    def get_form(self, request: HttpRequest, obj: Any | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        poster = form.base_fields.get("poster")
        if obj is not None and isinstance(poster, ModelChoiceField):
            poster.queryset = Medium.objects.current().filter(article=obj.article_id, kind=Medium.Kind.IMAGE)
        return form

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The words; where a reviewer has approved them already, the answer to saving says what to do instead."""
        try:
            with transaction.atomic():
                return super().change_view(request, object_id, form_url, extra_context)
        except IntegrityError as error:
            if "words that were approved stay" not in str(error):
                raise
            messages.error(request, _("这些文字已随文章通过审核，不能再改。请另外上传一份，在新版本里换用它的编号。"))
            return HttpResponseRedirect(request.path)

    def response_change(self, request: HttpRequest, obj: Medium) -> HttpResponse:
        messages.success(request, _("已保存。"))
        return HttpResponseRedirect(files_page(obj.article_id))

    def save_model(self, request: HttpRequest, obj: Medium, form: ModelForm, change: bool) -> None:
        """Only the words, as the database lets nothing else be written."""
        obj.save(update_fields=["title", "alt", "captions", "transcript", "poster"])

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "health_education_medium_{}".format
        own = [
            path("article/<uuid:key>/", view(self.files_view), name=name("files")),
            path("article/<uuid:key>/upload/", self._upload_view(), name=name("upload")),
            path("<uuid:key>/end/", view(self.end_view), name=name("end")),
        ]
        return [*own, *super().get_urls()]

    def files_view(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """The files of an article, and the form for a new one."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._page(request, get_object_or_404(Article, pk=key), UploadForm(now=clock.now()))

    def _upload_view(self) -> Any:
        """The upload outside the request's own transaction, which would last as long as the line is slow.

        The token against forgery is asked inside (`admin_view`), once the body has been spooled by a handler of ours;
        nobody else's body is read.
        """

        def upload(request: HttpRequest, key: UUID) -> HttpResponseBase:
            with transaction.atomic():
                allowed = self.admin_site.has_permission(request) and self.has_change_permission(request)
                most = limits.most_bytes_of_a_request(clock.now())
            if not allowed or request.method != "POST":
                raise Http404
            handler = Spooled(request, most)
            request.upload_handlers = [handler]
            vars(request)["too_large"] = not request.FILES and handler.too_large
            with transaction.atomic():
                answer: HttpResponseBase = self.admin_site.admin_view(self.upload_view)(request, key)
                return answer.render() if isinstance(answer, TemplateResponse) else answer

        return about_nobody(own_transaction(csrf_exempt(upload)))

    def upload_view(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """Take a file in, or say why not beside what was typed."""
        article, now = get_object_or_404(Article, pk=key), clock.now()
        too_large = limits.most_bytes_of_a_request(now) // limits.MEGABYTE if vars(request)["too_large"] else 0
        form = UploadForm(request.POST, request.FILES, now=now, too_large=too_large)
        if form.is_valid() and form.facts is not None:
            try:
                medium = deeds.take_in(
                    article=article,
                    file=form.cleaned_data["file"].file,
                    facts=form.facts,
                    words=form.words(),
                    by=account_of(request),
                    now=now,
                )
            except Unfit as refusal:
                form.add_error("file", str(refusal))
            else:
                messages.success(request, _("已上传。贴进正文就会显示：%(words)s") % {"words": medium.markdown})
                return HttpResponseRedirect(files_page(article.pk))
        return self._page(request, article, form)

    def end_view(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """Show a medium nowhere any more (POST)."""
        if request.method != "POST" or not self.has_change_permission(request):
            raise Http404
        medium = get_object_or_404(Medium, pk=key)
        deeds.end(medium=medium, by=account_of(request), now=clock.now())
        messages.success(request, _("已停用：任何页面都不再显示它。"))
        return HttpResponseRedirect(files_page(medium.article_id))

    def _page(self, request: HttpRequest, article: Article, form: UploadForm) -> HttpResponse:
        newest = article.revisions.order_by("-number").first()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("图片和音视频：%(title)s") % {"title": newest.title if newest else article.slug},
            "article": article,
            "newest": newest,
            "media": [_row(medium) for medium in article.media.order_by("-ended_at", "-number")],
            "form": form,
            "may_write": self.has_change_permission(request),
        }
        return TemplateResponse(request, "health_education/admin/media.html", context)


def files_page(article_id: UUID) -> str:
    """The address of an article's page of files."""
    return reverse("admin:health_education_medium_files", args=[article_id])


def _row(medium: Medium) -> dict[str, Any]:
    """A medium with what its line shows."""
    image = medium.kind == Medium.Kind.IMAGE
    return {
        "medium": medium,
        "small": showing.smallest(medium) if image else "",
        "address": showing.widest(medium) if image else showing.address(medium, showing.WHOLE),
        "length": showing.length_of(medium.seconds),
    }
