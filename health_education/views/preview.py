"""The editors' preview: a wording as residents would see it, alone or inside the staff site's two phones."""

from uuid import UUID

from csp.constants import SELF
from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from health_education import access
from health_education.media.showing import shown_in
from residents.models import Account


@csp_replace({"frame-ancestors": [SELF]})  # type: ignore[arg-type]  # it hands on every argument, not the request alone
@xframe_options_sameorigin
@require_safe
def preview(request: HttpRequest, key: UUID) -> HttpResponse:
    """Any wording as the residents would see it, for editors and reviewers; with `size`, in that size of type.

    The only page of the portal that another page of ours may frame.
    """
    revision = access.revision_for_preview(request, key)
    framed = request.GET.get("size") in Account.DisplayMode.values
    if framed:
        vars(request)["display_mode"] = request.GET["size"]
    shown = shown_in(revision)
    context = {
        "revision": revision,
        "body": shown.body(revision.body),
        "shown": shown,
        "others": [],
        "preview": not framed,
    }
    return render(request, "health_education/preview.html", context)
