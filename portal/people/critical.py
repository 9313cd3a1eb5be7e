"""Critical results (危急值): what waits at one's own facility, one result with whom to call, what came of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from foundation import clock
from portal.people.doors import need, origin_of
from portal.staff_log import record
from records.exchange import critical as exchange
from records.exchange.models import CriticalCase, CriticalStep
from records.presenters.words import FLAGS, Flag

VIEW, CALL = "exchange.view_criticalcase", "exchange.change_criticalcase"
Deed, State = CriticalStep.Deed, CriticalCase.State
SHOWN = 100
LATELY = timedelta(days=7)

DONE: dict[str, Promise] = {
    Deed.TOLD: gettext_lazy("已登记。结果已经对本人开放，并发了“报告已出”的消息。"),
    Deed.MISSED: gettext_lazy("已登记没有联系上。请过一会儿再打，或转给建档机构。"),
    Deed.HANDED: gettext_lazy("已转给建档机构，对方的工作台里已经列出；请再打电话告诉他们。"),
}
TOLD_OF_READ = gettext_lazy("已登记。")
LATE = gettext_lazy("没有登记成：情况已经变了，请看现在的情况。")


class CallForm(forms.Form):
    """Who answered, and what was said."""

    reached = forms.ChoiceField(
        label=gettext_lazy("接电话的人"), choices=CriticalStep.Reached.choices, widget=forms.RadioSelect
    )
    advice = forms.ChoiceField(
        label=gettext_lazy("告诉了什么"), choices=CriticalStep.Advice.choices, widget=forms.RadioSelect
    )
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class SeenForm(forms.Form):
    """A deed that needs no more than having seen what others did."""

    seen = forms.IntegerField(min_value=0)


@dataclass(frozen=True)
class Waiting:
    """A case in the list: how long it has waited, how long until it opens by itself; nobody's name."""

    case: CriticalCase
    age: str
    left: str
    late: bool


@require_safe
def critical(request: HttpRequest) -> HttpResponse:
    """What waits at the facilities where this account works, oldest first, and what ended lately; without names."""
    need(request, VIEW)
    now = clock.now()
    cases = CriticalCase.objects.select_related("facility", "handed_to")
    record(request, "staff.listed", CriticalCase)
    context = {
        "waiting": [line(case, now) for case in cases.filter(state=State.OPEN)[:SHOWN]],
        "ended": cases.filter(ended_at__gte=now - LATELY).order_by("-ended_at")[:SHOWN],
        "calls": request.user.has_perm(CALL),
    }
    return render(request, "portal/critical/cases.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def critical_case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """One result, whom to call, what others did, and what came of this call."""
    need(request, CALL)
    now = clock.now()
    case = get_object_or_404(CriticalCase.objects.select_related("facility", "handed_to"), pk=case_id)
    steps = list(case.steps.all())
    form = CallForm(initial={"seen": len(steps)})
    if request.method == "POST":
        deed = request.POST.get("deed", "")
        form = CallForm(request.POST)
        filled = form if deed == Deed.TOLD else SeenForm(request.POST)
        if deed in DONE and filled.is_valid() and _settled(request, case, deed, filled):
            return redirect("staff:critical_case" if deed != Deed.TOLD else "staff:critical", *_kept(case, deed))
    caller = exchange.read(case, origin_of(request))
    if caller is None and case.state == State.OPEN:
        raise Http404
    context = {
        "waiting": line(case, now),
        "caller": caller,
        "flag": flag(caller),
        "steps": steps,
        "form": form,
        "shows_errors": request.method == "POST" and request.POST.get("deed") == Deed.TOLD,
    }
    return render(request, "portal/critical/case.html", context)


def _kept(case: CriticalCase, deed: str) -> list[UUID]:
    return [] if deed == Deed.TOLD else [case.pk]


def _settled(request: HttpRequest, case: CriticalCase, deed: str, form: forms.Form) -> bool:
    """Whether the page is to be shown anew: the deed stands, or somebody else's does."""
    said = form.cleaned_data
    answer = exchange.settle(
        case, deed, said.get("reached", ""), said.get("advice", ""), said["seen"], origin_of(request)
    )
    if answer is None:
        raise Http404
    if answer == "done":
        messages.success(request, str(TOLD_OF_READ if case.already_read and deed == Deed.TOLD else DONE[deed]))
    else:
        messages.error(request, str(LATE))
    return True


def line(case: CriticalCase, now: datetime) -> Waiting:
    """A case in words."""
    left = _("不会自动开放") if case.release_at is None else _span(case.release_at - now)
    left = _("本人已经看得到这个结果") if case.already_read else left
    return Waiting(case, _span(now - case.opened_at), left, case.alarmed_at is not None)


def flag(caller: exchange.Caller | None) -> Flag | None:
    """The laboratory's own mark."""
    return FLAGS.get(caller.flag) if caller else None


def _span(span: timedelta) -> str:
    """A span of time in hours, or in minutes where it is short."""
    minutes = max(int(span.total_seconds() // 60), 0)
    if minutes < 60:
        return ngettext("%(count)d分钟", "%(count)d分钟", minutes) % {"count": minutes}
    hours = minutes // 60
    return ngettext("%(count)d小时", "%(count)d小时", hours) % {"count": hours}
