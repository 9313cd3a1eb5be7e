"""Guardians of minors: an application with evidence, a second person's yes, and nothing before it."""

from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse
from PIL import Image

from facilities.models import Facility
from foundation import clock
from foundation.models import DatedSetting
from foundation.rowsecurity import acting_as
from residents import documents
from residents.family import growing_up, photos
from residents.models import Account, Consent, Delegation, Guardianship, GuardianshipPhoto, Notice, Resident
from tests import factories
from tests.factories import made
from tests.people import People
from tests.residents.families import EVERYTHING, ask, child, open_to
from tests.sessions import session_of

Enter = Callable[[Account], Client]
APPLY = reverse("residents:apply_as_guardian")
BORN = date(2019, 5, 18)
NUMBER = factories.id_number(BORN, 27)


def picture(kind: str = "JPEG", **extra: Any) -> SimpleUploadedFile:
    drawn = BytesIO()
    Image.new("RGB", (60, 40), "white").save(drawn, kind, **extra)
    return SimpleUploadedFile(f"page.{kind.lower()}", drawn.getvalue(), f"image/{kind.lower()}")


def form(place: Facility, **changed: Any) -> dict[str, Any]:
    return {
        "name": "林子涵",
        "number": NUMBER,
        "kinship": "mother",
        "evidence_kind": "household",
        "paper": "H-0012",
        "pictures": [picture()],
        "consents": ["records", "results"],
        "facility": str(place.pk),
    } | changed


def applied(people: People, enter: Enter, **changed: Any) -> Guardianship:
    """An application of 贺小雨, handed in at home."""
    enter(people.hexiaoyu_account).post(APPLY, form(people.township, **changed))
    with acting_as("owner"):
        return Guardianship.objects.latest("created_at")


def decide(client: Client, asked: Guardianship, verdict: str = "approve", reason: str = "") -> str:
    address = reverse("staff:guardianship", args=[asked.pk])
    return client.post(address, {"verdict": verdict, "reason": reason}, follow=True).content.decode()


def state(asked: Guardianship) -> str:
    with acting_as("owner"):
        return Guardianship.objects.get(pk=asked.pk).state


def test_an_application_opens_nothing_by_itself(people: People, signed_in: Enter) -> None:
    person = child(BORN)
    assert applied(people, signed_in).state == "requested"
    assert open_to(signed_in(people.hexiaoyu_account), person) == set()


def test_a_yes_opens_the_child_until_18(people: People, signed_in: Enter) -> None:
    person = child(BORN)
    decide(signed_in(people.zhangqiantai), applied(people, signed_in))
    assert open_to(signed_in(people.hexiaoyu_account), person) == {"identity", *EVERYTHING}
    with acting_as("owner"):
        held = Delegation.objects.get(resident=person)
        assert held.ends_at == factories.datetime(2037, 5, 18, tzinfo=factories.SHANGHAI)


def test_only_what_was_ticked_for_the_child_is_agreed_to(people: People, signed_in: Enter) -> None:
    person = child(BORN)
    decide(signed_in(people.zhangqiantai), applied(people, signed_in, consents=["results"]))
    with acting_as("owner"):
        given = Consent.objects.filter(resident=person).values_list("purpose", "given_by")
        assert list(given) == [("results", people.hexiaoyu_account.pk)]


def test_a_no_gives_a_reason_that_the_guardian_reads(people: People, signed_in: Enter) -> None:
    person = child(BORN)
    asked = applied(people, signed_in)
    decide(signed_in(people.zhangqiantai), asked, "refuse", "户口簿照片看不清")
    assert state(asked) == "refused"
    guardian = signed_in(people.hexiaoyu_account)
    assert "户口簿照片看不清" in guardian.get(reverse("residents:family")).content.decode()
    assert open_to(guardian, person) == set()
    with acting_as("owner"):
        assert Notice.objects.filter(resident=people.hexiaoyu, subject_id=asked.pk).exists()


