"""A visit as an iCalendar file (RFC 5545)."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event

from appointments.models import Booking

REMIND = timedelta(hours=-2)


def file_of(booking: Booking, now: datetime) -> bytes:
    """The calendar entry of a visit. It names the facility and the time, not the department: others see calendars."""
    calendar = Calendar()
    calendar.add("prodid", "-//Resident Health Portal//CN")
    calendar.add("version", "2.0")
    calendar.add_component(_event(booking, now))
    return bytes(calendar.to_ical())


def _event(booking: Booking, now: datetime) -> Event:
    event, facility = Event(), booking.session.facility
    event.add("uid", f"{booking.pk}@resident-health-portal")
    event.add("dtstamp", now)
    event.add("dtstart", booking.slot.starts_at)
    event.add("dtend", booking.slot.ends_at)
    event.add("summary", _("就诊：%(facility)s") % {"facility": facility.name})
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
