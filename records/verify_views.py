"""Whether a printed copy, or its file, is genuine and still holds; never what it says or about whom."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from foundation import clock
from foundation.middleware import own_transaction
from records import codes, issued, limits
from records.forms import CodeForm, FileForm
from records.presenters import verifying as words
from records.uploads import Streamed
from residents.same_person import about_nobody

# A body that is larger still than what is refused in words is not even read.
FAR_TOO_LARGE = 4


@login_not_required
@require_safe
def verify_form(request: HttpRequest) -> HttpResponse:
    """Type the code of a printed copy, or choose the file."""
    form = CodeForm(request.GET if "code" in request.GET else None)
    if form.is_valid():
        return redirect("records:verify", form.cleaned_data["code"])
    return _page(request, form=form)


@login_not_required
@require_safe
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """What a code says."""
    if not limits.may_verify(request, clock.now()):
        return _page(request, answer=words.TOO_MANY, status=429)
    meant = codes.tidy(code)
    copy = issued.by_code(meant) if meant else None
    answer = words.of_code(copy, codes.grouped(meant) if meant else "")
    return _page(request, answer=answer, status=200 if copy else 404)


@login_not_required
@about_nobody
@own_transaction
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def verify_file(request: HttpRequest) -> HttpResponse:
    """What a file says. It is read as it arrives, outside any transaction: a slow line holds up nobody.

    The token against forgery is asked inside, once a handler of ours is in place that keeps nothing of the file.
    """
    if request.method != "POST":
        return redirect("records:verify_form")
    now = clock.now()
    with transaction.atomic():
        allowed, most = limits.may_verify_file(request, now), limits.most_bytes(now)
    if not allowed:
        return _apart(request, words.TOO_MANY, now, 429)
    if _announced(request) > FAR_TOO_LARGE * most:
        return _apart(request, words.too_large(most // limits.MEGABYTE), now, 413)
    handler = Streamed(request, most)
    request.upload_handlers = [handler]
    return _of_file(request, handler, now)


def _announced(request: HttpRequest) -> int:
    """How many bytes the browser says it sends; none where it says something else."""
    said = str(request.META.get("CONTENT_LENGTH", ""))
    return int(said) if said.isdecimal() and len(said) < 20 else 0


@csrf_protect
def _of_file(request: HttpRequest, handler: Streamed, now: datetime) -> HttpResponse:
    if not request.FILES and handler.too_large:  # asking for the files is what has the body read
        return _apart(request, words.too_large(handler.most // limits.MEGABYTE), now, 413)
    standing = handler.standing
    if standing is None:
        return _apart(request, words.NOTHING_CHOSEN, now, 400)
    with transaction.atomic():
        copy = issued.by_file(standing.sha256)
        return _page(request, answer=words.of_file(standing, copy), now=now)


def _apart(request: HttpRequest, answer: words.Answer, now: datetime, status: int) -> HttpResponse:
    with transaction.atomic():
        return _page(request, answer=answer, status=status, now=now)


def _page(request: HttpRequest, *, status: int = 200, now: datetime | None = None, **context: Any) -> HttpResponse:
    now = now or clock.now()
    most = limits.most_bytes(now)
    fixed = {"form": CodeForm(), "file_form": FileForm(), "most": most // limits.MEGABYTE, "most_bytes": most}
    return render(request, "records/verify.html", fixed | context, status=status)
