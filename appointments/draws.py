"""Drawing lots for a half-day that is too scarce for "who comes first": publish, ask, draw, tell.

The order is worked out from the seed and the number of requests alone, so that everybody can work it out again
(docs/draw.md). Every step is a transaction of its own and may be repeated after a kill: the seed that is published
stays, the next request is always the first that has no outcome.
"""

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import DatabaseError, connections, transaction
from django.db.models import Q
from django.utils import timezone

from appointments import refusals
from appointments.admission import asked_about, channel_of, refuse_the_suspended, refuse_what_breaks_a_rule, relevant
from appointments.answers import meaning, one_transaction
from appointments.models import Booking, Channel, Draw, DrawRequest, DrawSeed, Session, Slot
from appointments.terms import ELDER_AGE, terms_for
from foundation.dated import register, setting
from foundation.places import said_no
from foundation.rowsecurity import asked, database
from residents.access import Viewer, record_event
from residents.ages import age_on
from residents.messages import notify_all
from residents.models import Notice

SECONDS = register("appointments.draw_seconds", 60, "抽签：放号后登记多少秒")
NOTICE_MINUTES = register("appointments.draw_notice_minutes", 10, "抽签：错过放号时间的，至少提前多少分钟公布")
ASKED = "appointments.asked_draw"
AHEAD = timedelta(days=3)
# What else happens to somebody who was not drawn, in the transaction that says so, beside their wait for a place.
WHEN_NOT_DRAWN: list[Callable[[DrawRequest, datetime], None]] = []


def when_not_drawn(deed: Callable[[DrawRequest, datetime], None]) -> None:
    """Have `deed` done for everybody who is not drawn."""
    if deed not in WHEN_NOT_DRAWN:
        WHEN_NOT_DRAWN.append(deed)


def order(seed: str, count: int) -> list[int]:
    """Request numbers 1 to `count` in the order that `seed` draws them."""
    return sorted(range(1, count + 1), key=lambda n: hmac.digest(seed.encode(), str(n).encode(), "sha256"))


def prepare(now: datetime) -> int:
    """Publish the hash of a seed for each half-day that will be drawn; safe to repeat. Returns how many."""
    today = timezone.localdate(now)
    due = Session.objects.filter(draw=True, state=Session.State.OPEN, held_draw=None, date__gte=today)
    return sum(_publish(session, now) for session in due)


def _publish(session: Session, now: datetime) -> bool:
    opens = _opens_at(session, now)
    if opens is None:
        return False
    seed = secrets.token_hex(32)
    draw = Draw(
        session=session,
        seed_hash=sha256(seed.encode()).hexdigest(),
        opens_at=opens,
        closes_at=opens + timedelta(seconds=setting(SECONDS, now)),
    )
    with transaction.atomic(using=database()):
        Draw.objects.bulk_create([draw], ignore_conflicts=True)
        if not Draw.objects.filter(pk=draw.pk).exists():
            return False  # another worker was first
        DrawSeed.objects.create(draw=draw, seed=seed)
    return True


def _opens_at(session: Session, now: datetime) -> datetime | None:
    """At the day's release; None while that is far off. Who missed it opens at the next one, or soon."""
    terms = terms_for(session.facility_id, session.department_id, now, session.kind)
    released = terms.released_at(session.date)
    if released > now:
        return released if released <= now + AHEAD else None
    following = terms.released_at(terms.last_day(now) + timedelta(days=1))
    if timezone.localdate(following) < session.date:
        return following
    return now + timedelta(minutes=setting(NOTICE_MINUTES, now))


def ask(*, draw: Draw, viewer: Viewer, now: datetime) -> DrawRequest:
    """A request for the viewer's person, by the rules of booking; asking again gives the same one. Raises a `Refusal`.

    `draw` comes with its session and the session's places.
    """
    slot = Slot.objects.with_everything().filter(session_id=draw.session_id).order_by("starts_at").first()
    if slot is None:
        raise refusals.SessionStopped
    with one_transaction():
        suspended = _may(viewer, slot)
        again = DrawRequest.objects.filter(draw=draw, resident_id=viewer.resident_id).first()
        if again is not None:
            return again
        if not draw.opens_at <= now < draw.closes_at:
            raise refusals.Drawn(draw.closes_at)
        session = slot.session
        terms = terms_for(session.facility_id, session.department_id, now, session.kind)
        channel = channel_of(viewer.resident_id, slot.starts_at)
        refuse_the_suspended(viewer, channel, suspended)
        mine = Booking.objects.visible_to(viewer).filter(relevant(viewer, terms, now))
        refuse_what_breaks_a_rule(slot, list(mine.select_related("slot", "resident")), terms, channel, now, kept=True)
        record_event(viewer=viewer, action=ASKED, now=now, subject=draw, facility_id=session.facility_id)
        return _written(
            DrawRequest(draw=draw, resident_id=viewer.resident_id, asked_by=viewer.account_id, asked_at=now)
        )


def _may(viewer: Viewer, slot: Slot) -> datetime | None:
    """Wait for the person's other deeds; until when they are suspended. Raises IdentityNeeded for a stranger."""
    person = viewer.resident_id
    if not asked("SELECT %s::uuid = ANY (app.residents_for('booking'))", [person]):
        raise refusals.IdentityNeeded
    until: datetime | None = asked(
        "SELECT app.suspended_until(%s, %s) FROM app.hold_person_and_slots(%s, '{}')",
        [person, slot.facility_id, person],
    )
    return until


