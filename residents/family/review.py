"""The staff's queue of guardians' applications: whoever reviews is never who entered it (the database sees to it)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation import clock
from foundation.rowsecurity import database
from residents import documents
from residents.access import Viewer, clerk_of
from residents.family import deeds, photos
from residents.family.deeds import FamilyRefusal
from residents.family.forms import CHILD_CONSENTS, ReviewForm
from residents.models import Guardianship, GuardianshipPhoto
from residents.presenters import masked_number

VIEW, DECIDE = "residents.view_guardianship", "residents.change_guardianship"


@dataclass(frozen=True)
class Facts:
    """What a reviewer may know of the two people; the child's birth date only where the name agrees."""

    guardian: str
    guardian_birth: date
    known: bool
    agrees: bool | None
    child_birth: date | None


def queue(request: HttpRequest) -> HttpResponse:
    """Applications that wait at the facilities where this account may decide."""
    _demand(request, VIEW)
    rows = [
        {"one": one, "child": one.child_name, "own": one.created_by == request.user.pk}
        for one in Guardianship.objects.waiting().select_related("facility")[:100]
    ]
    context = {**admin.site.each_context(request), "title": _("监护人申请"), "rows": rows}
    return TemplateResponse(request, "residents/family/queue.html", context)


def review(request: HttpRequest, guardianship_id: UUID) -> HttpResponse:
    """One application with its evidence; yes, or no with a reason."""
    _demand(request, DECIDE)
    asked = _asked(guardianship_id)
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _decided(request, asked, form):
        return redirect("staff:guardianships")
    shown = set(asked.consents)
    context = {
        **admin.site.each_context(request),
        "title": _("审核监护人申请"),
        "asked": asked,
        "facts": _facts(_viewer(request, asked), asked),
        "number": masked_number(asked.child_number),
        "document": _document(asked),
        "consents": [words for name, words in CHILD_CONSENTS if name in shown],
        "photos": GuardianshipPhoto.objects.filter(guardianship=asked).order_by("position").defer("picture"),
        "own": asked.created_by == request.user.pk,
        "form": form,
    }
    return TemplateResponse(request, "residents/family/review.html", context)


def photo(request: HttpRequest, guardianship_id: UUID, position: int) -> HttpResponse:
    """A photograph of the evidence, drawn by us, never kept by a browser."""
    _demand(request, DECIDE)
    row = get_object_or_404(GuardianshipPhoto, guardianship=_asked(guardianship_id), position=position)
    response = HttpResponse(photos.opened(row), content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def _demand(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _asked(guardianship_id: UUID) -> Guardianship:
    return get_object_or_404(Guardianship.objects.waiting().select_related("facility"), pk=guardianship_id)


def _document(asked: Guardianship) -> documents.Document:
    return documents.read(asked.child_number, timezone.localdate(clock.now()))


def _decided(request: HttpRequest, asked: Guardianship, form: ReviewForm) -> bool:
    viewer = _viewer(request, asked)
    try:
        if form.cleaned_data["verdict"] == "approve":
            deeds.approve_guardianship(viewer=viewer, asked=asked, document=_document(asked))
            messages.success(request, _("已通过。监护人现在可以为孩子办理。"))
        else:
            deeds.refuse_guardianship(viewer=viewer, asked=asked, reason=form.cleaned_data["reason"])
            messages.success(request, _("已退回，监护人会看到原因。"))
    except FamilyRefusal as refusal:
        form.add_error("reason" if refusal.code == "reason" else None, str(refusal))
        return False
    return True


def _viewer(request: HttpRequest, asked: Guardianship) -> Viewer:
    return clerk_of(request, about=asked.guardian_id, facility_id=asked.facility_id)


def _facts(viewer: Viewer, asked: Guardianship) -> Facts:
    indexes = list(_document(asked).index.every)
    with connections[database()].cursor() as cursor:
        cursor.execute(
            "SELECT guardian, guardian_birth, known, agrees, child_birth"
            " FROM app.read_guardianship(%s, %s, %s, %s, %s)",
            [asked.pk, asked.child_name, indexes, viewer.address, viewer.reference],
        )
        row = cursor.fetchone()
    if row is None:
        raise Http404
    return Facts(*row)
