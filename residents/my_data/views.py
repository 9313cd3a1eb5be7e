"""我的信息: taking it along, having it corrected, closing the account."""

import tempfile

from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation import clock
from foundation.middleware import own_transaction
from foundation.press import PrintingFailed
from residents.access import Viewer, own_viewer_of, viewer_of
from residents.acting import may_see
from residents.models.access import Capacity
from residents.my_data import closing, correcting, parts, taking
from residents.my_data.forms import ClosingForm, CorrectionForm
from residents.proving import needs_recent_proof

IN_MEMORY = 2 * 1024 * 1024


@require_safe
def my_data(request: HttpRequest) -> HttpResponse:
    """What is held, and what one can do about it."""
    viewer = _whose(request)
    context = {
        "titles": [part.title for part in parts.PARTS.values()],
        "corrections": correcting.corrections_of(viewer.resident_id),
        "for_another": not viewer.is_self,
    }
    return render(request, "residents/my_data.html", context)


@require_safe
@needs_recent_proof()
def take_json(request: HttpRequest) -> HttpResponseBase:
    """Everything held about me, for machines."""
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # the response closes it
    taking.write_json(_whose(request), file, now=clock.now())
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename="my-health-data.json", content_type="application/json")


@require_safe
@needs_recent_proof()
def take_pdf(request: HttpRequest) -> HttpResponseBase:
    """Everything held about me, for reading."""
    try:
        file = taking.as_pdf(_whose(request), now=clock.now())
    except PrintingFailed:
        messages.error(request, _("现在打印不了，请稍后再试，或先下载JSON文件。"))
        return redirect("residents:my_data")
    response = HttpResponse(file, content_type="application/pdf")
    response.headers["Content-Disposition"] = 'attachment; filename="my-health-data.pdf"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def ask_for_correction(request: HttpRequest) -> HttpResponse:
    """What is wrong, to whom it goes, by when it is answered."""
    viewer = _whose(request)
    form = CorrectionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            correction = correcting.ask(viewer=viewer, now=clock.now(), **form.cleaned_data)
        except correcting.TooMany:
            form.add_error(None, _("您有好几个申请还在等答复，请等答复后再提。"))
        else:
            day = correction.due_at.strftime("%Y-%m-%d")
            messages.success(request, _("已提交。机构会在 %(day)s 前答复，答复会放进“消息”。") % {"day": day})
            return redirect("residents:my_data")
    return render(request, "residents/ask_for_correction.html", {"form": form})


@own_transaction
@require_http_methods(["GET", "HEAD", "POST"])
@needs_recent_proof()
def close_account(request: HttpRequest) -> HttpResponse:
    """What ends, what the law keeps, what must be settled first; then the deed, and the way back.

    The deed is committed before the session is left: both end the session's row, over two connections.
    """
    viewer, now = own_viewer_of(request), clock.now()
    with transaction.atomic():
        waiting = closing.in_the_way(viewer, now)
    form = ClosingForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and not waiting and form.is_valid():
        closing.close(viewer=viewer)
        logout(request)
        response = render(request, "residents/account_closed.html")
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response
    return render(request, "residents/close_account.html", {"form": form, "waiting": waiting})


def _whose(request: HttpRequest) -> Viewer:
    """A guardian exports and corrects for the child while the record is open to them; everybody else for themselves."""
    viewer = viewer_of(request)
    if viewer.capacity != Capacity.GUARDIAN:
        return own_viewer_of(request)
    if not may_see(viewer.resident_id, "records"):
        raise PermissionDenied(_("孩子的健康档案没有对您开放，不能替孩子导出或更正。"))
    return viewer