def test_a_no_without_a_reason_is_not_taken(people: People, signed_in: Enter) -> None:
    asked = applied(people, signed_in)
    decide(signed_in(people.zhangqiantai), asked, "refuse", " ")
    assert state(asked) == "requested"


def test_the_answer_is_the_same_whether_or_not_the_county_knows_the_child(people: People, signed_in: Enter) -> None:
    client = signed_in(people.hexiaoyu_account)
    unknown = client.post(APPLY, form(people.township), follow=True).content.decode()
    child(date(2018, 1, 2), "林子墨", 31)
    other = form(people.township, number=factories.id_number(date(2018, 1, 2), 31), name="林子墨")
    known = client.post(APPLY, other, follow=True).content.decode()
    assert "申请已提交" in unknown
    assert "申请已提交" in known


def test_a_wrong_name_is_not_let_through(people: People, signed_in: Enter) -> None:
    child(BORN)
    asked = applied(people, signed_in, name="林子函")
    assert "不一致" in decide(signed_in(people.zhangqiantai), asked)
    assert state(asked) == "requested"


def test_an_unknown_child_is_not_entered_from_home(people: People, signed_in: Enter) -> None:
    asked = applied(people, signed_in)
    assert "窗口" in decide(signed_in(people.zhangqiantai), asked)
    with acting_as("owner"):
        assert not Resident.objects.filter(name="林子涵").exists()


def at_counter(people: People, enter: Enter, login: Account) -> Client:
    """A clerk with 贺小雨's card in the reader."""
    from residents.acting import ACTING

    client = enter(login)
    document = documents.read(factories.id_number(date(1985, 7, 9), 22), factories.NOON.date())
    asked = "SELECT app.open_by_document(%s, %s, %s, NULL, '')"
    opening = _opened(client, asked, document.kind, document.index, people.township.pk)
    session = client.session
    session[ACTING] = {"resident": str(people.hexiaoyu.pk), "opening": str(opening)}
    session.save()
    return client


def _opened(client: Client, statement: str, kind: str, index: bytes, place: Any) -> Any:
    try:
        return ask(client, statement, kind, index, place)
    except DatabaseError:  # the function takes every index of the ring
        return ask(client, statement, kind, [index], place)


def test_at_the_counter_an_unknown_child_is_entered_by_two_people(people: People, signed_in: Enter) -> None:
    clerk = at_counter(people, signed_in, people.zhangqiantai)
    clerk.post(APPLY, {name: value for name, value in form(people.township).items() if name != "pictures"})
    with acting_as("owner"):
        asked = Guardianship.objects.get()
    assert (asked.at_counter, asked.guardian_id) == (True, people.hexiaoyu.pk)
    assert "另一位同事" in decide(clerk, asked)
    assert state(asked) == "requested"
    manager = factories.staff("yuanzhang", "院长", people.township, "manager")
    decide(signed_in(manager), asked)
    with acting_as("owner"):
        person = Resident.objects.get(name="林子涵")
        assert person.identifiers.get().value == NUMBER
        assert (person.birth_date, person.sex, person.provisional) == (BORN, "1", False)
    assert "booking" in open_to(signed_in(people.hexiaoyu_account), person)


def test_who_entered_it_cannot_approve_it_in_the_database_either(people: People, signed_in: Enter) -> None:
    child(BORN)
    asked = made_by(people, people.zhangqiantai)
    with pytest.raises(DatabaseError, match="own"):
        ask(signed_in(people.zhangqiantai), "SELECT app.refuse_guardianship(%s, 'x', NULL, '')", asked.pk)


def made_by(people: People, login: Account, **fields: Any) -> Guardianship:
    document = documents.read(NUMBER, factories.NOON.date())
    row: Guardianship = made(
        Guardianship(
            guardian=people.hexiaoyu,
            kinship="mother",
            child_name="林子涵",
            child_kind=document.kind,
            child_number=document.number,
            child_index=document.index,
            evidence_kind="household",
            facility=people.township,
            created_by=login.pk,
            created_at=factories.NOON,
            **fields,
        )
    )
    return row


