"""What the family pages read: who helps somebody, whom they help, what waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import DatabaseError, connections, transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from facilities.models import Facility
from foundation.crypto import digest
from foundation.dated import setting
from foundation.rowsecurity import asked, database
from residents.access import Viewer, own_viewer_of, viewer_of
from residents.acting import acting_of
from residents.family import terms
from residents.family.deeds import refusal_of
from residents.models import Account, ConsentText, Delegation, Guardianship, Invitation, Resident
from residents.models.access import Capacity
from residents.models.consent import Purpose

GUARDIAN = Delegation.Relation.GUARDIAN


@dataclass(frozen=True)
class Tie:
    """One delegation as one of its two people sees it: the other's name, and what it opens at the ward's age now."""

    delegation: Delegation
    other: str
    reach: Sequence[str]
    now: datetime

    @property
    def is_guardian(self) -> bool:
        """Whether it is a guardian's."""
        return self.delegation.relation == GUARDIAN

    @property
    def begins_later(self) -> bool:
        """Agreed, but not begun."""
        return self.delegation.starts_at > self.now


@dataclass(frozen=True)
class Growing:
    """What a young person may agree to now about a guardian, and the dates that are explained."""

    tie: Tie
    turns_young: datetime
    turns_adult: datetime
    may_agree: bool
    may_keep: bool


@dataclass(frozen=True)
class Family:
    """Everything of the family page."""

    helpers: Sequence[Tie]
    helped: Sequence[Tie]
    invitations: Sequence[Invitation]
    applications: Sequence[Guardianship]
    growing: Sequence[Growing]


@dataclass(frozen=True)
class Offer:
    """An invitation as whoever holds its code reads it."""

    name: str
    scope: Sequence[str]
    months: int


def person_at_hand(request: HttpRequest) -> Viewer:
    """Whose family it is: one's own, or at a counter that of whoever stands there with the document."""
    acting = acting_of(request)
    if acting and acting.capacity == Capacity.COUNTER:
        return viewer_of(request)
    return own_viewer_of(request)


def family_of(viewer: Viewer, now: datetime) -> Family:
    """The person's helpers, whom they help, and what waits."""
    ties = ties_of(viewer, now)
    mine = [tie for tie in ties if tie.delegation.resident_id == viewer.resident_id]
    return Family(
        helpers=mine,
        helped=[tie for tie in ties if tie.delegation.delegate_id == viewer.resident_id],
        invitations=list(Invitation.objects.filter(resident_id=viewer.resident_id).open(now)),
        applications=list(Guardianship.objects.of(viewer.resident_id).exclude(state="withdrawn")[:10]),
        growing=[grown for tie in mine if tie.is_guardian and (grown := growing(tie, now))],
    )


def ties_of(viewer: Viewer, now: datetime) -> list[Tie]:
    """The person's delegations of either side that are neither past nor ended, with the other's name."""
    person = viewer.resident_id
    lasting = Delegation.objects.filter(state="approved", ended_at=None, ends_at__gt=now)
    rows = lasting.filter(Q(resident_id=person) | Q(delegate_id=person)).order_by("starts_at", "id")
    with connections[database()].cursor() as cursor:
        cursor.execute("SELECT delegation, other, reach FROM app.family_of(%s)", [person])
        known: dict[UUID, tuple[str, Sequence[str]]] = {key: (other, reach) for key, other, reach in cursor.fetchall()}
    return [Tie(row, *known.get(row.pk, ("", ())), now) for row in rows]


def tie_of(viewer: Viewer, delegation_id: UUID, now: datetime) -> Tie | None:
    """One of them, or None."""
    return next((tie for tie in ties_of(viewer, now) if tie.delegation.pk == delegation_id), None)


def helped_by(request: HttpRequest, now: datetime) -> list[Tie]:
    """For whom the signed-in person may act now; nobody for staff and visitors. Two statements."""
    account = request.user
    if not isinstance(account, Account) or account.resident_id is None:
        return []
    viewer = own_viewer_of(request)
    ties = ties_of(viewer, now)
    return [tie for tie in ties if tie.delegation.delegate_id == viewer.resident_id and not tie.begins_later]


def growing(tie: Tie, now: datetime) -> Growing | None:
    """The dates of a ward, where the ward's own row may be seen."""
    person = Resident.objects.only("birth_date").filter(pk=tie.delegation.resident_id).first()
    if person is None:
        return None
    birth = person.birth_date
    return Growing(
        tie=tie,
        turns_young=terms.comes_of(birth, terms.CONSENT_AGE, now),
        turns_adult=terms.comes_of(birth, terms.ADULT_AGE, now),
        may_agree=terms.may_agree_from(birth, terms.CONSENT_AGE, now) <= now,
        may_keep=terms.may_agree_from(birth, terms.ADULT_AGE, now) <= now,
    )


def is_of_age(viewer: Viewer, now: datetime) -> bool:
    """Whether a person is grown up."""
    birth = Resident.objects.only("birth_date").get(pk=viewer.resident_id).birth_date
    return terms.comes_of(birth, terms.ADULT_AGE, now) <= now


def words_for_delegates(now: datetime) -> ConsentText | None:
    """The consent text about helpers that is in force."""
    texts = ConsentText.objects.in_force(now)
    return next((t for t in texts if (t.purpose, t.audience) == (Purpose.DELEGATES, "adult")), None)


def offer_behind(viewer: Viewer, code: str, birth: date) -> Offer | None:
    """The invitation behind a code and a birth date; misses are counted by the database. Raises FamilyRefusal."""
    try:
        with transaction.atomic(), connections[database()].cursor() as cursor:
            cursor.execute(
                "SELECT name, scope, months FROM app.show_invitation(%s, %s, %s, %s)",
                [digest(code), birth, viewer.address, viewer.reference],
            )
            row = cursor.fetchone()
    except DatabaseError as error:
        raise refusal_of(error) from None
    return Offer(*row) if row else None


def reviewing_places() -> list[tuple[UUID, str]]:
    """Where an application can be reviewed."""
    open_ones = Facility.objects.filter(is_active=True, level__in=["county", "township"])
    return list(open_ones.order_by("level", "position", "name").values_list("pk", "name"))


def may_apply(viewer: Viewer) -> bool:
    """Whether the database takes an application as guardian for this person."""
    return bool(asked("SELECT %s = ANY (app.may_apply_as_guardian())", [viewer.resident_id]))


def term_choices(now: datetime) -> list[tuple[str, int]]:
    """Months that can be chosen, as (value, months)."""
    longest = setting(terms.LONGEST, now)
    return [(str(months), months) for months in setting(terms.TERMS, now) if months <= longest]


def day_after(now: datetime, months: int) -> date:
    """The day `months` from now, as the database counts them."""
    day = timezone.localdate(now)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")
