"""Where to go: the department at the nearest facility whose level can see to it."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from appointments.models import FitLevel
from appointments.models.guide import Ending
from facilities.models import Department, Facility
from residents.access import Viewer
from residents.models import Resident

MOST = 6


@dataclass(frozen=True)
class Home:
    """Where somebody's record is kept: their village clinic or their township's hospital."""

    facility: Facility

    def reaches(self, facility: Facility) -> bool:
        """Whether a facility is this one, above it, or a village clinic beneath it."""
        return facility.pk in {self.facility.pk, self.facility.parent_id} or facility.parent_id == self.facility.pk


def home_of(viewer: Viewer | None) -> Home | None:
    """Of the person whom the session acts for; `None` for who is not signed in."""
    if viewer is None:
        return None
    known = Resident.objects.filter(pk=viewer.resident_id, facility__is_active=True).select_related("facility").first()
    return Home(known.facility) if known and known.facility else None


def nearest(ending: Ending, home: Home | None) -> list[Department]:
    """Departments that fit, the nearest first: those of one's own clinic and hospital, then by level."""
    words = [word.strip() for word in ending.departments.replace(",", "、").replace("，", "、").split("、")]
    words = [word for word in words if word]
    levels = FitLevel.values[FitLevel.values.index(ending.level) :]
    named = Q(pk__in=[])
    for word in words:
        named |= Q(name__startswith=word)
    open_ones = Department.objects.filter(named, is_active=True, facility__is_active=True, facility__level__in=levels)
    return sorted(open_ones.select_related("facility"), key=lambda one: _distance(one, home, words, levels))[:MOST]


def _distance(one: Department, home: Home | None, words: list[str], levels: list[str]) -> tuple[int, int, int, int]:
    """The own ones first, then the lower level, then the better word, then the county's order."""
    foreign = 0 if home and home.reaches(one.facility) else 1
    rank = next(place for place, word in enumerate(words) if one.name.startswith(word))
    return foreign, levels.index(one.facility.level), rank, one.facility.position


def phones(home: Home | None) -> list[tuple[str, str]]:
    """Whom to ring where no department fits: the own facility, the county's hospitals, the county's line."""
    known = [home.facility] if home else []
    known += [one for one in Facility.objects.filter(is_active=True, level="county") if one not in known]
    found = [(one.name, one.phone) for one in known if one.phone]
    return [*found, (_("县政务服务热线"), "12345")]
