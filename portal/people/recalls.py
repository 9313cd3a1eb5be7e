"""收回报告: find by number, hide at once, say whose it is, write the incident up. Nobody opens the report for it."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation import clock
from foundation.dated import register, setting
from portal.people.doors import need, origin_of
from portal.people.recall_forms import DecideForm, FindForm, PersonForm, StartForm, WriteUpForm
from portal.people.recall_words import (
    candidate_lines,
    compared,
    person_lines,
    sighting_lines,
    span,
    timeline,
    told_lines,
)
from portal.staff_log import record
from records.exchange import recall_desk as desk
from records.exchange.models import Recall, RecallDecision, RecallPerson
from residents.models import Account
from residents.openings import places_of

VIEW, START, DECIDE = "exchange.view_recall", "exchange.add_recall", "exchange.change_recall"
LATE_DAYS = register("recalls.late_days", 3, "收回的报告超过多少天没有结案，在列表里标出来")
SHOWN = 100
State, Verdict, Part = Recall.State, RecallDecision.Verdict, RecallPerson.Part
page = require_http_methods(["GET", "HEAD", "POST"])

NAMED: dict[str, Promise] = {
    "named": gettext_lazy("已填好本来的人。请核对下面两边是否一致，再决定。"),
    "differs": gettext_lazy("这个号码登记的姓名和您填的不一样。请再向机构核实。"),
    "same": gettext_lazy("这就是报告原来所在的那位居民，不用移。如果核查无误，请选“恢复显示”。"),
    "nobody": gettext_lazy("没有登记过这个证件号码的居民。请让机构重新发送，或先撤回。"),
    "own": gettext_lazy("这可能是您自己或同名的人，请让另一位同事来办。"),
    "late": gettext_lazy("没有办成：已经有同事处理过，请看现在的情况。"),
}
DECIDED: dict[str, Promise] = {
    "done": gettext_lazy("已决定。几分钟内办完；决定错了，随时可以撤销。"),
    "proposed": gettext_lazy("已记录。您也是收回的人，要请另一位同事看过、同意以后才移过去。"),
    "late": NAMED["late"],
    "busy": gettext_lazy("这家机构的数据正在入档，请过几秒再试。"),
    "own": NAMED["own"],
    "second": gettext_lazy("提出的人和收回的人不能自己同意，请另一位同事来。"),
    "person": gettext_lazy("请先填写报告本来是谁的。"),
    "reason": gettext_lazy("请写明依据，2到200个字。"),
}
WRITTEN: dict[str, Promise] = {
    "kept": gettext_lazy("已保存，还没有结案。"),
    "closed": gettext_lazy("已结案。"),
    "reason": gettext_lazy("结案要写明原因分析和整改措施。"),
    "undecided": gettext_lazy("还不能结案：先决定这份报告是谁的，并等办完。"),
    "late": gettext_lazy("已经结案了。"),
}
GOOD = {"done", "proposed", "named", "kept", "closed"}


@require_safe
def recalls(request: HttpRequest) -> HttpResponse:
    """The incidents of one's facilities: open ones by age, closed ones; without names."""
    need(request, VIEW)
    now = clock.now()
    every = Recall.objects.select_related("facility")
    record(request, "staff.listed", Recall)
    context = {
        "open": list(every.filter(closed_at=None).order_by("started_at")[:SHOWN]),
        "closed": list(every.filter(closed_at__isnull=False)[:SHOWN]),
        "late_days": setting(LATE_DAYS, now),
        "now": now,
        "starts": request.user.has_perm(START),
    }
    return render(request, "portal/recalls/list.html", context)


@page
def find(request: HttpRequest) -> HttpResponse:
    """A number, and what it may mean: neither title nor value nor name."""
    need(request, START)
    form = FindForm(request.POST or None)
    found = None
    if request.method == "POST" and form.is_valid():
        found = candidate_lines(desk.find(form.cleaned_data["number"], origin_of(request)))
    return render(request, "portal/recalls/find.html", {"form": form, "found": found})


@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Say why; then it is hidden, in this transaction."""
    need(request, START)
    chosen = {name: request.POST.get(name, "") for name in ("feed", "kind", "identifier")}
    asked_for = "reason" in request.POST
    form = StartForm(request.POST) if asked_for else StartForm(initial=chosen)
    if asked_for and form.is_valid():
        answer, recall_id = desk.start(desk.Wanted(**form.cleaned_data), origin_of(request))
        if recall_id is None:
            raise Http404
        if answer == "done":
            messages.success(request, _("已收回：所有页面现在都看不到它了。"))
        else:
            messages.info(request, _("已经有同事收回了这份报告，下面是现在的情况。"))
        return redirect("staff:recall", recall_id)
    return render(request, "portal/recalls/confirm.html", {"form": form, "label": request.POST.get("label", "")[:200]})


@require_safe
def recall(request: HttpRequest, recall_id: UUID) -> HttpResponse:
    """The incident page: what happened, when, who is concerned, who was told, what was decided, what is left to do."""
    account = need(request, VIEW)
    return _shown(request, account, _the(recall_id))


@require_POST
@sensitive_post_parameters()
def name_person(request: HttpRequest, recall_id: UUID) -> HttpResponse:
    """Whose it is: by document number and name, or as the facility's later message says."""
    account, found = need(request, DECIDE), _the(recall_id)
    if "suggested" in request.POST:
        return _answered(request, found, desk.take_suggested(found, origin_of(request)), NAMED)
    form = PersonForm(request.POST)
    if not form.is_valid() or form.document is None:
        return _shown(request, account, found, person=form)
    named = desk.name_person(found, form.document, form.cleaned_data["name"], origin_of(request))
    return _answered(request, found, named.answer if named else None, NAMED)


