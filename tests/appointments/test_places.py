"""What PostgreSQL itself refuses, whoever asks: plain SQL past every line of Python."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connections, transaction
from django.test import Client

from appointments.models import Booking, Slot
from foundation.middleware import TOKEN
from foundation.rowsecurity import seeing
from residents.models import Account, Resident
from tests import factories
from tests.appointments.scenes import (
    TODAY,
    TOMORROW,
    Clinic,
    book,
    cancel,
    clinic,
    crowd,
    live,
    returns_at_once,
    taken,
)
from tests.factories import NOON
from tests.people import People
from tests.sessions import session_of

SignedIn = Callable[[Account], Client]
INSERT = """INSERT INTO appointments_booking (id, resident_id, slot_id, session_id, facility_id, department_id, date,
  period, status, form_key, booked_by, booked_at, cancelled_by, cancelled_at)
  VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""


def row(clinic: Clinic, resident: Resident, by: UUID | None = None, **fields: Any) -> list[Any]:
    """The values of a booking in the clinic's first slot."""
    values = {
        "id": uuid4(),
        "resident": resident.pk,
        "slot": clinic.slots[0].pk,
        "session": clinic.session.pk,
        "facility": clinic.facility.pk,
        "department": clinic.department.pk,
        "date": clinic.session.date,
        "period": clinic.session.period,
        "status": "booked",
        "form_key": uuid4(),
        "by": by or uuid4(),
        "at": NOON,
        "cancelled_by": None,
        "cancelled_at": None,
    } | fields
    return list(values.values())


def run(alias: str, statement: str, values: list[Any] | None = None) -> int:
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


@contextmanager
def refused(word: str) -> Iterator[None]:
    """The database says no, for this reason."""
    with pytest.raises(DatabaseError) as error:
        yield
    diagnosis = error.value.__cause__.diag
    assert word in f"{diagnosis.constraint_name} {diagnosis.message_primary}"


@pytest.fixture
def full(people: People) -> Clinic:
    """A clinic whose first slot of one place is taken by 王建国."""
    morning = clinic(people.township, places=1)
    run("owner", INSERT, row(morning, people.wangjianguo))
    return morning


def test_the_owner_cannot_overbook(people: People, full: Clinic) -> None:
    with refused("slot_never_overbooked"):
        run("owner", INSERT, row(full, people.helanfang))


def test_a_session_of_the_web_login_cannot_overbook(people: People, full: Clinic, signed_in: SignedIn) -> None:
    client = signed_in(people.helanfang_account)
    with seeing(client.session.get(TOKEN)), refused("slot_never_overbooked"):
        run("default", INSERT, row(full, people.helanfang, people.helanfang_account.pk))


def test_the_worker_books_nobody_who_was_not_drawn(people: People) -> None:
    with refused("only what was drawn"):
        run("worker", INSERT, row(clinic(people.township), people.helanfang))


@pytest.mark.parametrize("change", ["taken = 0", "taken = taken - 1"])
@pytest.mark.parametrize("login", ["owner", "worker", "default", "signin"])
def test_nobody_writes_the_count(full: Clinic, login: str, change: str) -> None:
    with pytest.raises(DatabaseError):
        run(login, f"UPDATE appointments_slot SET {change}")
    assert taken(full.slots[0]) == 1


def test_the_capacity_cannot_sink_below_what_is_taken(people: People) -> None:
    morning = clinic(people.township, places=2)
    for person in (people.helanfang, people.wangjianguo):
        run("owner", INSERT, row(morning, person))
    with refused("slot_never_overbooked"):
        run("owner", "UPDATE appointments_slot SET capacity = 1 WHERE taken = 2")


def test_many_rows_in_one_statement_cannot_overbook(people: People) -> None:
    morning = clinic(people.township, places=2)
    values = [row(morning, account.resident) for account in crowd(3)]
    many = INSERT + ", " + ", ".join([INSERT[INSERT.index("VALUES") + 7 :]] * 2)
    with pytest.raises(DatabaseError):
        run("owner", many, [value for line in values for value in line])
    assert (taken(morning.slots[0]), live(morning.slots[0])) == (0, [])


