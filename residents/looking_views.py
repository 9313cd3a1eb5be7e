"""谁看过我的档案: the log of a month, and asking about a visit one does not know."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation import clock
from residents import looking, looking_presenters, reconciliation
from residents.access import Viewer, own_viewer_of, viewer_of
from residents.looking_forms import QuestionForm
from residents.models.access import Capacity

# A relative who books for somebody has no business in who else looked; a guardian has.
OWN = {Capacity.SELF, Capacity.GUARDIAN}


@require_safe
def access_log(request: HttpRequest) -> HttpResponse:
    """Who saw or did what about me, in plain words, a month at a time."""
    viewer, now = _whose(request), clock.now()
    month = looking.month_of(viewer, looking.month_named(request.GET.get("month", ""), timezone.localdate(now)))
    compared = reconciliation.latest(now)
    context = {
        "month": month,
        "days": looking_presenters.days_of(month.visits, viewer),
        "cases": looking.cases_of(viewer),
        "compared": looking_presenters.reconciled(compared.reads, compared.missing) if compared else "",
    }
    return render(request, "residents/access_log.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def ask_about_access(request: HttpRequest) -> HttpResponse:
    """我不认识这次访问: what was seen, room for a remark, and who will answer by when."""
    viewer, now = _whose(request), clock.now()
    named = looking_presenters.read_key(request.POST.get("visit") or request.GET.get("visit", ""))
    visit = looking.visit_at(viewer, *named) if named else None
    if visit is None or visit.actor_id == viewer.account_id:
        raise Http404
    form = QuestionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        case = looking.ask(viewer=viewer, visit=visit, remark=form.cleaned_data["remark"], now=now)
        day = timezone.localtime(case.due_at).strftime("%Y-%m-%d")
        messages.success(request, _("已经记下。工作人员会在 %(day)s 前答复，答复会放进“消息”。") % {"day": day})
        return redirect("residents:access_log")
    line = looking_presenters.line_of(visit, viewer)
    return render(request, "residents/ask_about_access.html", {"line": line, "form": form})


def _whose(request: HttpRequest) -> Viewer:
    viewer = viewer_of(request)
    return viewer if viewer.capacity in OWN else own_viewer_of(request)
