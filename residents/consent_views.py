"""授权同意: one tick for each purpose, taken back as easily as given; and the privacy notices."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation import clock
from residents import consenting
from residents.access import Viewer
from residents.consent_forms import ConsentForm
from residents.family.scope import name_of
from residents.redirects import is_own_path


@require_safe
def consents(request: HttpRequest) -> HttpResponse:
    """What was agreed to, since when, and the way back."""
    viewer = consenting.signer_of(request)
    asked = consenting.asked_of(viewer, clock.now())
    return render(request, "residents/consents.html", {"asked": asked, **_about(viewer)})


@require_http_methods(["GET", "HEAD", "POST"])
def give_consents(request: HttpRequest) -> HttpResponse:
    """What is asked, each purpose by itself, nothing ticked beforehand; then back to where one wanted to go."""
    viewer, now = consenting.signer_of(request), clock.now()
    asked = consenting.asked_of(viewer, now)
    open_ones = [one for one in asked if one.consent is None or one.is_outdated]
    form = ConsentForm(request.POST if request.method == "POST" else None, asked=open_ones)
    wanted = request.POST.get("next") or request.GET.get("next", "")
    if request.method == "POST" and form.is_valid():
        consenting.give(viewer=viewer, purposes=form.cleaned_data["purposes"], asked=open_ones, now=now)
        messages.success(request, _("已记下您的选择，随时可以在“授权同意”里更改。"))
        return redirect(wanted if is_own_path(wanted) else "residents:consents")
    context = {"asked": open_ones, "form": form, "next": wanted if is_own_path(wanted) else "", **_about(viewer)}
    return render(request, "residents/give_consents.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_consent(request: HttpRequest, purpose: str) -> HttpResponse:
    """First what taking it back means, then the deed."""
    viewer, now = consenting.signer_of(request), clock.now()
    asked = next((one for one in consenting.asked_of(viewer, now) if one.purpose == purpose), None)
    if asked is None:
        raise Http404
    if request.method == "POST":
        consenting.withdraw(viewer=viewer, asked=asked, now=now)
        messages.success(request, _("已撤回，马上生效。"))
        return redirect("residents:consents")
    return render(request, "residents/withdraw_consent.html", {"asked": asked, **_about(viewer)})


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What the portal holds about people, why, how long, and whom to ask."""
    return render(request, "residents/privacy.html")


@login_not_required
@require_safe
def privacy_for_children(request: HttpRequest) -> HttpResponse:
    """The same for people under 14 and their guardians (PIPL article 31)."""
    return render(request, "residents/privacy_for_children.html")


def _about(viewer: Viewer) -> dict[str, str]:
    """The other person's name, where one signs for another."""
    return {"about": "" if viewer.is_self else name_of(viewer)}
