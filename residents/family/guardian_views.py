"""A guardian's application, at home or at a counter."""

from uuid import UUID

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from foundation import clock
from residents.access import Viewer, own_viewer_of, record_event
from residents.family import deeds, reading
from residents.family.forms import GuardianForm


@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    """Child, relation, evidence; the answer is the same whether or not the county knows such a child."""
    viewer = reading.person_at_hand(request)
    if not reading.may_apply(viewer):
        return render(request, "residents/family/not_guardian.html", status=403)
    form = GuardianForm(
        request.POST or None, request.FILES or None, places=reading.reviewing_places(), counter=not viewer.is_self
    )
    if request.method == "POST" and form.is_valid():
        try:
            _hand_in(viewer, form)
        except IntegrityError:
            form.add_error(None, _("这个孩子的申请已经提交，正在等待审核。"))
        else:
            messages.success(request, _("申请已提交。工作人员核对后，结果会发到您的消息里。"))
            return redirect("residents:family")
    context = {"form": form, "at_counter": not viewer.is_self}
    return render(request, "residents/family/guardian.html", context)


def _hand_in(viewer: Viewer, form: GuardianForm) -> None:
    now = clock.now()
    assert form.document is not None
    with transaction.atomic():
        asked = deeds.apply_as_guardian(
            viewer=viewer,
            asked=form.asked(),
            document=form.document,
            photos=form.cleaned_data.get("pictures", []),
            now=now,
        )
        record_event(
            viewer=viewer, action="residents.applied_as_guardian", now=now, subject=asked, facility_id=asked.facility_id
        )


@require_POST
def withdraw(request: HttpRequest, guardianship_id: UUID) -> HttpResponse:
    """Take one's own application back."""
    if deeds.withdraw_guardianship(viewer=own_viewer_of(request), guardianship_id=guardianship_id):
        messages.success(request, _("申请已撤回，照片已删除。"))
    return redirect("residents:family")
