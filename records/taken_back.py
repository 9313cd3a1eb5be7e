"""What a person may know of reports that stood in the wrong record: when, where, what was done, whom to ask.

What the law asks a notice of such an incident to say (个人信息保护法, article 57), and never what the report says.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from foundation import clock
from foundation.rowsecurity import database
from residents.access import Viewer, record_event, viewer_of

READ = "records.read_taken_back"


@dataclass(frozen=True)
class TakenBack:
    """One report: `part` says whether it was shown as theirs or is theirs, `outcome` what became of it."""

    started_at: datetime
    place: str
    phone: str
    since: datetime
    part: str
    outcome: str

    @property
    def is_theirs(self) -> bool:
        """It belongs to this person, and had stood in somebody else's record."""
        return self.part == "right"

    @property
    def is_checked(self) -> bool:
        """Nobody has decided yet whose it is."""
        return self.outcome in {"open", "proposed"}

    @property
    def is_right(self) -> bool:
        """It was theirs after all, and is shown again."""
        return self.outcome == "unfounded"


@require_safe
def taken_back(request: HttpRequest) -> HttpResponse:
    """The reports of this kind, newest first, and what each means for the person."""
    viewer = viewer_of(request)
    lines = lines_for(viewer)
    record_event(viewer=viewer, action=READ, now=clock.now())
    return render(request, "records/taken_back.html", {"lines": lines})


def lines_for(viewer: Viewer) -> list[TakenBack]:
    """What the database lets this session know of the viewer's person."""
    with connections[database()].cursor() as cursor:
        cursor.execute("SELECT * FROM app.my_recalls(%s)", [viewer.resident_id])
        return [TakenBack(*row) for row in cursor.fetchall()]
