"""Missed visits at one's own facilities: appeals that wait, an answer, an excuse, an appeal made at the counter."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from appointments import fair_words, standing
from appointments.forms import AppealForm
from appointments.models import Strike
from foundation import clock
from portal.people.doors import need
from portal.staff_log import record

VIEW, CHANGE, FILE = "appointments.view_strike", "appointments.change_strike", "appointments.add_appeal"
PAGE = 50


class AnswerForm(forms.Form):
    """Yes or no to an appeal, with words for the person in both cases."""

    verdict = forms.ChoiceField(
        label=gettext_lazy("答复"),
        choices=[("yes", gettext_lazy("同意，这一次不算")), ("no", gettext_lazy("不同意"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选同意或不同意。")},
    )
    answer = forms.CharField(
        label=gettext_lazy("给本人的话"),
        max_length=200,
        help_text=gettext_lazy("写明理由，用老人也听得懂的话。"),
        error_messages={"required": gettext_lazy("请写明理由，本人看得到。")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ExcuseForm(forms.Form):
    """Why the facility itself takes a strike back."""

    why = forms.ChoiceField(label=gettext_lazy("原因"), choices=Strike.Why.choices, widget=forms.RadioSelect)


@require_safe
def no_shows(request: HttpRequest) -> HttpResponse:
    """Appeals that wait, the soonest due first; `?all=1`: every missed visit, the latest first."""
    need(request, VIEW)
    now, everything = clock.now(), request.GET.get("all") == "1"
    found = Strike.objects.select_related("appeal", "facility", "booking__slot", "booking__department")
    if everything:
        found = found.order_by("-at", "pk")
    else:
        found = found.filter(appeal__answered_at=None, appeal__isnull=False, withdrawn_at=None)
        found = found.order_by("appeal__answer_due", "pk")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    record(request, "staff.listed", Strike)
    rows = [_row(strike, now) for strike in page]
    return render(request, "portal/no_shows/list.html", {"page": page, "rows": rows, "everything": everything})


@require_safe
def no_show(request: HttpRequest, strike_id: UUID) -> HttpResponse:
    """One missed visit with what its person says."""
    need(request, VIEW)
    strike = _strike(strike_id)
    record(request, "appointments.read_strike", strike)
    return _page(request, strike, AnswerForm())


@require_POST
def answer_no_show(request: HttpRequest, strike_id: UUID) -> HttpResponse:
    """An answer to the appeal: signed by the database, told to the person, in force at once."""
    strike, form = _anothers(request, strike_id), AnswerForm(request.POST)
    appeal = getattr(strike, "appeal", None)
    if appeal is None or not form.is_valid():
        return _page(request, strike, form)
    said = form.cleaned_data
    try:
        standing.answer(appeal=appeal, accepted=said["verdict"] == "yes", words=said["answer"])
    except standing.NoAppeal:
        why = _("没有登记成功：已经答复过、过了答复期限，或者爽约是您自己登记的，不同意要由另一位负责人来写。")
        messages.error(request, why)
    else:
        record(request, "appointments.answered_appeal", strike)
        messages.success(request, _("已答复，马上生效，本人会收到消息。"))
    return redirect("staff:no_show", strike_id)


@require_POST
def excuse_no_show(request: HttpRequest, strike_id: UUID) -> HttpResponse:
    """The facility takes a strike back without being asked."""
    strike, form = _anothers(request, strike_id), ExcuseForm(request.POST)
    try:
        if form.is_valid():
            standing.withdraw(strike=strike, why=form.cleaned_data["why"], now=clock.now())
            record(request, "appointments.excused_strike", strike)
            messages.success(request, _("已撤销，这一次不算，本人会收到消息。"))
    except standing.NoAppeal:
        messages.error(request, _("这一次已经撤销过了。"))
    return redirect("staff:no_show", strike_id)


@require_POST
def file_appeal(request: HttpRequest, strike_id: UUID) -> HttpResponse:
    """What a person says at the counter or by telephone."""
    by = need(request, FILE)
    strike, form = _strike(strike_id), AppealForm(request.POST)
    if not form.is_valid():
        return _page(request, strike, AnswerForm(), form)
    try:
        standing.appeal_at_desk(strike=strike, words=form.cleaned_data["words"], by=by, now=clock.now())
    except standing.NoAppeal:
        messages.error(request, _("没有登记成功：已经申诉过，或者过了期限、已经撤销。"))
    else:
        record(request, "appointments.appealed", strike)
        messages.success(request, _("申诉已登记。"))
    return redirect("staff:no_show", strike_id)


def _strike(strike_id: UUID) -> Strike:
    known = Strike.objects.select_related("appeal", "facility", "booking__slot", "booking__department")
    return get_object_or_404(known, pk=strike_id)


def _anothers(request: HttpRequest, strike_id: UUID) -> Strike:
    """A strike that this account may decide about; PermissionDenied for one's own."""
    account, strike = need(request, CHANGE), _strike(strike_id)
    if account.resident_id == strike.resident_id:
        raise PermissionDenied
    return strike


def _row(strike: Strike, now: datetime) -> dict[str, Any]:
    return {**fair_words.strike(standing.missed(strike, now), now), "name": strike.booking.resident_name}


def _page(request: HttpRequest, strike: Strike, form: AnswerForm, filing: AppealForm | None = None) -> HttpResponse:
    now = clock.now()
    found = standing.missed(strike, now)
    appeal = found.appeal
    decides = request.user.has_perm(CHANGE) and getattr(request.user, "resident_id", None) != strike.resident_id
    context = {
        "strike": strike,
        "row": _row(strike, now),
        "appeal": appeal,
        "waits": appeal is not None and appeal.answered_at is None,
        "may_answer": decides,
        "may_excuse": decides and strike.withdrawn_at is None,
        "may_file": found.may_appeal and request.user.has_perm(FILE),
        "form": form,
        "excuse": ExcuseForm(),
        "filing": filing or AppealForm(),
    }
    return render(request, "portal/no_shows/strike.html", context)