def test_a_row_kept_out_by_a_conflict_takes_no_place(people: People) -> None:
    morning = clinic(people.township)
    first = row(morning, people.helanfang)
    run("owner", INSERT, first)
    assert run("owner", INSERT + " ON CONFLICT DO NOTHING", first) == 0
    assert taken(morning.slots[0]) == 1


def test_one_person_cannot_have_two_live_bookings_in_a_half_day(people: People) -> None:
    morning = clinic(people.township)
    run("owner", INSERT, row(morning, people.helanfang))
    with refused("one_live_booking_per_department_and_half_day"):
        run("owner", INSERT, row(morning, people.helanfang, slot=morning.slots[1].pk))


def test_one_form_makes_one_booking(people: People) -> None:
    morning, by, key = clinic(people.township), uuid4(), uuid4()
    run("owner", INSERT, row(morning, people.helanfang, by, form_key=key))
    with refused("one_booking_per_submitted_form"):
        run("owner", INSERT, row(morning, people.wangjianguo, by, form_key=key))


@pytest.mark.parametrize(
    "fields",
    [
        {"date": NOON.date()},
        {"period": "afternoon"},
        {"facility": "county"},
        {"slot": "elsewhere"},
    ],
)
def test_a_booking_agrees_with_its_session(people: People, fields: dict[str, Any]) -> None:
    other = clinic(people.county)
    known = {"county": people.county.pk, "elsewhere": other.slots[0].pk}
    values = row(clinic(people.township), people.helanfang, **{k: known.get(v, v) for k, v in fields.items()})
    with refused("booking_agrees_with_an_open_session"):
        run("owner", INSERT, values)


def test_a_stopped_session_takes_no_booking(people: People) -> None:
    morning = clinic(people.township)
    run("owner", "UPDATE appointments_session SET state = 'stopped'")
    with refused("booking_agrees_with_an_open_session"):
        run("owner", INSERT, row(morning, people.helanfang))


def test_a_cancelled_booking_is_dated_and_signed(people: People) -> None:
    run("owner", INSERT, row(clinic(people.township), people.helanfang))
    with refused("booking_cancelled_exactly_when_dated_and_signed"):
        run("worker", "UPDATE appointments_booking SET status = 'cancelled'")


@pytest.mark.parametrize("login", ["owner", "worker"])
@pytest.mark.parametrize(
    "change",
    [
        "status = 'booked', cancelled_by = NULL, cancelled_at = NULL",
        "cancelled_at = now()",
    ],
)
def test_a_cancelled_booking_stays_as_it_is(people: People, login: str, change: str) -> None:
    by = {"status": "cancelled", "cancelled_by": uuid4(), "cancelled_at": NOON}
    run("owner", INSERT, row(clinic(people.township), people.helanfang, **by))
    with refused("moved or revived"):
        run(login, f"UPDATE appointments_booking SET {change}")


@pytest.mark.parametrize("login", ["owner", "worker"])
def test_a_booking_is_never_handed_to_someone_else(people: People, login: str) -> None:
    run("owner", INSERT, row(clinic(people.township), people.helanfang))
    with refused("moved or revived"):
        run(login, "UPDATE appointments_booking SET resident_id = %s", [people.wangjianguo.pk])


@pytest.mark.parametrize("statement", ["DELETE FROM appointments_booking", "TRUNCATE appointments_booking"])
@pytest.mark.parametrize("login", ["owner", "worker", "default", "signin"])
def test_a_booking_is_never_deleted(people: People, login: str, statement: str) -> None:
    morning = clinic(people.township)
    run("owner", INSERT, row(morning, people.helanfang))
    with pytest.raises(DatabaseError):
        run(login, statement)
    assert len(live(morning.slots[0])) == 1


def test_slots_of_one_session_never_share_numbers(people: People) -> None:
    morning = clinic(people.township, places=3, count=1)
    with refused("slot_numbers_never_overlap"):
        factories.slot(morning.session, 11, first_number=3)


def test_a_larger_slot_cannot_take_its_neighbours_numbers(people: People) -> None:
    morning = clinic(people.township, places=3, count=2)
    with refused("slot_numbers_never_overlap"):
        run("owner", "UPDATE appointments_slot SET capacity = 4 WHERE id = %s", [morning.slots[0].pk])


