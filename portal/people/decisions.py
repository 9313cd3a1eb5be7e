"""What waits for a second person: the list, one request, the decision; and the export that was allowed."""

from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from facilities.roles import Role
from foundation import clock
from portal.people.account_forms import DecisionForm, ExportForm
from portal.people.accounts import asked
from portal.people.doors import need, workplaces
from portal.staff_log import record
from residents import approvals, people_export
from residents.models import Approval

RECENT = 30
EXPORTERS = (Role.MANAGER, Role.PUBLIC_HEALTH)


@require_safe
def approval_list(request: HttpRequest) -> HttpResponse:
    """What waits, oldest first; and what was decided lately."""
    need(request, "residents.view_approval")
    now = clock.now()
    every = Approval.objects.select_related("facility")
    waiting = list(every.waiting(now))
    known = [approval.pk for approval in waiting]
    record(request, "staff.listed", Approval)
    context = {"waiting": waiting, "others": list(every.exclude(pk__in=known).newest_first()[:RECENT]), "now": now}
    return render(request, "portal/people/approvals.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def approval(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """One request; whoever may decide it does so here. The first password of a new account is shown this once."""
    need(request, "residents.view_approval")
    asked_for = get_object_or_404(Approval.objects.select_related("facility"), pk=approval_id)
    may = approvals.may_decide(asked_for)
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return decide(request, asked_for, form)
    now = clock.now()
    context = {
        "approval": asked_for,
        "facts": approvals.payload_of(asked_for),
        "form": form if may else None,
        "late": asked_for.expires_at <= now,
        "may_fetch": may_fetch(request, asked_for),
    }
    return render(request, "portal/people/approval.html", context)


def decide(request: HttpRequest, asked_for: Approval, form: DecisionForm) -> HttpResponse:
    """Say yes or no, as the form says, and carry it out."""
    remark = form.cleaned_data["remark"]
    try:
        if form.cleaned_data["verdict"] == "no":
            approvals.refuse(approval=asked_for, remark=remark)
            record(request, "approvals.refused", asked_for)
            messages.success(request, _("已记录：不同意。"))
            return redirect("staff:approvals")
        first = approvals.approve(approval=asked_for, remark=remark, now=clock.now())
    except approvals.CannotDecide as refusal:
        messages.error(request, str(refusal))
        return redirect("staff:approval", asked_for.pk)
    record(request, "approvals.approved", asked_for)
    if first is not None:
        return render(request, "portal/people/first_password.html", {"first": first, "approval": asked_for})
    messages.success(request, _("已同意，立即生效。"))
    return redirect("staff:approvals")


def may_fetch(request: HttpRequest, asked_for: Approval) -> bool:
    """Whether the file of an allowed export waits for this account."""
    return (
        asked_for.kind == Approval.Kind.EXPORT_PEOPLE
        and asked_for.verdict == Approval.Verdict.APPROVED
        and asked_for.done_at is None
        and asked_for.expires_at > clock.now()
        and asked_for.requested_by == request.user.pk
    )


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """Ask for the list of the people of one's facility."""
    by = need(request, "residents.view_approval")
    form = ExportForm(request.POST or None, places=workplaces(*EXPORTERS))
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        wanted = approvals.ask(
            kind=Approval.Kind.EXPORT_PEOPLE,
            facility=facts["facility"],
            reason=facts["reason"],
            with_numbers=facts["with_numbers"],
            by=by,
            now=clock.now(),
        )
        return asked(request, wanted)
    return render(request, "portal/people/export.html", {"form": form})


@require_POST
def export_file(request: HttpRequest, approval_id: UUID) -> HttpResponseBase:
    """The file of an allowed export, once; how many people were in it is written down."""
    need(request, "residents.view_approval")
    asked_for = get_object_or_404(Approval, pk=approval_id)
    try:
        file, count = people_export.write_people(asked_for)
    except people_export.NothingToFetch:
        messages.error(request, _("文件只能取一次。要再取，请重新申请。"))
        return redirect("staff:approval", approval_id)
    record(request, "people.exported", asked_for, _("导出%(count)d位居民") % {"count": count})
    name = f"people-{timezone.localdate(clock.now()):%Y%m%d}.csv"
    return FileResponse(file, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")
