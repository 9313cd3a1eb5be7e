"""The editors' own pages beside the lists: what waits, two wordings side by side, the page as phones show it."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _

from foundation import clock
from health_education import comparing, presenters
from health_education.admin.accounts import account_of
from health_education.models import Revision
from health_education.worklist import worklist
from residents.models import Account

if TYPE_CHECKING:
    Pages = admin.ModelAdmin[Revision]
else:
    Pages = admin.ModelAdmin
SIZES = Account.DisplayMode


class EditorialPages(Pages):
    """Pages of the staff site about wordings; whoever may see wordings may open them."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        name = "health_education_revision_{}".format
        own = [
            path("worklist/", view(self.worklist_view), name=name("worklist")),
            path("<uuid:key>/compare/", view(self.compare_view), name=name("compare")),
            path("<uuid:key>/phones/", view(self.phones_view), name=name("phones")),
        ]
        return [*own, *super().get_urls()]

    def worklist_view(self, request: HttpRequest) -> HttpResponse:
        """What waits for whoever is signed in."""
        self._require_view(request)
        now = clock.now()
        lists = worklist(account_of(request), now)
        for one in lists:
            for revision in one.revisions:
                vars(revision)["stage"] = presenters.stage(revision, now)
        return self._page(request, "worklist", _("宣教待办"), {"lists": lists})

    def compare_view(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """Two wordings of one article: what was taken out, what was put in."""
        revision = self._revision(request, key)
        known = comparing.wordings(revision.article)
        before = _chosen(request, "before", known) or comparing.usual_before(known, revision)
        after = _chosen(request, "after", known) or revision.pk
        context = {
            "wordings": [(key, label) for key, (label, _wording) in known.items()],
            "before": before,
            "after": after,
            "inline": request.GET.get("view") == "inline",
            "parts": comparing.compare(known[before][1], known[after][1]) if before else [],
            "original": revision,
        }
        return self._page(request, "compare", _("比较文字：%(title)s") % {"title": revision.title}, context)

    @method_decorator(csp_update({"frame-src": [SELF]}))
    def phones_view(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """The page as residents see it on a phone, in both sizes side by side."""
        revision = self._revision(request, key)
        context = {"original": revision, "sizes": SIZES.choices}
        return self._page(request, "phones", _("手机预览：%(title)s") % {"title": revision.title}, context)

    def _revision(self, request: HttpRequest, key: UUID) -> Revision:
        self._require_view(request)
        revision: Revision | None = self.get_object(request, str(key))
        if revision is None:
            raise Http404
        return revision

    def _require_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _page(self, request: HttpRequest, name: str, title: str, context: dict[str, Any]) -> HttpResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return TemplateResponse(request, f"health_education/admin/{name}.html", {**frame, **context})


def _chosen(request: HttpRequest, name: str, known: dict[UUID, Any]) -> UUID | None:
    """The wording asked for; None where nothing, nonsense or another article's was."""
    return next((key for key in known if str(key) == request.GET.get(name)), None)