def test_a_slot_lies_on_its_sessions_day_and_facility(people: People) -> None:
    morning = clinic(people.township)
    with refused("slot_agrees_with_an_open_session"):
        run("owner", "UPDATE appointments_slot SET starts_at = starts_at - interval '1 day'")
    with refused("slot_agrees_with_an_open_session"):
        run("owner", "UPDATE appointments_slot SET facility_id = %s", [people.county.pk])
    assert morning.slots


def test_a_session_keeps_its_day_and_doctor(people: People) -> None:
    clinic(people.township)
    with refused("a session keeps"):
        run("owner", "UPDATE appointments_session SET date = date + 1")


def test_a_session_has_its_own_facilitys_doctor(people: People) -> None:
    elsewhere = factories.practitioner(factories.department(people.county))
    doctor = factories.practitioner(factories.department(people.township))
    doctor.pk = elsewhere.pk
    with refused("session_agrees_with_its_facility"):
        factories.session(doctor, TOMORROW)


# --- sessions of the web login: whose row it is ----------------------------------------------------------------------


def test_a_resident_cannot_book_for_another(people: People, signed_in: SignedIn) -> None:
    client = signed_in(people.helanfang_account)
    with seeing(client.session.get(TOKEN)), refused("row-level security"):
        run("default", INSERT, row(clinic(people.township), people.wangjianguo, people.helanfang_account.pk))


def test_a_resident_cannot_sign_with_anothers_account(people: People, signed_in: SignedIn) -> None:
    client = signed_in(people.helanfang_account)
    with seeing(client.session.get(TOKEN)), refused("row-level security"):
        run("default", INSERT, row(clinic(people.township), people.helanfang, people.wangjianguo_account.pk))


def test_a_resident_cannot_book_what_has_begun(people: People, signed_in: SignedIn, at: Callable[..., Any]) -> None:
    morning = clinic(people.township)
    with at(morning.slots[0].starts_at):
        client = signed_in(people.helanfang_account)
        with seeing(client.session.get(TOKEN)), refused("row-level security"):
            run("default", INSERT, row(morning, people.helanfang, people.helanfang_account.pk))


def test_nobody_books_signed_out(people: People) -> None:
    with refused("row-level security"):
        run("default", INSERT, row(clinic(people.township), people.helanfang))


def test_a_resident_reads_only_their_own_bookings(people: People, signed_in: SignedIn) -> None:
    morning = clinic(people.township)
    for person in (people.helanfang, people.wangjianguo):
        run("owner", INSERT, row(morning, person))
    with session_of(signed_in(people.helanfang_account)):
        assert set(Booking.objects.values_list("resident_name", flat=True)) == {"贺兰芳"}


def test_a_resident_cannot_cancel_anothers_booking(people: People, signed_in: SignedIn) -> None:
    run("owner", INSERT, row(clinic(people.township), people.wangjianguo))
    me = people.helanfang_account.pk
    change = "UPDATE appointments_booking SET status = 'cancelled', cancelled_by = %s, cancelled_at = now()"
    with seeing(signed_in(people.helanfang_account).session.get(TOKEN)):
        assert run("default", change, [me]) == 0


@pytest.mark.parametrize("status", ["completed", "checked_in", "no_show"])
def test_a_resident_may_only_cancel(people: People, signed_in: SignedIn, status: str) -> None:
    client = signed_in(people.helanfang_account)
    book(client, people.helanfang_account, clinic(people.township).slot)
    with seeing(client.session.get(TOKEN)), refused("row-level security"):
        run("default", "UPDATE appointments_booking SET status = %s", [status])


def test_a_resident_signs_the_cancellation_themselves(people: People, signed_in: SignedIn) -> None:
    client = signed_in(people.helanfang_account)
    book(client, people.helanfang_account, clinic(people.township).slot)
    change = "UPDATE appointments_booking SET status = 'cancelled', cancelled_by = %s, cancelled_at = now()"
    with seeing(client.session.get(TOKEN)), refused("row-level security"):
        run("default", change, [people.wangjianguo_account.pk])


@pytest.mark.parametrize("column", ["number = 9", "resident_name = '别人'", "slot_id = slot_id", "booked_at = now()"])
def test_a_resident_writes_no_other_column(people: People, signed_in: SignedIn, column: str) -> None:
    client = signed_in(people.helanfang_account)
    book(client, people.helanfang_account, clinic(people.township).slot)
    with seeing(client.session.get(TOKEN)), refused("permission denied"):
        run("default", f"UPDATE appointments_booking SET {column}")


