"""一次性帮办码: a code that the person says to a helper who is there, made on the person's own phone."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from foundation import clock
from foundation.dated import setting
from residents import presence
from residents.access import own_viewer_of


@require_http_methods(["GET", "HEAD", "POST"])
def helper_code(request: HttpRequest) -> HttpResponse:
    """Make a code, and show it this once; making another one ends the one before."""
    viewer, now = own_viewer_of(request), clock.now()
    minutes = setting(presence.SPOKEN_MINUTES, now)
    if request.method != "POST":
        return render(request, "residents/helper_code.html", {"minutes": minutes})
    try:
        code, until = presence.issue_spoken(viewer=viewer, now=now)
    except presence.NoCode:
        messages.error(request, _("没有取到帮办码，请再试一次。"))
        return redirect("residents:helper_code")
    context = {"code": presence.grouped(code), "until": until, "minutes": minutes}
    return render(request, "residents/helper_code.html", context)
