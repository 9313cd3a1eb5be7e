"""Pages of fairness: one's missed visits and the word against them, draws, the month's figures."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from appointments import draws, fair_words, limits, refusal_words, standing
from appointments.forms import AppealForm
from appointments.models import Draw, DrawRequest, FairnessMonth
from appointments.refusals import Refusal
from appointments.terms import RuleBook
from foundation import clock
from foundation.middleware import own_transaction
from residents.access import viewer_of
from residents.family.scope import granted


@granted("booking")
@require_safe
def no_shows(request: HttpRequest) -> HttpResponse:
    """我的爽约记录."""
    viewer, now = viewer_of(request), clock.now()
    context = fair_words.strikes(standing.missed_visits(viewer, now), viewer, now)
    return render(request, "appointments/no_shows.html", {**context, "form": AppealForm()})


@granted("booking")
@require_POST
def appeal(request: HttpRequest, strike_id: UUID) -> HttpResponse:
    """One tap is enough; a few words may come along."""
    form = AppealForm(request.POST)
    words = form.cleaned_data["words"] if form.is_valid() else ""
    try:
        standing.appeal(viewer=viewer_of(request), strike_id=strike_id, words=words, now=clock.now())
    except standing.NoAppeal:
        messages.error(request, _("没有提交：已经申诉过，或者过了期限、已经撤销。"))
    else:
        messages.success(request, _("申诉已提交，答复会发到您的消息里。"))
    return redirect("appointments:no_shows")


@login_not_required
@require_safe
def draw(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """One draw: when, how, what came of it."""
    now = clock.now()
    found = _draw(session_id)
    return render(request, "appointments/draw.html", fair_words.draw(found, _mine(request, found), now))


@login_not_required
@require_safe
def draw_data(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """The same for a program (docs/draw.md)."""
    return JsonResponse(fair_words.published(_draw(session_id)))


@granted("booking")
@own_transaction
@require_http_methods(["POST"])
def ask_for_draw(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """A request for the person; it takes no place."""
    viewer, now = viewer_of(request), clock.now()
    with transaction.atomic():
        found = _draw(session_id)
    try:
        if not request.user.is_staff:
            limits.count_try(viewer, now)
        made = draws.ask(draw=found, viewer=viewer, now=now)
    except Refusal as refusal:
        title, text = refusal_words.refusal_text(refusal, now)
        messages.error(request, f"{title}：{text}")
    else:
        messages.success(request, _("登记成功，您的登记号是 %(number)d。") % {"number": made.number})
    return redirect("appointments:draw", session_id)


@login_not_required
@require_safe
def fairness(request: HttpRequest) -> HttpResponse:
    """The month's figures for everybody; `?month=202610` for another one."""
    rows = list(FairnessMonth.objects.all()[:36])
    wanted = request.GET.get("month", "")
    chosen = next((row for row in rows if f"{row.month:%Y%m}" == wanted), None) if wanted else next(iter(rows), None)
    if wanted and chosen is None:
        raise Http404
    county = RuleBook([], clock.now()).terms(UUID(int=0), None)
    context = fair_words.month(chosen, rows) if chosen else {}
    caps = fair_words.rules_in_force(county)
    return render(request, "appointments/fairness.html", {**context, "caps": caps, "key": wanted})


def _draw(session_id: UUID) -> Draw:
    known = Draw.objects.select_related("session__facility", "session__department", "session__practitioner")
    return get_object_or_404(known, session_id=session_id)


def _mine(request: HttpRequest, found: Draw) -> DrawRequest | None:
    if not request.user.is_authenticated:
        return None
    try:
        person = viewer_of(request).resident_id
    except PermissionDenied:
        return None
    return DrawRequest.objects.filter(draw=found, resident_id=person).first()
