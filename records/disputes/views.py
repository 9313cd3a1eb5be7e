"""异议: the form beside an entry, the person's disputes, and asking the county to look again."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation import clock
from records.disputes import asking
from records.disputes.forms import DisputeForm, ObjectionForm
from records.pages import for_resident
from residents.access import Viewer


@require_http_methods(["GET", "HEAD", "POST"])
def dispute(request: HttpRequest, kind: str, entry_id: UUID) -> HttpResponse:
    """Say what is wrong with an entry."""
    if kind == asking.REPORT:
        return _of_results(request, kind, entry_id)
    return _of_records(request, kind, entry_id)


def _dispute(request: HttpRequest, viewer: Viewer, kind: str, entry_id: UUID) -> HttpResponse:
    now = clock.now()
    contested = asking.entry_for(viewer, kind, entry_id)
    form = DisputeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = asking.ask(viewer=viewer, contested=contested, now=now, **form.cleaned_data)
        except asking.TooMany:
            form.add_error(None, _("您有好几个异议还在等答复，请等答复后再提；着急的话请打上传机构的电话。"))
        else:
            day = timezone.localtime(made.due_at).strftime("%Y-%m-%d")
            told = _("已提交给%(facility)s，%(day)s 前会答复，答复会放进“消息”。")
            messages.success(request, told % {"facility": made.facility_name, "day": day})
            return redirect("records:disputes")
    known = asking.open_about(contested)
    asking.show(viewer, contested.row, now=now)
    context = {"contested": contested, "form": form, "known": known}
    return render(request, "records/dispute.html", context)


_of_results = for_resident("results")(_dispute)
_of_records = for_resident("records")(_dispute)


@require_safe
@for_resident("records", "results")
def disputes(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What the person said is wrong, and what was answered."""
    now = clock.now()
    rows = asking.disputes_of(viewer, now=now)
    return render(request, "records/disputes.html", {"disputes": rows, "now": now, "form": ObjectionForm()})


@require_http_methods(["GET", "HEAD", "POST"])
@for_resident("records", "results")
def object_to_answer(request: HttpRequest, viewer: Viewer, dispute_id: UUID) -> HttpResponse:
    """Ask the county to look at the facility's answer."""
    now = clock.now()
    found = asking.dispute_for(viewer, dispute_id)
    form = ObjectionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if asking.object_to(viewer=viewer, dispute=found, now=now, **form.cleaned_data):
            messages.success(request, _("已请县卫生健康局复核，结果会放进“消息”。"))
        else:
            messages.info(request, _("这条异议现在不能申请复核：还没有答复，或者已经申请过了。"))
        return redirect("records:disputes")
    asking.show(viewer, found, now=now)
    return render(request, "records/object_to_answer.html", {"dispute": found, "form": form})
