"""How people prepare for a visit: the narrowest text in force on its day."""

from datetime import date
from uuid import UUID

from django.db.models import Q

from appointments.models import Preparation, Session


def text_for(session: Session) -> str:
    """How to prepare for a visit in this session; empty where nothing is to be said."""
    return preparation(session.facility_id, session.department_id, session.kind, session.date)


def preparation(facility_id: UUID, department_id: UUID, kind: str, day: date) -> str:
    """The text of the kind in the department, else of the department, of the kind, of the facility; the newest."""
    places = Q(department=department_id) | Q(department=None)
    known = Preparation.objects.filter(places, facility=facility_id, number_kind__in=["", kind], valid_from__lte=day)
    newest = {(one.department_id, one.number_kind): one.text for one in known.order_by("valid_from")}
    narrowest = ((department_id, kind), (department_id, ""), (None, kind), (None, ""))
    return next((newest[place] for place in narrowest if place in newest), "")
