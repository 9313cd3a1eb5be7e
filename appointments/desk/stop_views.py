"""What became of the people of a clinic that was stopped."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from appointments import stop_page
from appointments.desk.doors import READERS, VIEW, need, record, session_at
from appointments.models import Booking, Session
from foundation import clock


@require_safe
def stopped(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Who was told, who has another time by now, and who is still to be telephoned."""
    need(request, VIEW)
    session, now = session_at(session_id, *READERS), clock.now()
    if session.state != Session.State.STOPPED:
        raise Http404
    record(request, "staff.listed", Booking, session.facility_id)
    return render(request, "appointments/desk/stopped.html", stop_page.progress(session, now))
