"""The pages of the demonstration's identity platform and WeChat: who is it that sits there?"""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from foundation.middleware import own_transaction
from portal.demo import identity, people

PHONES = [
    ("he_lanfang", _("贺兰芳自己的手机")),
    ("family", _("一家人共用的手机")),
    ("wang_jianguo", _("王建国自己的手机")),
]


@login_not_required
@own_transaction
@require_http_methods(["GET", "HEAD", "POST"])
def platform(request: HttpRequest) -> HttpResponse:
    """Pick a person; the platform tells the number, or only that it knows who it is."""
    back = _back(request, "oidc")
    if request.method != "POST":
        return render(request, "demo/identity.html", {"people": people.RESIDENTS})
    if request.POST.get("answer") == "no":
        return _return(back, request, error="access_denied", iss=identity.issuer())
    try:
        person = people.resident(request.POST.get("person", ""))
    except KeyError:
        raise BadRequest("nobody of the demonstration") from None
    code = identity.code_for(
        person=person.key,
        plain=request.POST.get("answer") == "plain",
        nonce=request.GET.get("nonce", ""),
        challenge=request.GET.get("code_challenge", ""),
        back=back,
    )
    return _return(back, request, code=code, iss=identity.issuer())


@login_not_required
@own_transaction
@require_http_methods(["GET", "HEAD", "POST"])
def wechat(request: HttpRequest) -> HttpResponse:
    """Pick a phone; true WeChat asks nothing, it knows whose it is."""
    back = _back(request, "wechat")
    if request.method != "POST":
        return render(request, "demo/wechat.html", {"phones": PHONES})
    return _return(back, request, code=identity.code_for(phone=request.POST.get("phone", "")[:20]))


def _back(request: HttpRequest, key: str) -> str:
    """Where the browser returns to: the portal's own callback and nowhere else."""
    if not settings.DEMO:
        raise Http404
    own = request.build_absolute_uri(reverse("account_authority_callback", args=[key]))
    if request.GET.get("redirect_uri") != own:
        raise BadRequest("an address that was not registered")
    return own


def _return(back: str, request: HttpRequest, **answer: str) -> HttpResponse:
    return redirect(f"{back}?{urlencode({**answer, 'state': request.GET.get('state', '')})}")
