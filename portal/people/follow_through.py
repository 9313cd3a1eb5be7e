"""Results out of range: what waits at one's own facility, one matter with whom to call, what came of it."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from foundation import clock
from portal.people.doors import need, origin_of
from portal.staff_log import record
from records import follow_desk
from records.models import FollowThrough, FollowThroughStep
from records.presenters.words import FLAGS

VIEW, CALL = "records.view_followthrough", "records.change_followthrough"
Deed, Level = FollowThroughStep.Deed, FollowThrough.Level
PAGE = 50
DEEDS: dict[str, Promise] = {
    Deed.CONTACTED: gettext_lazy("联系上了，说清楚了"),
    Deed.BOOKED: gettext_lazy("联系上了，约好了复查"),
    Deed.RECHECKED: gettext_lazy("已经复查"),
    Deed.MISSED: gettext_lazy("没有联系上"),
    Deed.CLOSED: gettext_lazy("不用再联系（要写原因）"),
}
LISTS: dict[str, tuple[Promise, dict[str, object]]] = {
    "": (gettext_lazy("全部没办完的"), {}),
    "late": (gettext_lazy("过了期限的"), {"state": "waiting"}),
    "calls": (gettext_lazy("电话随访名单"), {"state": "waiting", "level": Level.CALLS}),
    "visits": (gettext_lazy("入户随访名单"), {"state": "waiting", "level": Level.VISITS}),
}


class DeedForm(forms.Form):
    """What was done, and why nothing more is to be done."""

    deed = forms.ChoiceField(label=gettext_lazy("办得怎么样"), choices=list(DEEDS.items()), widget=forms.RadioSelect)
    why = forms.CharField(
        label=gettext_lazy("说明"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("不用再联系的要写原因，本人看得到，例如：轻微偏离，本人已在治疗。"),
    )
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def clean(self) -> dict[str, object]:
        """Nothing is closed without a reason."""
        said = super().clean() or self.cleaned_data
        if said.get("deed") == Deed.CLOSED and not said.get("why"):
            self.add_error("why", _("请写明为什么不用再联系。"))
        return said


@require_safe
def matters(request: HttpRequest) -> HttpResponse:
    """What is open at the facilities where this account works, the earliest due first, and figures; without names."""
    need(request, VIEW)
    today = timezone.localdate(clock.now())
    chosen = request.GET.get("list", "")
    chosen = chosen if chosen in LISTS else ""
    cases = FollowThrough.objects.filter(ended_at=None, **LISTS[chosen][1]).select_related("facility", "handed_to")
    cases = cases.filter(due_on__lt=today) if chosen == "late" else cases
    record(request, "staff.listed", FollowThrough)
    context = {
        "page": Paginator(cases.order_by("due_on", "opened_at", "id"), PAGE).get_page(request.GET.get("page")),
        "lists": [(key, label, key == chosen) for key, (label, _filter) in LISTS.items()],
        "figures": follow_desk.figures(today),
        "today": today,
        "calls": request.user.has_perm(CALL),
    }
    return render(request, "portal/follow_through/matters.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def matter(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """One matter: whom to call about what, what was done so far, and what came of this call."""
    need(request, CALL)
    case = get_object_or_404(FollowThrough.objects.select_related("facility", "handed_to"), pk=case_id)
    steps = list(case.steps.all())
    form = DeedForm(initial={"seen": len(steps)})
    if request.method == "POST":
        form = DeedForm(request.POST)
        if form.is_valid():
            return _settled(request, case, form)
    person = follow_desk.read(case, origin_of(request))
    if person is None and case.ended_at is None:
        raise Http404
    context = {
        "case": case,
        "person": person,
        "items": [{**item, "flag": FLAGS.get(item["flag"])} for item in person.items] if person else [],
        "steps": steps,
        "form": form,
    }
    return render(request, "portal/follow_through/matter.html", context)


def _settled(request: HttpRequest, case: FollowThrough, form: DeedForm) -> HttpResponse:
    said = form.cleaned_data
    answer = follow_desk.settle(case, said["deed"], said["why"], said["seen"], origin_of(request))
    if answer is None:
        raise Http404
    if answer == "done":
        messages.success(request, _("已登记，本人在报告旁边看得到。"))
    else:
        messages.error(request, _("没有登记成：情况已经变了，请看现在的情况。"))
    return redirect("staff:follow_through_case", case.pk) if answer == "late" else redirect("staff:follow_through")