@require_POST
def decide(request: HttpRequest, recall_id: UUID) -> HttpResponse:
    """Move, agree, withdraw, show again, or undo."""
    account, found = need(request, DECIDE), _the(recall_id)
    form = DecideForm(request.POST)
    if not form.is_valid():
        return _shown(request, account, found, decision=form)
    said, verdict = form.cleaned_data, request.POST.get("verdict", "")
    answer = desk.decide(found, verdict, said["reason"], said["seen"], origin_of(request))
    return _answered(request, found, answer, DECIDED)


@require_POST
def write_up(request: HttpRequest, recall_id: UUID) -> HttpResponse:
    """Keep cause and measures; close the incident when both are there and it has been decided."""
    account, found = need(request, DECIDE), _the(recall_id)
    form = WriteUpForm(request.POST)
    if not form.is_valid():
        return _shown(request, account, found, report=form)
    said = form.cleaned_data
    answer = desk.write_up(
        found, said["cause"], said["measures"], closing="close" in request.POST, origin=origin_of(request)
    )
    return _answered(request, found, answer, WRITTEN)


@require_safe
def sightings(request: HttpRequest, recall_id: UUID) -> HttpResponse:
    """Who saw it, with names: for the head of the facility and auditors. Reading it is in the log of the persons."""
    need(request, VIEW)
    found = _the(recall_id)
    if not _reads_names(found):
        raise Http404
    seen = desk.sightings(found, origin_of(request))
    return render(request, "portal/recalls/sightings.html", {"recall": found, "lines": sighting_lines(seen)})


def _the(recall_id: UUID) -> Recall:
    return get_object_or_404(Recall.objects.select_related("facility"), pk=recall_id)


def _reads_names(found: Recall) -> bool:
    """The head of the facility itself; auditors wherever they see the incident."""
    return found.facility_id in places_of("manager") or bool(places_of("auditor"))


def _answered(request: HttpRequest, found: Recall, answer: str | None, words: dict[str, Promise]) -> HttpResponse:
    """Back to the incident with what became of the deed; the database said nothing to whoever may not."""
    if answer is None:
        raise Http404
    say = messages.success if answer in GOOD else messages.error
    say(request, str(words[answer]))
    return redirect("staff:recall", found.pk)


def _shown(
    request: HttpRequest,
    account: Account,
    found: Recall,
    *,
    person: PersonForm | None = None,
    decision: DecideForm | None = None,
    report: WriteUpForm | None = None,
) -> HttpResponse:
    now = clock.now()
    with transaction.atomic():
        persons = person_lines(desk.concerned(found, origin_of(request)))
        record(request, "staff.read", found)
    decisions = list(found.decisions.all())
    last = decisions[-1] if decisions else None
    context = {
        "recall": found,
        "age": _age(found, now),
        "after": span(found.started_at - found.noticed_at),
        "hidden": _("%(seconds).2f 秒") % {"seconds": found.hidden_ms / 1000},
        "shown": [line for line in persons if line.part == Part.SHOWN],
        "suggested": next((line for line in reversed(persons) if line.part == Part.SUGGESTED), None),
        "right": next((line for line in persons if line.part == Part.RIGHT), None),
        "compared": compared(persons),
        "decisions": decisions,
        "told": told_lines(found.told.all()),
        "timeline": timeline(found, decisions),
        "figures": desk.figures(found),
        "reads_names": _reads_names(found),
        "decides": request.user.has_perm(DECIDE),
        "agrees": last is not None and account.pk not in {last.decided_by, found.started_by},
        "person": person or PersonForm(),
        "decision": decision or DecideForm(initial={"seen": len(decisions)}),
        "report": report or WriteUpForm(initial={"cause": found.cause, "measures": found.measures}),
        "late": found.closed_at is None and _age(found, now) > setting(LATE_DAYS, now),
    }
    return render(request, "portal/recalls/incident.html", context)


def _age(found: Recall, now: datetime) -> int:
    """Full days since it was recalled, until it was closed."""
    return ((found.closed_at or now) - found.started_at).days
