"""A visit as an iCalendar file (RFC 5545)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.http import HttpResponse
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event

from appointments.models import Booking

REMIND = timedelta(hours=-2)


def answer(bookings: Iterable[Booking], now: datetime, whom: str = "") -> HttpResponse:
    """The calendar file of some visits, as a download."""
    response = HttpResponse(file_of(bookings, now, whom), content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="visit.ics"'
    return response


def file_of(bookings: Iterable[Booking], now: datetime, whom: str = "") -> bytes:
    """The calendar entries of visits. They name the facility and the time, not the department: others see calendars.

    `whom`: in the calendar of somebody who helps, with whom they go.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Resident Health Portal//CN")
    calendar.add("version", "2.0")
    for booking in bookings:
        calendar.add_component(_event(booking, now, whom))
    return bytes(calendar.to_ical())


def _event(booking: Booking, now: datetime, whom: str) -> Event:
    event, facility = Event(), booking.session.facility
    words = _("陪%(whom)s就诊：%(facility)s") if whom else _("就诊：%(facility)s")
    event.add("uid", f"{booking.pk}@resident-health-portal")
    event.add("dtstamp", now)
    event.add("dtstart", booking.slot.starts_at)
    event.add("dtend", booking.slot.ends_at)
    event.add("summary", words % {"whom": whom, "facility": facility.name})
    event.add("location", facility.address or facility.name)
    event.add("description", _("候诊序号 %(number)d") % {"number": booking.number})
    event.add("status", "CANCELLED" if booking.status == Booking.Status.CANCELLED else "CONFIRMED")
    event.add_component(_alarm())
    return event


def _alarm() -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _("今天有就诊预约"))
    alarm.add("trigger", REMIND)
    return alarm
