"""我的: who I am here, my inbox, who looked at my record, how the pages look."""

from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation import clock
from foundation.middleware import own_transaction
from foundation.shared_pages import usable_from_shared_pages
from residents import actions, mine, presenters
from residents.access import viewer_of
from residents.account_views import StaffSignInView
from residents.acting import acting_of
from residents.acting import stop_acting as forget_acting
from residents.family.scope import granted
from residents.forms import DisplayForm
from residents.middleware import display_cookie
from residents.models import Account, Notice

A_PAGE = 20
A_YEAR = 365 * 24 * 3600

staff_login = own_transaction(login_not_required(StaffSignInView.as_view()))


@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """The person and the account; identity only, nothing about health."""
    profile = mine.profile(viewer_of(request), request.user, clock.now())
    return render(request, "residents/me.html", {"profile": presenters.profile(profile)})


@granted("notices")
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """The inbox, newest first."""
    viewer = viewer_of(request)
    page = Paginator(mine.notices(viewer), A_PAGE).get_page(request.GET.get("page"))
    lines = [presenters.notice(notice) for notice in page]
    return render(request, "residents/notices.html", {"page": page, "lines": lines})


@granted("notices")
@require_POST
def open_notice(request: HttpRequest, notice: UUID) -> HttpResponse:
    """Mark one line as read and go to what it speaks of."""
    viewer = viewer_of(request)
    line = get_object_or_404(Notice.objects.visible_to(viewer), pk=notice)
    if viewer.is_self:  # a helper's look must not make the person miss it
        actions.mark_read(viewer=viewer, notice=line, now=clock.now())
    return redirect(presenters.notice(line).address)


@granted("notices")
@require_POST
def read_all_notices(request: HttpRequest) -> HttpResponse:
    """Mark the whole inbox as read."""
    viewer = viewer_of(request)
    if viewer.is_self:
        actions.mark_all_read(viewer=viewer, now=clock.now())
    return redirect("residents:notices")


@require_POST
def stop_acting(request: HttpRequest) -> HttpResponse:
    """Back to oneself; a staff member's opening ends with it."""
    acting = acting_of(request)
    if acting and acting.opening_id:
        actions.close_opening(acting.opening_id)
    forget_acting(request)
    return redirect("staff:index" if acting and acting.by_staff else "home")


@login_not_required
@usable_from_shared_pages
@require_POST
@own_transaction
def display(request: HttpRequest) -> HttpResponse:
    """Switch between standard and 长辈版; this device remembers it for a year, a signed-in account for good."""
    form = DisplayForm(request.POST)
    if not form.is_valid():
        raise BadRequest(_("没有这种显示模式。"))
    mode = form.cleaned_data["mode"]
    if isinstance(request.user, Account):
        actions.choose_display(account=request.user, mode=mode)
    response = redirect(form.cleaned_data["next"] or "home")
    response.set_cookie(display_cookie(), mode, max_age=A_YEAR, secure=settings.HTTPS, httponly=True, samesite="Lax")
    return response
