"""服务核实: what somebody was asked about services, and answering."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation import clock
from records.models import ServiceQuestion
from records.pages import for_resident
from records.services import answering
from residents.access import Viewer

Answer = ServiceQuestion.Answer


@require_safe
@for_resident("records")
def services(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The questions, the unanswered first."""
    found = answering.questions_of(viewer, now=clock.now())
    return render(request, "records/services.html", {"questions": found})


@require_POST
@for_resident("records")
def answer(request: HttpRequest, viewer: Viewer, question_id: UUID) -> HttpResponse:
    """Keep an answer; a second tap changes nothing."""
    said = request.POST.get("answer")
    if said not in {Answer.YES, Answer.NO}:
        raise Http404
    question = answering.question_for(viewer, question_id)
    if not answering.answer(viewer=viewer, question=question, said=said, now=clock.now()):
        messages.info(request, _("这一条已经答复过了。"))
    elif said == Answer.YES:
        messages.success(request, _("谢谢，已记下：属实。"))
    else:
        messages.success(request, _("已记下：没有这次服务。已请机构核实，会在期限内答复您。"))
    return redirect("records:services")
