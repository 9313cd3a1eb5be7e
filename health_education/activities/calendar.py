"""An activity as an iCalendar file (RFC 5545)."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event

from health_education.models import Activity

REMIND = timedelta(hours=-2)


def file_of(activity: Activity, now: datetime) -> bytes:
    """The calendar entry: what everybody may read on the activity's page, and nobody's name."""
    calendar = Calendar()
    calendar.add("prodid", "-//Resident Health Portal//CN")
    calendar.add("version", "2.0")
    event = Event()
    event.add("uid", f"{activity.pk}@resident-health-portal")
    event.add("dtstamp", now)
    event.add("dtstart", activity.starts_at)
    event.add("dtend", activity.ends_at)
    event.add("summary", activity.title)
    event.add("location", f"{activity.facility.name} {activity.place}")
    event.add("description", activity.description)
    event.add("status", "CANCELLED" if activity.state == Activity.State.CANCELLED else "CONFIRMED")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _("今天有活动"))
    alarm.add("trigger", REMIND)
    event.add_component(alarm)
    calendar.add_component(event)
    return bytes(calendar.to_ical())
