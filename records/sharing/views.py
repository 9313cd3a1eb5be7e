"""What a person does with shares: choose results, hand the number over, see who used it, end it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation import clock
from foundation.dated import setting
from records.pages import for_resident
from records.recognition.listing import standings
from records.sharing import pages, shares
from records.sharing.forms import NewShareForm
from residents.access import Viewer

Rest = ParamSpec("Rest")
ViewerView = Callable[Concatenate[HttpRequest, Viewer, Rest], HttpResponse]


def by_the_person(view: ViewerView[Rest]) -> Callable[Concatenate[HttpRequest, Rest], HttpResponse]:
    """Only oneself or a delegate hands results to others: staff who help print the report instead."""

    @for_resident("results")
    @wraps(view)
    def run(request: HttpRequest, viewer: Viewer, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        if not shares.may_share(viewer):
            return render(request, "records/sharing/not_for_staff.html", status=403)
        return view(request, viewer, *args, **kwargs)

    return run


@require_http_methods(["GET", "HEAD", "POST"])
@by_the_person
def new(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Choose results and for how long. The answer to the form shows the number and the PIN, this once."""
    now = clock.now()
    hours, most = shares.hours_offered(now), setting(shares.MOST, now)
    form = NewShareForm(request.POST if request.method == "POST" else None, hours=hours, most=most)
    if form.is_bound and form.is_valid():
        try:
            made = shares.make(
                chosen=form.cleaned_data["reports"],
                hours=form.cleaned_data["hours"],
                form_key=form.cleaned_data["form_key"],
                by=viewer,
                now=now,
            )
        except shares.NotTheirs:
            form.add_error("reports", _("有一份报告不在可以分享的报告里，请重新选。"))
        else:
            return render(request, "records/sharing/made.html", pages.made(made, form.cleaned_data["print_pin"]))
    return render(request, "records/sharing/new.html", _choice(request, viewer, form, hours))


def _choice(request: HttpRequest, viewer: Viewer, form: NewShareForm, hours: list[int]) -> dict[str, Any]:
    now = clock.now()
    also = pages.key_in(request.GET.get("report", ""))
    offered = shares.offered_to(viewer, also=also, now=now)
    chosen = {key for key in map(pages.key_in, request.POST.getlist("reports")) if key} if form.is_bound else {also}
    found = standings(viewer.resident_id, [report.pk for report in offered], now)
    return {
        "form": form,
        "choices": [pages.choice(report, found.get(report.pk), report.pk in chosen) for report in offered],
        "hours": [(number, pages.hours(number)) for number in hours],
        "default": form.data.get("hours", "") if form.is_bound else str(setting(shares.HOURS, now)),
        "form_key": form.data.get("form_key") if form.is_bound and "form_key" not in form.errors else uuid4(),
    }


@require_safe
@by_the_person
def mine(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """One's shares: what is in them, until when, who opened them."""
    now = clock.now()
    page = shares.shares_of(viewer, page=request.GET.get("page"), now=now)
    return render(request, "records/sharing/mine.html", {"page": page, "cards": [pages.card(one, now) for one in page]})


@require_POST
@by_the_person
def revoke(request: HttpRequest, viewer: Viewer, share_id: UUID) -> HttpResponse:
    """End a share at once."""
    shares.revoke(share_id=share_id, by=viewer, now=clock.now())
    messages.success(request, _("凭证已撤销，谁也打不开了。"))
    return redirect("records:shares")
