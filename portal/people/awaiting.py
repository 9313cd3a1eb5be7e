"""Reports whose persons wait for a clinician's comment: what waits at one's own facility, one report, the comment."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from foundation import clock
from portal.people.doors import need, origin_of
from portal.staff_log import record
from records import awaiting_desk
from records.models import Awaited
from records.presenters.words import FLAGS

VIEW, COMMENT = "records.view_awaited", "records.change_awaited"
PAGE = 50


class CommentForm(forms.Form):
    """What the person reads beside the result."""

    comment = forms.CharField(
        label=gettext_lazy("给本人的说明"),
        max_length=500,
        help_text=gettext_lazy("用老人也听得懂的话：结果怎么看，要不要再查，下一步做什么。"),
        error_messages={
            "required": gettext_lazy("请写几句说明，本人等着看。"),
            "max_length": gettext_lazy("请写在500个字以内。"),
        },
        widget=forms.Textarea(attrs={"rows": 5}),
    )


@require_safe
def awaited(request: HttpRequest) -> HttpResponse:
    """What waits for a comment at the facilities where this account works, the soonest first; without names."""
    need(request, VIEW)
    waiting = Awaited.objects.filter(ended_at=None, until__gt=clock.now()).select_related("facility")
    record(request, "staff.listed", Awaited)
    context = {
        "page": Paginator(waiting.order_by("until", "id"), PAGE).get_page(request.GET.get("page")),
        "comments": request.user.has_perm(COMMENT),
    }
    return render(request, "portal/awaited/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def comment(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """One report with whose it is, and the comment that ends the wait."""
    need(request, COMMENT)
    case = get_object_or_404(Awaited.objects.select_related("facility"), pk=case_id)
    form = CommentForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _said(request, awaiting_desk.comment(case, form.cleaned_data["comment"], origin_of(request)))
    sheet = awaiting_desk.read(case, origin_of(request))
    if sheet is None:
        raise Http404
    items = [{**item, "flag": FLAGS.get(item["flag"])} for item in sheet.items]
    context = {"case": case, "sheet": sheet, "items": items, "form": form}
    return render(request, "portal/awaited/comment.html", context)


def _said(request: HttpRequest, answer: awaiting_desk.Answer | None) -> HttpResponse:
    if answer is None:
        raise Http404
    if answer == "done":
        messages.success(request, _("已登记，本人马上看得到结果和您的说明，并收到提醒。"))
    else:
        messages.error(request, _("没有登记成：这份结果已经不用等说明了。"))
    return redirect("staff:awaited")
