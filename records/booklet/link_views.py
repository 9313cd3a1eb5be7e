"""“用浏览器打开”: making a link to one file in WeChat, and using it in another browser without signing in."""

from uuid import UUID

import segno
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from foundation import clock
from foundation.middleware import own_transaction, reference_of
from records import limits
from records.booklet import links, parcels
from records.booklet.choosing import RECORDS, RESULTS
from records.booklet.views import names, pdf_answer
from records.models import Parcel
from records.pages import for_resident, kept_nowhere
from records.sharing.opened import reading
from residents.access import Viewer, address_of
from residents.same_person import about_nobody

GONE = {"used", "expired", "ended"}


@require_POST
@for_resident(RECORDS, RESULTS)
def taken_link(request: HttpRequest, viewer: Viewer, parcel_id: UUID) -> HttpResponse:
    """A link and a QR code for another browser, shown this once."""
    now = clock.now()
    parcel = parcels.parcel_for(viewer, parcel_id)
    categories = [name for name, there in ((RECORDS, parcel.with_records), (RESULTS, parcel.with_results)) if there]
    if not parcels.may_take(viewer, categories):
        return render(request, "records/booklet/not_for_staff.html", status=403)
    if parcels.state_of(parcel, now) != Parcel.State.READY:
        return redirect("records:booklet_state", parcel_id)
    made = links.make(viewer=viewer, parcel=parcel, now=now)
    address = settings.PUBLIC_URL.rstrip("/") + reverse("records:taken_once", args=[made.token])
    context = {
        "parcel": parcel,
        "address": address,
        "expires_at": made.expires_at,
        "qr": str(segno.make_qr(address, error="m").svg_data_uri(border=2, dark="#000", light="#fff", scale=5)),
    }
    return kept_nowhere(render(request, "records/booklet/link.html", context))


@login_not_required
@about_nobody
@own_transaction
@require_http_methods(["GET", "HEAD", "POST"])
def taken_once(request: HttpRequest, token: str) -> HttpResponse:
    """A page with a button, and behind the button the file: a preview of the link that asks for the page burns nothing.

    The answers are the same for every unknown link, and for every link that is over.
    """
    if not limits.may_verify(request, clock.now()):
        return _page(request, {"too_many": True}, 429)
    with reading(token):
        if request.method != "POST":
            return _before(request, links.state())
        taken = links.take(address=address_of(request), reference=reference_of(request))
    if taken is None or taken.state != "live":
        return _before(request, taken.state if taken else None)
    made_at = taken.made_at or clock.now()
    of = Parcel(kind=taken.kind, asked_at=made_at, ready_at=made_at)
    return pdf_answer(taken.pdf, *names(of), attached=True)


def _before(request: HttpRequest, state: str | None) -> HttpResponse:
    if state is None:
        return _page(request, {"unknown": True}, 404)
    return _page(request, {"over": True}, 410) if state in GONE else _page(request, {}, 200)


def _page(request: HttpRequest, context: dict[str, bool], status: int) -> HttpResponse:
    return kept_nowhere(render(request, "records/booklet/once.html", context, status=status))