def test_staff_elsewhere_see_no_application(people: People, signed_in: Enter) -> None:
    asked = applied(people, signed_in)
    elsewhere = factories.staff("renmin", "县院窗口", people.county, "reception")
    client = signed_in(elsewhere)
    assert client.get(reverse("staff:guardianship", args=[asked.pk])).status_code == 404
    with session_of(client):
        assert not Guardianship.objects.exists()
        assert not GuardianshipPhoto.objects.exists()


def test_a_clinician_has_no_queue(people: People, signed_in: Enter) -> None:
    assert signed_in(people.licunyi).get(reverse("staff:guardianships")).status_code == 403


def test_the_queue_and_the_page_show_what_to_compare(people: People, signed_in: Enter) -> None:
    child(BORN)
    asked = applied(people, signed_in)
    clerk = signed_in(people.zhangqiantai)
    assert "林子涵" in clerk.get(reverse("staff:guardianships")).content.decode()
    page = clerk.get(reverse("staff:guardianship", args=[asked.pk])).content.decode()
    assert "贺小雨" in page
    assert "姓名与证件号码相符" in page
    assert NUMBER not in page


def test_reviewing_is_in_both_peoples_access_log(people: People, signed_in: Enter) -> None:
    from residents.models import AccessEvent

    person = child(BORN)
    signed_in(people.zhangqiantai).get(reverse("staff:guardianship", args=[applied(people, signed_in).pk]))
    with acting_as("owner"):
        read = AccessEvent.objects.filter(action="residents.read_guardianship").values_list("resident_id", flat=True)
        assert set(read) == {person.pk, people.hexiaoyu.pk}


def test_a_photo_is_drawn_anew_and_sealed(people: People, signed_in: Enter) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Secret camera"
    asked = applied(people, signed_in, pictures=[picture(exif=exif)])
    with acting_as("owner"):
        stored = bytes(GuardianshipPhoto.objects.get().picture)
    assert not stored.startswith(b"\xff\xd8")
    answer = signed_in(people.zhangqiantai).get(reverse("staff:guardianship_photo", args=[asked.pk, 1]))
    assert answer.content.startswith(b"\xff\xd8")
    assert b"Secret camera" not in answer.content
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_these_formats_are_taken(kind: str) -> None:
    file = picture(kind)
    assert photos.read(file, file.size).jpeg.startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg onload=alert(1)>", b"%PDF-1.7", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", b"\xff\xd8\xff\xe0 broken"],
)
def test_what_is_no_photograph_is_refused(people: People, signed_in: Enter, content: bytes) -> None:
    file = SimpleUploadedFile("page.jpg", content, "image/jpeg")
    signed_in(people.hexiaoyu_account).post(APPLY, form(people.township, pictures=[file]))
    with acting_as("owner"):
        assert not Guardianship.objects.exists()


def test_a_small_file_that_unfolds_is_refused() -> None:
    drawn = BytesIO()
    Image.new("1", (9000, 9000)).save(drawn, "PNG")
    with pytest.raises(photos.ValidationError):
        photos.read(BytesIO(drawn.getvalue()), len(drawn.getvalue()))


def test_five_photos_are_too_many(people: People, signed_in: Enter) -> None:
    signed_in(people.hexiaoyu_account).post(APPLY, form(people.township, pictures=[picture() for _n in range(5)]))
    with acting_as("owner"):
        assert not Guardianship.objects.exists()


def test_a_county_may_take_fewer_photos(people: People, signed_in: Enter) -> None:
    factories.made(DatedSetting(key="family.most_photos", value=2, valid_from=clock.now() - timedelta(days=1)))
    client = signed_in(people.hexiaoyu_account)
    assert "最多2张" in client.get(APPLY).content.decode()
    client.post(APPLY, form(people.township, pictures=[picture() for _n in range(3)]))
    with acting_as("owner"):
        assert not Guardianship.objects.exists()


