"""What a doctor at any hospital's computer does with a share: type the number and the PIN, read, take a copy."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation import clock
from foundation.middleware import own_transaction, reference_of
from records import actions
from records.pages import kept_nowhere
from records.pdf import PrintingFailed
from records.sharing import limits, opened, pages, secrets
from records.sharing.forms import OpenShareForm, PinForm
from records.sharing.opened import Look
from residents.access import address_of
from residents.same_person import about_nobody

COOKIE, PATH = "share", "/records/shared/"
Rest = ParamSpec("Rest")
Reader = Callable[Concatenate[HttpRequest, Look, Rest], HttpResponse]
View = Callable[Concatenate[HttpRequest, Rest], HttpResponse]


@login_not_required
@about_nobody
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def shared(request: HttpRequest) -> HttpResponse:
    """Type the number and the PIN."""
    form = OpenShareForm(request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return _page(request, {"form": form})
    return _try(request, form, secrets.code_index(form.cleaned_data["code"]))


@login_not_required
@about_nobody
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def shared_link(request: HttpRequest, link: str) -> HttpResponse:
    """The QR code was scanned: only the PIN is left to type. The link alone tells nothing but whether it opens."""
    now = clock.now()
    form = PinForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        return _try(request, form, secrets.link_index(link))
    if not limits.may_try(request, now):
        return _page(request, {"too_many": True}, status=429)
    found = opened.found_at(secrets.link_index(link))
    if found is None:
        limits.note_wrong(now)
        return _page(request, {"form": OpenShareForm(), "unknown": True}, status=404)
    if found.state != "live":
        return _refused(request, found.state)
    return _page(request, {"form": form, "scanned": True})


def _try(request: HttpRequest, form: PinForm, index: Any) -> HttpResponse:
    now = clock.now()
    if not limits.may_try(request, now):
        return _page(request, {"too_many": True}, status=429)
    found = opened.found_at(index)
    if found is None:
        limits.note_wrong(now)
        form.add_error(None, _("没有找到这张凭证，请对照患者的凭证再输一次。"))
        return _page(request, {"form": form})
    answer = opened.try_pin(
        found.id,
        form.cleaned_data["pin"],
        reader=form.cleaned_data["reader"],
        address=address_of(request),
        reference=reference_of(request),
    )
    if answer.token:
        return _let_in(answer.token)
    limits.note_wrong(now)
    if answer.state != "wrong":
        return _refused(request, answer.state)
    form.forget_pin()
    form.add_error("pin", _("PIN 码不对，还可以试%(count)d次。再问一下患者。") % {"count": answer.attempts_left})
    return _page(request, {"form": form, "scanned": not isinstance(form, OpenShareForm)})


def _let_in(token: str) -> HttpResponse:
    answer = redirect("records:shared_open")
    answer.set_cookie(COOKIE, token, path=PATH, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Strict")
    return answer


def _page(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return kept_nowhere(render(request, "records/sharing/enter.html", context, status=status))


def _refused(request: HttpRequest, state: str) -> HttpResponse:
    title, how = pages.refusal(state)
    return _page(request, {"form": OpenShareForm(), "refused": title, "how": how})


def for_reader(deed: str) -> Callable[[Reader[Rest]], View[Rest]]:
    """Hand the view a look at the share that is open in this browser, written down as `deed`; else back to the form.

    A view about one report names it `report_id`; what the share does not show is as if the share were closed.
    """

    def decorate(view: Reader[Rest]) -> View[Rest]:
        @login_not_required
        @own_transaction
        @wraps(view)
        def run(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
            about: Any = kwargs.get("report_id")
            with opened.reading(request.COOKIES.get(COOKIE, "")):
                held = opened.look(deed, about, address=address_of(request), reference=reference_of(request))
                if held is None:
                    return _page(request, {"form": OpenShareForm(), "over": True}, status=403)
                return kept_nowhere(view(request, held, *args, **kwargs))

        return run

    return decorate


@require_safe
@for_reader(opened.READ)
def shared_open(request: HttpRequest, held: Look) -> HttpResponse:
    """The chosen reports as they stand now."""
    now = clock.now()
    context = pages.reading(held, opened.shared_reports(now), now)
    return render(request, "records/sharing/open.html", context)


@require_safe
@for_reader(opened.DOWNLOADED)
def shared_pdf(request: HttpRequest, held: Look, report_id: UUID) -> HttpResponse:
    """One of the reports as a signed PDF that can be checked later."""
    now = clock.now()
    found = opened.report_to_print(held, report_id)
    if found is None:
        return _page(request, {"form": OpenShareForm(), "over": True}, status=403)
    report, holder = found
    by = opened.copyist(held, address=address_of(request), reference=reference_of(request))
    try:
        copy = actions.issue_copy(opened=report, holder=holder, by=by, now=now)
    except PrintingFailed:
        return render(request, "records/printing_failed.html", {"report": report.report}, status=503)
    return _pdf(copy.pdf, f"report-{timezone.localdate(report.report.issued_at or now)}.pdf")


@require_safe
@for_reader(opened.ORIGINAL)
def shared_original(request: HttpRequest, held: Look, report_id: UUID, number: int) -> HttpResponse:
    """The facility's own PDF of one of the reports."""
    content = opened.original_of(report_id, number)
    if content is None:
        return _page(request, {"form": OpenShareForm(), "over": True}, status=403)
    return _pdf(content, f"original-{number}.pdf")


@login_not_required
@about_nobody
@own_transaction
@require_POST
def shared_leave(request: HttpRequest) -> HttpResponse:
    """Done: close it in this browser, for whoever sits down next."""
    with opened.reading(request.COOKIES.get(COOKIE, "")):
        opened.close()
    answer = redirect("records:shared")
    answer.delete_cookie(COOKIE, path=PATH, samesite="Strict")
    return answer


def _pdf(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response
