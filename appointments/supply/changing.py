"""Changing the plan: patterns begin and end, doctors are away, extra clinics are held. No booking is lost silently."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q
from django.utils import timezone

from appointments.models import Rota, RotaException, Session
from appointments.supply.making import booked_among, make_ahead
from appointments.supply.planned import sessions_of
from foundation.keys import uuid7
from foundation.rowsecurity import database


class InTheWay(Exception):
    """People have booked what the change would take away: `sessions`, each with `booked`. Nothing was changed."""

    def __init__(self, sessions: Sequence[Session]) -> None:
        super().__init__()
        self.sessions = sessions


def end_rota(*, rota: Rota, last: date, now: datetime) -> None:
    """Let a pattern end with `last`, which is no day before its first. Raises InTheWay.

    Half-days in preparation after that day are taken back; open ones that nobody has booked are stopped.
    """
    upper = max(last + timedelta(days=1), rota.valid.lower + timedelta(days=1))
    with transaction.atomic(using=database()):
        _stop(Q(rota=rota, date__gte=upper), now)
        Rota.objects.filter(pk=rota.pk).update(valid=DateRange(rota.valid.lower, upper))
        make_ahead([rota.facility_id], now)


def add_exceptions(*, exceptions: Sequence[RotaException], by: UUID, now: datetime) -> list[RotaException]:
    """Write several days that differ at once, all or none, and bring the plan up to date.

    Raises InTheWay where somebody is away whom people have booked: that clinic is stopped first, so that they are told.
    """
    batch = uuid7()
    with transaction.atomic(using=database()):
        for one in exceptions:
            one.batch, one.by, one.made_at = batch, by, now
        made = RotaException.objects.bulk_create(exceptions)
        for one in made:
            if one.kind == RotaException.Kind.AWAY:
                _stop(sessions_of(one), now, stopped_for=one, stop_reason=one.reason)
        make_ahead({one.facility_id for one in made}, now)
    return made


def withdraw(*, exceptions: Iterable[RotaException], now: datetime) -> None:
    """Take days that differ back: who was away is there again. Raises InTheWay for an extra clinic with bookings."""
    found = [one for one in exceptions if one.withdrawn_at is None]
    with transaction.atomic(using=database()):
        RotaException.objects.filter(pk__in=[one.pk for one in found]).update(withdrawn_at=now)
        for one in found:
            if one.kind == RotaException.Kind.EXTRA:
                _stop(sessions_of(one) & Q(rota=None), now)
            else:
                _reopen(one, now)
        make_ahead({one.facility_id for one in found}, now)


def _stop(sessions: Q, now: datetime, **why: object) -> None:
    """Stop the open sessions to come among these; raise InTheWay where people have booked one.

    Stopping first: the database makes it wait for bookings under way, so that what is seen afterwards is all there is.
    """
    to_come = Session.objects.filter(sessions, state=Session.State.OPEN, date__gte=timezone.localdate(now))
    keys = list(to_come.values_list("pk", flat=True))
    Session.objects.filter(pk__in=keys, state=Session.State.OPEN).update(state=Session.State.STOPPED, **why)
    if booked := booked_among(Q(pk__in=keys)):
        raise InTheWay(booked)


def _reopen(away: RotaException, now: datetime) -> None:
    """Open again what was stopped for an absence, where the doctor has nothing else by now."""
    stopped = Session.objects.filter(stopped_for=away, state=Session.State.STOPPED, date__gt=timezone.localdate(now))
    for session in stopped:
        same = Session.objects.filter(practitioner_id=session.practitioner_id, date=session.date, period=session.period)
        if not same.filter(state__in=Session.STANDING).exists():
            Session.objects.filter(pk=session.pk).update(state=Session.State.OPEN, stop_reason="", stopped_for=None)
