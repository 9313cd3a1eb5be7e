"""Each wording's way from draft to the residents."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy

from foundation import clock
from health_education import actions, presenters, steps
from health_education.admin.accounts import account_of
from health_education.admin.pages import EditorialPages
from health_education.models import Revision

TEXT = ("title", "summary", "body", "source", "author_name")


@admin.register(Revision)
class RevisionAdmin(EditorialPages):
    """One wording. Its author edits it while it is a draft; everything else happens by the named steps above it."""

    fields = ("article", "number", *TEXT, "reviewer_name", "publish_at", "review_due_on")
    list_display = ["title", "number", "stage", "topic", "author_name", "publish_at"]
    list_filter = ["state", "is_sample", "article__kind", "article__topic"]
    list_select_related = ["article__topic"]
    search_fields = ["title"]
    ordering = ["-created_at"]
    list_per_page = 50
    show_full_result_count = False
    change_form_template = "health_education/admin/revision.html"

    @admin.display(description=gettext_lazy("进度"))
    def stage(self, revision: Revision) -> str:
        return presenters.stage(revision, clock.now())

    @admin.display(description=gettext_lazy("主题"), ordering="article__topic")
    def topic(self, revision: Revision) -> str:
        return revision.article.topic.name

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A wording begins with its article, or as a new version of an approved one."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Revision | None = None) -> bool:
        """Only its author changes a draft's words (the database says the same)."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or (obj.can_be_edited and obj.author_id == request.user.pk))

    def get_readonly_fields(self, request: HttpRequest, obj: Revision | None = None) -> list[str]:
        return ["article", "number", "reviewer_name", "publish_at", "review_due_on"]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        revision = self.get_object(request, object_id)
        if revision is None:
            raise Http404
        panel = steps.panel(revision, account_of(request), clock.now())
        title = {"title": revision.title, "subtitle": None}
        return super().change_view(request, object_id, form_url, {"panel": panel, **title, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.step_view)
        own = path("<uuid:key>/step/<slug:step>/", view, name="health_education_revision_step")
        return [own, *super().get_urls()]

    def step_view(self, request: HttpRequest, key: Any, step: str) -> HttpResponse:
        """Take one step with a wording (POST), and say what came of it."""
        revision = self.get_object(request, str(key))
        deed: Callable[..., steps.Done] | None = steps.STEPS.get(step)
        if request.method != "POST" or revision is None or deed is None:
            raise Http404
        try:
            done = deed(revision, account_of(request), request.POST, clock.now())
        except actions.Refused as refusal:
            messages.error(request, str(refusal))
            done = steps.Done(revision, "")
        if done.message:
            messages.success(request, done.message)
        return HttpResponseRedirect(reverse("admin:health_education_revision_change", args=[done.revision.pk]))