def test_the_desk_marks_attendance_at_its_own_facility_only(people: People, signed_in: SignedIn) -> None:
    for at in (people.township, people.county):
        run("owner", INSERT, row(clinic(at, TODAY, period="afternoon"), people.helanfang))
    with seeing(signed_in(people.zhangqiantai).session.get(TOKEN)):
        assert run("default", "UPDATE appointments_booking SET status = 'checked_in'") == 1


def test_a_resident_opens_no_slots(people: People, signed_in: SignedIn) -> None:
    morning = clinic(people.township)
    slot = Slot(session=morning.session, facility=people.township, capacity=9, first_number=90)
    slot.starts_at, slot.ends_at = morning.slots[1].ends_at, morning.slots[1].ends_at.replace(hour=12)
    with pytest.raises(DatabaseError), session_of(signed_in(people.helanfang_account)):
        slot.save(force_insert=True)


def test_the_desk_opens_no_session_at_another_facility(people: People, signed_in: SignedIn) -> None:
    session = clinic(people.county).session
    session.pk, session.period = uuid4(), "afternoon"
    with pytest.raises(DatabaseError), session_of(signed_in(people.zhangqiantai)):
        session.save(force_insert=True)


# --- refusing without waiting ----------------------------------------------------------------------------------------


def test_a_full_slot_is_refused_while_another_holds_its_row(people: People, full: Clinic, signed_in: SignedIn) -> None:
    client = signed_in(people.helanfang_account)
    values = row(full, people.helanfang, people.helanfang_account.pk)
    with transaction.atomic(using="owner"), connections["owner"].cursor() as holder:
        holder.execute("SELECT 1 FROM appointments_slot WHERE id = %s FOR UPDATE", [full.slots[0].pk])
        with seeing(client.session.get(TOKEN)), refused("slot_never_overbooked"):
            with transaction.atomic(), connections["default"].cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '50ms'")
                cursor.execute(INSERT, values)


def test_with_a_place_left_the_row_is_waited_for(people: People, signed_in: SignedIn) -> None:
    morning = clinic(people.township)
    client = signed_in(people.helanfang_account)
    values = row(morning, people.helanfang, people.helanfang_account.pk)
    with transaction.atomic(using="owner"), connections["owner"].cursor() as holder:
        holder.execute("SELECT 1 FROM appointments_slot WHERE id = %s FOR UPDATE", [morning.slots[0].pk])
        with seeing(client.session.get(TOKEN)), refused("lock timeout"):
            with transaction.atomic(), connections["default"].cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '50ms'")
                cursor.execute(INSERT, values)


def test_cancelling_frees_the_place_for_the_next(people: People, full: Clinic, signed_in: SignedIn) -> None:
    returns_at_once()
    wang, lan = signed_in(people.wangjianguo_account), signed_in(people.helanfang_account)
    cancel(wang, people.wangjianguo_account, live(full.slots[0])[0])
    assert book(lan, people.helanfang_account, full.slot).number == 1


def test_stopping_waits_for_a_booking_under_way(people: People, signed_in: SignedIn) -> None:
    morning = clinic(people.township)
    with transaction.atomic(using="owner"), connections["owner"].cursor() as booking:
        booking.execute(INSERT, row(morning, people.helanfang))
        with seeing(signed_in(people.zhangqiantai).session.get(TOKEN)), refused("lock timeout"):
            with transaction.atomic(), connections["default"].cursor() as desk:
                desk.execute("SET LOCAL lock_timeout = '50ms'")
                desk.execute("UPDATE appointments_session SET state = 'stopped'")


def test_booking_waits_for_a_stop_under_way(people: People, signed_in: SignedIn) -> None:
    morning = clinic(people.township)
    values = row(morning, people.helanfang, people.helanfang_account.pk)
    with transaction.atomic(using="owner"), connections["owner"].cursor() as desk:
        desk.execute("UPDATE appointments_session SET state = 'stopped'")
        with seeing(signed_in(people.helanfang_account).session.get(TOKEN)), refused("lock timeout"):
            with transaction.atomic(), connections["default"].cursor() as booking:
                booking.execute("SET LOCAL lock_timeout = '50ms'")
                booking.execute(INSERT, values)
