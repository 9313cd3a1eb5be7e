"""Missed visits of one person: what is written down, what follows from it, and the word against it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from django.db import DatabaseError, transaction
from django.shortcuts import get_object_or_404

from appointments.models import Appeal, Slot, Strike
from appointments.terms import Terms, terms_for
from foundation.dated import register, setting
from foundation.places import said_no
from foundation.rowsecurity import asked, database
from residents import questions
from residents.access import Viewer, record_event
from residents.models import Account, Notice

# Both read by the database (migration 0012).
APPEAL_DAYS = register("appointments.appeal_days", 30, "爽约登记后多少天内可以申诉")
register("appointments.appeal_answer_days", 7, "爽约申诉多少天内答复（到期没有答复，按同意办）")

# The one word of an SMS that appeals; the messages about missed visits offer it (residents/message_texts.py).
APPEAL_WORD = "申诉"
SAID_NO = {"appeal_in_time", "appeal_turned_down_by_another_in_time"}
READ, APPEALED = "appointments.read_strikes", "appointments.appealed"
T = TypeVar("T")


class NoAppeal(Exception):
    """There is nothing to appeal against: too late, withdrawn, or appealed against already."""


@dataclass(frozen=True)
class Missed:
    """One strike with what holds for it now."""

    strike: Strike
    appeal: Appeal | None
    counts: bool
    may_appeal: bool


def missed_visits(viewer: Viewer, now: datetime) -> list[Missed]:
    """The strikes of the viewer's person, the latest first; the look is kept."""
    record_event(viewer=viewer, action=READ, now=now)
    known = Strike.objects.visible_to(viewer).select_related(
        "appeal", "facility", "booking__slot", "booking__department"
    )
    return [missed(strike, now) for strike in known.order_by("-at")]


def missed(strike: Strike, now: datetime) -> Missed:
    """What holds for a strike at `now`; the database counts by the same (`app.strikes_that_count`)."""
    appeal = getattr(strike, "appeal", None)
    open_to_appeal = appeal is None and strike.withdrawn_at is None and now <= strike.appeal_until
    return Missed(strike, appeal, strike.withdrawn_at is None and not _in_their_favour(appeal, now), open_to_appeal)


def _in_their_favour(appeal: Appeal | None, now: datetime) -> bool:
    """Accepted, or left without an answer beyond its time."""
    if appeal is None:
        return False
    return bool(appeal.accepted) or (appeal.answered_at is None and appeal.answer_due <= now)


def suspended_until(resident_id: UUID, facility_id: UUID) -> datetime | None:
    """Until when a person may not book on line at a facility, as the database works it out now."""
    until: datetime | None = asked("SELECT app.suspended_until(%s, %s)", [resident_id, facility_id])
    return until


def rule_of(slot: Slot, now: datetime) -> Terms | None:
    """The terms by which not coming to `slot` would be a strike; None where attendance is not reported."""
    session = slot.session
    terms = terms_for(session.facility_id, session.department_id, now, session.kind)
    return terms if terms.reports_attendance else None


def appeal(*, viewer: Viewer, strike_id: UUID, words: str, now: datetime) -> Appeal:
    """Say something against a strike of the viewer's person; raises `NoAppeal`. A stranger's strike is a 404."""
    strike = get_object_or_404(Strike.objects.visible_to(viewer), pk=strike_id)
    made = _made(strike, Appeal.Way.WEB, words, viewer.account_id, now)
    record_event(viewer=viewer, action=APPEALED, now=now, subject=strike, facility_id=strike.facility_id)
    return made


def appeal_at_desk(*, strike: Strike, words: str, by: Account, now: datetime) -> Appeal:
    """Write down what a person says at the counter or by telephone; raises `NoAppeal`."""
    return _made(strike, Appeal.Way.DESK, words, by.pk, now)


def appeal_by_text(*, phone: bytes, now: datetime) -> Appeal | None:
    """What a reply of `APPEAL_WORD` means: an appeal against the newest strike that this telephone was told of.

    For the worker, in the transaction that reads the reply. `phone`: the index of the number the reply came from
    (`SmsReply.phone_index`). Returns the appeal, whose `answer_due` says by when it is answered; None where this
    telephone was told of nothing, or all of it is too late, withdrawn or appealed against already.
    """
    open_ones = Strike.objects.filter(resident_id__in=_told_on(phone, now), withdrawn_at=None, appeal=None)
    strike = open_ones.filter(appeal_until__gte=now).order_by("-at", "pk").first()
    if strike is None:
        return None
    try:
        return _made(strike, Appeal.Way.SMS, "", None, now)
    except NoAppeal:
        return None  # somebody appealed, or took the strike back, in this very moment


def answer(*, appeal: Appeal, accepted: bool, words: str) -> None:
    """Answer an appeal; the database signs it. Raises `NoAppeal` when that is not (any more) this account's to do."""
    row = Appeal.objects.filter(pk=appeal.pk, answered_at=None)
    _change(lambda: row.update(accepted=accepted, answer=words, answered_at=appeal.at))


def withdraw(*, strike: Strike, why: str, now: datetime) -> None:
    """Take a strike back for the facility's own reasons; raises `NoAppeal` when it was before."""
    row = Strike.objects.filter(pk=strike.pk, withdrawn_at=None)
    _change(lambda: row.update(withdrawn_at=now, withdrawn_why=why))


def _made(strike: Strike, way: str, words: str, by: UUID | None, now: datetime) -> Appeal:
    made = Appeal(
        strike=strike,
        resident_id=strike.resident_id,
        facility_id=strike.facility_id,
        way=way,
        words=words.strip() or None,
        by=by,
        at=now,
        answer_due=now,
    )
    _write(lambda: made.save(force_insert=True))
    return made


def _change(rows: Callable[[], int]) -> None:
    """Run an update of one row; raises `NoAppeal` where no row was there to change."""
    if not _write(rows):
        raise NoAppeal


def _write(deed: Callable[[], T]) -> T:
    try:
        with transaction.atomic(using=database()):
            return deed()
    except DatabaseError as error:
        constraint, state = said_no(error)
        if constraint in SAID_NO or state in {"23001", "23505"}:
            raise NoAppeal from None
        raise


def _told_on(phone: bytes, now: datetime) -> list[UUID]:
    """Whose missed visits a telephone was told of while they could be appealed against."""
    since = now - timedelta(days=int(setting(APPEAL_DAYS, now)))
    kinds = (Notice.Kind.STRIKE_WARNED, Notice.Kind.WEB_SUSPENDED)
    return list(dict.fromkeys(person for kind in kinds for person in questions.asked_on(phone, kind, since)))
