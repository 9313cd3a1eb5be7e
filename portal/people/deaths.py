"""A death: entered at a counter from the certificate, confirmed by a manager who did not; and taken back so."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from facilities.roles import HELPERS, Role
from portal.people.counter import MAY
from portal.people.counter_forms import DeathForm
from portal.people.doors import need, origin_of, workplaces
from residents.openings import places_of
from residents.registration import counter


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def deaths(request: HttpRequest) -> HttpResponse:
    """Enter a death; managers also see what waits for their word."""
    need(request, MAY)
    form = DeathForm(request.POST or None, places=workplaces(*HELPERS))
    if request.method == "POST" and form.is_valid() and form.document is not None:
        said = form.cleaned_data
        if counter.report_death(
            form.document,
            facility_id=said["facility"].pk,
            died_on=said["died_on"],
            evidence=said["evidence"],
            origin=origin_of(request),
        ):
            messages.success(request, _("已登记，等机构负责人复核，并已通知本人的手机和代办人。复核以前账号不受影响。"))
            return redirect("staff:deaths")
        form.add_error("number", _("没有这个号码的居民，或已经登记、正在等复核，或死亡日期早于出生日期。"))
    decides = bool(places_of(Role.MANAGER))
    context = {"form": form, "decides": decides, "waiting": counter.waiting_deaths() if decides else []}
    return render(request, "portal/counter/deaths.html", context)


@require_POST
def decide(request: HttpRequest, report: UUID) -> HttpResponse:
    """A manager's word on what somebody else entered."""
    need(request, MAY)
    is_true = request.POST.get("verdict") == "confirm"
    if not counter.decide_death(report, is_true=is_true, origin=origin_of(request)):
        messages.error(
            request,
            _(
                "没有办成：已经有人复核；或者是您自己登记的，需要另一位负责人复核；或者刚登记，还没有通知到本人，请过一两分钟再确认。"
            ),
        )
    elif is_true:
        messages.success(request, _("已确认，立即生效。"))
    else:
        messages.success(request, _("已退回，没有任何改变。"))
    return redirect("staff:deaths")
