"""What a person does with health links: make one, hand it over, see who opened it, end it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation import clock
from foundation.dated import setting
from records import openness
from records.links import links, pages
from records.links.forms import NewLinkForm
from records.pages import for_resident, kept_nowhere
from records.sharing import shares
from records.take import limits
from residents.access import Viewer
from residents.models import Resident

Rest = ParamSpec("Rest")
ViewerView = Callable[Concatenate[HttpRequest, Viewer, Rest], HttpResponse]


def by_the_person(view: ViewerView[Rest]) -> Callable[Concatenate[HttpRequest, Rest], HttpResponse]:
    """Only oneself or a delegate who may see both the record and the results: the summary is made of both."""

    @for_resident("records")
    @wraps(view)
    def run(request: HttpRequest, viewer: Viewer, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        if viewer.opening_id is not None:
            return render(request, "records/take_not_for_staff.html", status=403)
        if not shares.may_share(viewer):
            closed = openness.closed_to(viewer, "results") or openness.Closed.SCOPE
            return render(request, "records/closed.html", {"closed": closed}, status=403)
        return view(request, viewer, *args, **kwargs)

    return run


@sensitive_post_parameters("passcode")
@require_http_methods(["GET", "HEAD", "POST"])
@by_the_person
def new(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Choose for how long. The answer to the form shows the link and the passcode, this once."""
    now = clock.now()
    person = get_object_or_404(Resident, pk=viewer.resident_id)
    days = links.days_offered(now)
    form = NewLinkForm(request.POST if request.method == "POST" else None, days=days, born=person.birth_date)
    if form.is_bound and form.is_valid():
        if not limits.may_export(viewer, now):
            form.add_error(None, _("做得太频繁了，请过一个小时再试。"))
            return render(request, "records/links/new.html", _choice(form, days), status=429)
        return _made(request, form, viewer)
    return render(request, "records/links/new.html", _choice(form, days))


def _made(request: HttpRequest, form: NewLinkForm, viewer: Viewer) -> HttpResponse:
    now, told = clock.now(), form.cleaned_data
    try:
        made = links.make(
            days=told["days"],
            passcode=told["passcode"],
            form_key=told["form_key"],
            label=pages.label(now),
            by=viewer,
            now=now,
        )
    except links.MadeBefore:
        messages.warning(request, _("这条链接刚才已经生成，只显示一次。没有记下来的话，请撤销它，再生成一条。"))
        return redirect("records:health_links")
    return kept_nowhere(render(request, "records/links/made.html", pages.made(made)))


def _choice(form: NewLinkForm, days: list[int]) -> dict[str, Any]:
    return {
        "form": form,
        "days": [(number, ngettext("%(count)d天", "%(count)d天", number) % {"count": number}) for number in days],
        "default": form.data.get("days", "") if form.is_bound else str(setting(links.DAYS, clock.now())),
        "form_key": form.data.get("form_key") if form.is_bound and "form_key" not in form.errors else uuid4(),
    }


@require_safe
@by_the_person
def mine(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """One's links: until when, who opened them."""
    now = clock.now()
    page, standings = links.links_of(viewer, page=request.GET.get("page"), now=now)
    cards = [pages.card(one, standings, now) for one in page]
    return render(request, "records/links/mine.html", {"page": page, "cards": cards})


@require_POST
@by_the_person
def revoke(request: HttpRequest, viewer: Viewer, share_id: UUID) -> HttpResponse:
    """End a link at once."""
    shares.revoke(share_id=share_id, by=viewer, now=clock.now())
    messages.success(request, _("链接已撤销，谁也打不开了。"))
    return redirect("records:health_links")
