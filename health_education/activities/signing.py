"""Signing up, taking it back, and coming. The database takes the places (migration 0008); see docs/locking.md."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, transaction

from foundation.dated import register
from foundation.places import said_no
from foundation.rowsecurity import asked
from health_education.activities import refusals
from health_education.models import Activity, SignUp
from residents.access import Viewer, record_event

BY_CONSTRAINT: dict[str | None, type[refusals.Refusal]] = {
    "activity_never_overbooked": refusals.Full,
    "activity_takes_signups": refusals.NotOpen,
    "one_live_signup_per_person": refusals.AlreadyIn,
    "one_signup_per_submitted_form": refusals.FormUsed,
    "signed_up_again_too_often": refusals.TooOften,
}
BY_STATE: dict[str | None, type[refusals.Refusal]] = {
    "42501": refusals.IdentityNeeded,  # row-level security
    "55P03": refusals.Busy,  # lock not available in time
    "40P01": refusals.Busy,  # deadlock
    "57014": refusals.Busy,  # statement timeout
}
# Read by the database (migration 0011).
register("activities.signups_per_person", 5, "同一个人对同一个活动最多可以报名几次（报了又取消也算）")
ATTENDED, ALREADY, CLOSED = "attended", "already", "closed"


def sign_up(*, activity: Activity, viewer: Viewer, form_key: UUID, now: datetime) -> SignUp:
    """Take a place for the viewer's person; whoever is signed up already stays so, by the same sign-up.

    The same `form_key` again gives the same sign-up, or FormUsed once that was taken back. Raises a `Refusal`, having
    written nothing.
    """
    try:
        with _one_transaction():
            return _found(activity, viewer, form_key) or _written(activity, viewer, form_key, now)
    except (refusals.AlreadyIn, refusals.FormUsed, refusals.TooOften) as refusal:
        with transaction.atomic():  # sent twice at once: the other one wrote it
            again = SignUp.objects.visible_to(viewer).live().filter(activity=activity).first()
        if again is None:
            raise refusal from None
        return again


def leave(*, signup: SignUp, viewer: Viewer, now: datetime) -> None:
    """Give the place back; a sign-up taken back stays so. Raises `TooLate` once the activity has begun."""
    with _one_transaction():
        if signup.activity.starts_at <= now:
            raise refusals.TooLate
        mine = SignUp.objects.visible_to(viewer).live().filter(pk=signup.pk, attended_at__isnull=True)
        if mine.update(cancelled_at=now, cancelled_by=viewer.account_id):
            _log("health_education.left", signup, viewer, now)


def attend(*, activity: Activity, viewer: Viewer, now: datetime) -> str:
    """Note that the viewer's person is there: ATTENDED, ALREADY, or CLOSED outside its hours.

    Raises IdentityNeeded where the session may not act for the person.
    """
    with _one_transaction():
        answer = str(asked("SELECT app.attend_activity(%s, %s)", [activity.pk, viewer.resident_id]))
        if answer == "identity":
            raise refusals.IdentityNeeded
        if answer == ATTENDED:
            signup = SignUp.objects.visible_to(viewer).live().get(activity=activity)
            _log("health_education.attended", signup, viewer, now)
    return answer


def _found(activity: Activity, viewer: Viewer, form_key: UUID) -> SignUp | None:
    """What this form, or any before, wrote; raises FormUsed where the person took back what this form wrote."""
    mine = list(SignUp.objects.visible_to(viewer).filter(activity=activity))
    live = next((one for one in mine if one.cancelled_at is None), None)
    used = any((one.signed_by, one.form_key) == (viewer.account_id, form_key) for one in mine)
    if used and live is None:
        raise refusals.FormUsed
    return live


def _written(activity: Activity, viewer: Viewer, form_key: UUID, now: datetime) -> SignUp:
    signup = SignUp(
        activity=activity,
        facility_id=activity.facility_id,
        resident_id=viewer.resident_id,
        form_key=form_key,
        signed_by=viewer.account_id,
        signed_at=now,
    )
    _log("health_education.signed_up", signup, viewer, now)
    # Last, so that an activity in demand stays locked for one statement.
    signup.save(force_insert=True)
    return signup


def _log(action: str, signup: SignUp, viewer: Viewer, now: datetime) -> None:
    record_event(viewer=viewer, action=action, now=now, subject=signup, facility_id=signup.facility_id)


@contextmanager
def _one_transaction() -> Iterator[None]:
    """A transaction of its own, so that no activity stays locked while a page renders."""
    try:
        with transaction.atomic(durable=True):
            yield
    except DatabaseError as error:
        constraint, state = said_no(error)
        refusal = BY_CONSTRAINT.get(constraint) or BY_STATE.get(state)
        if refusal is None:
            raise
        raise refusal() from None