def test_photos_go_some_days_after_the_decision(people: People, signed_in: Enter) -> None:
    asked = applied(people, signed_in)
    decide(signed_in(people.zhangqiantai), asked, "refuse", "不清楚")
    with acting_as("owner"):
        decided = Guardianship.objects.get(pk=asked.pk).reviewed_at
    assert decided is not None
    with acting_as("worker"):
        assert growing_up.clear_photos(decided + timedelta(days=29)) == 0
        assert growing_up.clear_photos(decided + timedelta(days=31)) == 1


def test_below_level_3_nobody_applies(people: People, signed_in: Enter) -> None:
    weak = factories.account(factories.resident("周㛃"), level=2)
    client = signed_in(weak)
    assert client.get(APPLY).status_code == 403
    client.post(APPLY, form(people.township))
    with acting_as("owner"):
        assert not Guardianship.objects.exists()


def test_for_a_grown_up_there_is_no_guardian_here(people: People, signed_in: Enter) -> None:
    page = signed_in(people.hexiaoyu_account).post(
        APPLY, form(people.township, number=factories.id_number(date(1990, 1, 1), 5))
    )
    assert "已满18周岁" in page.content.decode()


def test_the_same_child_twice_is_said_plainly(people: People, signed_in: Enter) -> None:
    applied(people, signed_in)
    page = signed_in(people.hexiaoyu_account).post(APPLY, form(people.township)).content.decode()
    assert "已经提交" in page


def test_a_guardian_takes_an_application_back(people: People, signed_in: Enter) -> None:
    asked = applied(people, signed_in)
    signed_in(people.hexiaoyu_account).post(reverse("residents:withdraw_guardianship", args=[asked.pk]))
    assert state(asked) == "withdrawn"
    with acting_as("owner"):
        assert not GuardianshipPhoto.objects.exists()


def test_a_stranger_takes_nothing_back(people: People, signed_in: Enter) -> None:
    asked = applied(people, signed_in)
    signed_in(people.wangjianguo_account).post(reverse("residents:withdraw_guardianship", args=[asked.pk]))
    assert state(asked) == "requested"


def test_an_application_names_nobody_in_the_clear(people: People, signed_in: Enter) -> None:
    from django.db import connections

    applied(people, signed_in)
    with acting_as("owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SELECT row_to_json(g)::text FROM residents_guardianship g")
        row = cursor.fetchone()[0]
    assert "林子涵" not in row
    assert NUMBER not in row


def test_what_is_new_for_a_small_child_is_told_to_the_guardian(people: People) -> None:
    from foundation.keys import uuid7
    from residents import spreading
    from residents.models import Delivery

    person = child(BORN)
    factories.delegation(person, people.hexiaoyu, *EVERYTHING, relation="guardian")
    made(Notice(resident=person, kind="report_ready", subject_id=uuid7(), created_at=factories.NOON))
    with acting_as("worker"):
        spreading.spread(factories.NOON)
        told = Delivery.objects.values_list("template", "resident_id")
        assert list(told) == [("family_notice", people.hexiaoyu.pk)]


def test_a_large_photo_never_lies_on_a_disk(people: People, signed_in: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.files import uploadedfile

    spooled: list[str] = []
    monkeypatch.setattr(uploadedfile.TemporaryUploadedFile, "__init__", lambda self, *rest: spooled.append("file"))
    noise = BytesIO()
    Image.effect_noise((2000, 2000), 90).save(noise, "PNG")
    assert len(noise.getvalue()) > 2_621_440
    applied(people, signed_in, pictures=[SimpleUploadedFile("page.png", noise.getvalue(), "image/png")])
    assert spooled == []
    with acting_as("owner"):
        assert GuardianshipPhoto.objects.count() == 1


def test_the_form_is_still_protected_against_other_sites(people: People, signed_in: Enter) -> None:
    client = signed_in(people.hexiaoyu_account)
    client.handler.enforce_csrf_checks = True
    assert client.post(APPLY, form(people.township)).status_code == 403