def _written(request: DrawRequest) -> DrawRequest:
    try:
        with transaction.atomic():
            request.save(force_insert=True)
    except DatabaseError as error:
        if said_no(error)[0] == "draw_takes_requests_while_open":
            raise refusals.Drawn(request.draw.closes_at) from None
        raise
    request.refresh_from_db(fields=["number"])
    return request


def hold_due(now: datetime) -> int:
    """Hold every draw whose time for requests is over, to its end; safe to repeat and beside others. How many."""
    due = Draw.objects.filter(settled_at=None, closes_at__lte=now).order_by("closes_at", "id")
    return sum(hold(draw, now) for draw in list(due))


def hold(draw: Draw, now: datetime) -> bool:
    """Publish the seed, then give each request its outcome, one by one in the order drawn."""
    _reveal(draw, now)
    while _next(draw, now):
        pass
    return _settle(draw, now)


def _locked(draw: Draw) -> Draw:
    return Draw.objects.select_for_update().get(pk=draw.pk)


def _reveal(draw: Draw, now: datetime) -> None:
    with transaction.atomic(using=database()):
        found = _locked(draw)
        if found.seed:
            return
        found.seed = DrawSeed.objects.get(draw=found).seed or ""
        slots = _slots(found, now)
        found.places = sum(slot.places_for(Channel.ELDER, now) for slot in slots)
        found.elders = found.places - sum(slot.places_for(Channel.WEB, now) for slot in slots)
        found.save(update_fields=["seed", "places", "elders"])
        rank = {number: place for place, number in enumerate(order(found.seed, found.asked), start=1)}
        requests = list(found.requests.all())
        for request in requests:
            request.rank = rank[request.number]
        DrawRequest.objects.bulk_update(requests, ["rank"], batch_size=500)


def _slots(draw: Draw, now: datetime) -> list[Slot]:
    known = Slot.objects.with_everything().filter(session_id=draw.session_id, extra_by=None, starts_at__gt=now)
    return list(known.order_by("starts_at"))


def _next(draw: Draw, now: datetime) -> bool:
    """Settle the first request without an outcome; False when there is none. The draw's row keeps the order."""
    with transaction.atomic(using=database()):
        _locked(draw)
        waiting = draw.requests.filter(outcome=DrawRequest.Outcome.WAITING).order_by("rank")
        request = waiting.select_related("resident").first()
        if request is None:
            return False
        answer = _place(request, _slots(draw, now), now)
        lost = isinstance(answer, refusals.SlotFull)
        if isinstance(answer, Booking):
            request.outcome, request.booking = DrawRequest.Outcome.WON, answer
        else:
            request.outcome = DrawRequest.Outcome.LOST if lost else DrawRequest.Outcome.RULE
        request.save(update_fields=["outcome", "booking"])
        _tell(request, now)
    return True


def _tell(request: DrawRequest, now: datetime) -> None:
    if request.booking is not None:
        notify_all([(request.resident_id, request.booking.pk)], kind=Notice.Kind.BOOKED, now=now)
        return
    notify_all([(request.resident_id, request.pk)], kind=Notice.Kind.DRAW_LOST, now=now)
    if request.outcome == DrawRequest.Outcome.LOST:
        asked("SELECT app.wait_when_not_drawn(%s)", [request.pk])
    for deed in WHEN_NOT_DRAWN:
        deed(request, now)


def _place(request: DrawRequest, slots: list[Slot], now: datetime) -> Booking | refusals.Refusal:
    """A booking in the earliest time that has a place and suits the rules, or the last word against it."""
    with connections[database()].cursor() as cursor:
        person = f"appointments.person:{request.resident_id}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [person])
    answer: refusals.Refusal = refusals.SlotFull()
    for slot in slots:
        try:
            return _booked(request, slot, now)
        except refusals.Refusal as refusal:
            answer = refusal if not isinstance(refusal, refusals.SlotFull) else answer
    return answer


def _booked(request: DrawRequest, slot: Slot, now: datetime) -> Booking:
    session = slot.session
    terms = terms_for(session.facility_id, session.department_id, now, session.kind)
    elder = age_on(request.resident.birth_date, session.date) >= setting(ELDER_AGE, now)
    channel = Channel.ELDER if elder else Channel.WEB
    wanted = Q(resident_id=request.resident_id) & asked_about(terms, now)
    mine = list(Booking.objects.filter(wanted).select_related("slot", "resident"))
    refuse_what_breaks_a_rule(slot, mine, terms, channel, now, kept=True)
    if slot.places_for(channel, now) <= 0:
        raise refusals.SlotFull
    booking = Booking(
        resident_id=request.resident_id,
        slot=slot,
        session=session,
        facility_id=session.facility_id,
        department_id=session.department_id,
        date=session.date,
        period=session.period,
        form_key=request.pk,
        booked_by=request.asked_by,
        booked_at=now,
    )
    try:
        with transaction.atomic(using=database()):
            booking.save(force_insert=True)
    except DatabaseError as error:
        refusal = meaning(error)
        if refusal is None or refusal is refusals.Busy:
            raise
        raise refusal from None
    return booking


def _settle(draw: Draw, now: datetime) -> bool:
    """Publish what came of it; True when this call did."""
    with transaction.atomic(using=database()):
        found = _locked(draw)
        if found.settled_at is not None:
            return False
        found.result = [list(row) for row in found.requests.order_by("rank").values_list("number", "outcome")]
        found.settled_at = now
        found.save(update_fields=["result", "settled_at"])
    return True
