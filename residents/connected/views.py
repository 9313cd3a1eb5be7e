"""A resident's side: agreeing to what a program asks for, seeing which programs read, and stopping one in one tap."""

from datetime import datetime
from uuid import UUID

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation import clock
from foundation.dated import setting
from residents import acting, proving
from residents.access import Viewer, own_viewer_of
from residents.connected import connections
from residents.connected.forms import AnswerForm
from residents.connected.limits import CONNECTION_DAYS
from residents.connected.scopes import kinds_in, lasts, only, origin_of
from residents.connected.server import Asked, CodeGrant, Refused, issuer, server
from residents.connected.tokens import Agreed


@require_http_methods(["GET", "HEAD", "POST"])
def authorize(request: HttpRequest) -> HttpResponseBase:
    """What a program asks a resident for, in plain words; the answer goes back to the program with a code, or a no."""
    viewer, now = own_viewer_of(request), clock.now()
    try:
        asked = Asked(request, request.GET)
        grant: CodeGrant = server().get_consent_grant(asked)
    except OAuth2Error as error:
        return _refuse(request, error)
    if closed := _closed(request, viewer):
        return render(request, "residents/connected/closed.html", {"why": closed}, status=403)
    if not proving.proved_recently(request, now):
        return proving.to_proof(request)
    form = AnswerForm(request.POST if request.method == "POST" else None, kinds=kinds_in(asked.scope.split()))
    if request.method == "POST" and (form.refuses or form.is_valid()):
        return _answer(request, asked, grant, form, viewer, now)
    return _page(request, asked, grant, form, now)


def _page(request: HttpRequest, asked: Asked, grant: CodeGrant, form: AnswerForm, now: datetime) -> HttpResponse:
    context = {
        "program": grant.client.program,
        "form": form,
        "lasts": lasts(asked.scope.split()),
        "days": setting(CONNECTION_DAYS, now),
    }
    response = render(request, "residents/connected/authorize.html", context)
    # Browsers hold the policy against the redirect that answers the form, too.
    vars(response)["_csp_update"] = {"form-action": [origin_of(asked.payload.redirect_uri)]}
    return response


def _answer(
    request: HttpRequest, asked: Asked, grant: CodeGrant, form: AnswerForm, viewer: Viewer, now: datetime
) -> HttpResponseBase:
    scopes = [] if form.refuses else only(asked.scope.split(), form.cleaned_data["kinds"], lasting=form.lasting)
    agreed = Agreed(viewer.resident_id, scopes, now) if scopes else None
    try:
        with transaction.atomic():
            response = server().create_authorization_response(asked, agreed, grant)
    except Refused:
        return proving.to_proof(request)
    return _named(response)


def _named(response: HttpResponse) -> HttpResponse:
    """With the server's own name, so that a program that knows several servers mixes up no two (RFC 9207)."""
    response["Location"] = add_params_to_uri(response["Location"], [("iss", issuer())])
    return response


def _refuse(request: HttpRequest, error: OAuth2Error) -> HttpResponse:
    """Back to the program where its address is known to be its own; a page that says so where it is not."""
    if error.redirect_uri:
        return _named(server().handle_error_response(request, error))
    return render(request, "residents/connected/wrong_request.html", {"error": error.error}, status=400)


def _closed(request: HttpRequest, viewer: Viewer) -> str:
    """Why this session cannot agree to anything; empty where it can."""
    if acting.acting_of(request) is not None:
        return "acting"
    if acting.may_see(viewer.resident_id, "records") or acting.may_see(viewer.resident_id, "results"):
        return ""
    return "record"


@require_safe
def programs(request: HttpRequest) -> HttpResponse:
    """我授权的应用: who, what, since when, last used; and those that ended."""
    viewer, now = own_viewer_of(request), clock.now()
    context = {"live": connections.live(viewer, now), "past": connections.past(viewer, now)}
    return render(request, "residents/connected/programs.html", context)


@require_POST
def end_program(request: HttpRequest, connection: UUID) -> HttpResponse:
    """Stop one at once; running tokens count no more."""
    viewer = own_viewer_of(request)
    found = connections.one(viewer, connection)
    if found is None:
        raise Http404
    if connections.end(viewer, connection):
        said = _("已停止“%(name)s”的授权，马上生效。它以前读走的内容，要请它的运营单位删除。")
        messages.success(request, said % {"name": found.program.name})
    return redirect("residents:programs")
