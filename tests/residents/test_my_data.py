"""我的信息: everything held is taken along, what is wrong is answered, and a closed account is closed."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pypdf
import pytest
from django.db import DatabaseError, connections, transaction
from django.test import Client
from django.urls import reverse

from foundation import clock
from foundation.keys import uuid7
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from records.models import Report
from residents import documents
from residents.models import (
    AccessEvent,
    Account,
    AccountSession,
    Consent,
    Correction,
    Delegation,
    Identifier,
    Notice,
    Resident,
)
from residents.my_data.parts import PARTS
from tests import factories
from tests.architecture.world import world_of
from tests.people import HELANFANG_NUMBER, People
from tests.residents.door import by_password

Enter = Callable[[Account], Client]


def taken(client: Client) -> dict[str, Any]:
    return json.loads(b"".join(client.get(reverse("residents:take_json")).streaming_content))


def rows(data: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return next(part["rows"] for part in data["parts"] if part["key"] == key)


def test_every_room_brings_its_part(people: People, signed_in: Enter) -> None:
    world_of(people)
    data = taken(signed_in(people.helanfang_account))
    filled = {part["key"] for part in data["parts"] if part["rows"]}
    assert filled >= {"person", "documents", "account", "proofs", "consents", "reports", "observations", "bookings"}


def test_the_full_number_and_phone_are_in_it(people: People, signed_in: Enter) -> None:
    data = taken(signed_in(people.helanfang_account))
    assert rows(data, "documents")[0]["value"] == HELANFANG_NUMBER
    assert rows(data, "account")[0]["phone"] == "19900000001"


def test_when_the_account_last_looked_is_in_it(people: People, signed_in: Enter) -> None:
    client = signed_in(people.helanfang_account)
    client.get(reverse("records:home"))
    assert [set(row) for row in rows(taken(client), "looks")] == [{"seen_at", "since_at"}]


def test_nothing_of_anybody_else_is_in_it(people: People, signed_in: Enter) -> None:
    factories.report(people.wangjianguo, factories.source(people.county), title="别人的报告")
    text = json.dumps(taken(signed_in(people.helanfang_account)), ensure_ascii=False)
    assert "王建国" not in text and "别人的报告" not in text


def test_what_a_facility_keeps_back_is_not_in_it(people: People, signed_in: Enter) -> None:
    factories.report(people.helanfang, factories.source(people.county), title="窗口领取", release="withheld")
    assert "窗口领取" not in json.dumps(taken(signed_in(people.helanfang_account)), ensure_ascii=False)


def test_the_pdf_says_the_same_for_reading(people: People, signed_in: Enter, tmp_path: Any) -> None:
    factories.report(people.helanfang, factories.source(people.county), title="血常规")
    file = tmp_path / "mine.pdf"
    file.write_bytes(signed_in(people.helanfang_account).get(reverse("residents:take_pdf")).content)
    text = "".join(page.extract_text() for page in pypdf.PdfReader(file).pages)
    assert all(word in text for word in ("我的全部信息", "贺兰芳", "血常规", "访问记录"))


@pytest.mark.parametrize("name", ["take_json", "take_pdf", "close_account"])
def test_an_open_page_on_a_desk_is_not_enough(people: People, signed_in: Enter, name: str) -> None:
    client = signed_in(people.helanfang_account)
    session = client.session
    session["account_authentication_methods"][0]["at"] -= 6 * 60
    session.save()
    assert client.get(reverse(f"residents:{name}")).url.startswith(reverse("account_reauthenticate"))


def test_taking_it_along_is_written_down(people: People, signed_in: Enter) -> None:
    taken(signed_in(people.helanfang_account))
    with acting_as("owner"):
        assert AccessEvent.objects.filter(action="residents.exported_data", purpose="JSON").count() == 1


def test_every_part_has_words_for_its_fields() -> None:
    untold = [f"{part.key}.{name}" for part in PARTS.values() for name in part.fields if name in part.labels()]
    assert untold == []


def ask(client: Client, place: Any, **fields: str) -> Any:
    data = {"subject": "name", "facility": str(place.pk), "text": "名字写错了一个字", **fields}
    return client.post(reverse("residents:ask_for_correction"), data)


def test_a_correction_goes_to_a_facility_and_is_answered(people: People, signed_in: Enter) -> None:
    client = signed_in(people.helanfang_account)
    assert ask(client, people.township).url == reverse("residents:my_data")
    with acting_as("owner"):
        wish = Correction.objects.get()
    address = reverse("admin:residents_correction_change", args=[wish.pk])
    assert signed_in(people.chenyisheng).get(address).status_code in {403, 404}
    done = signed_in(people.zhangqiantai).post(address, {"verdict": "corrected", "answer": "已按身份证更正。"})
    assert done.status_code == 302
    assert "已按身份证更正" in client.get(reverse("residents:my_data")).content.decode()
    with acting_as("owner"):
        assert Notice.objects.filter(kind="case_answered", subject_id=wish.pk).exists()


def test_a_correction_without_words_is_asked_for_them(people: People, signed_in: Enter) -> None:
    page = ask(signed_in(people.helanfang_account), people.township, text="").content.decode()
    assert "请写一写怎么不对" in page


def test_more_than_ten_open_ones_wait(people: People, signed_in: Enter) -> None:
    client = signed_in(people.helanfang_account)
    for _number in range(10):
        ask(client, people.township)
    assert "还在等答复" in ask(client, people.township).content.decode()


def test_an_answered_correction_stays_as_it_is(people: People, signed_in: Enter) -> None:
    ask(signed_in(people.helanfang_account), people.township)
    with acting_as("owner"):
        Correction.objects.update(verdict="kept", answer="x", answered_by=uuid7(), answered_at=clock.now())
        with pytest.raises(DatabaseError, match="only ever answered"):
            Correction.objects.update(answer="y")


def close(client: Client) -> Any:
    return client.post(reverse("residents:close_account"), {"sure": "on"})


def test_a_booking_stands_in_the_way(people: People, signed_in: Enter) -> None:
    world_of(people)
    client = signed_in(people.helanfang_account)
    assert "请先在“我的预约”里取消" in close(client).content.decode()
    assert client.get(reverse("residents:me")).status_code == 200


def test_closing_without_the_tick_closes_nothing(people: People, signed_in: Enter) -> None:
    client = signed_in(people.helanfang_account)
    assert "请先打勾确认" in client.post(reverse("residents:close_account")).content.decode()
    assert client.get(reverse("residents:me")).status_code == 200


def test_a_closed_account_is_closed_everywhere(people: People, signed_in: Enter) -> None:
    factories.delegation(people.helanfang, people.hexiaoyu, "booking")
    client, elsewhere = signed_in(people.helanfang_account), signed_in(people.helanfang_account)
    assert "账号已经注销" in close(client).content.decode()
    assert [one.get(reverse("residents:me")).status_code for one in (client, elsewhere)] == [302, 302]
    with acting_as("owner"):
        account = Account.objects.get(pk=people.helanfang_account.pk)
        assert (account.is_active, account.phone) == (False, None)
        assert not AccountSession.objects.filter(account=account).exists()
        assert not Consent.objects.live().of(people.helanfang.pk).exists()
        assert not Delegation.objects.live(clock.now()).exists()


def test_a_closed_account_opens_to_no_password(people: People, signed_in: Enter, client: Client) -> None:
    close(signed_in(people.helanfang_account))
    assert by_password(client).status_code == 200
    assert client.get(reverse("residents:me")).status_code == 302


def test_the_record_itself_stays(people: People, signed_in: Enter) -> None:
    factories.report(people.helanfang, factories.source(people.county))
    close(signed_in(people.helanfang_account))
    with acting_as("owner"):
        assert Report.objects.filter(resident=people.helanfang).count() == 1
        assert AccessEvent.objects.filter(action="residents.closed_account").count() == 1


def test_the_database_closes_no_account_that_was_not_proved_just_now(people: People, signed_in: Enter) -> None:
    client = signed_in(people.helanfang_account)
    with acting_as("owner"):
        AccountSession.objects.update(proved_at=None)
    with seeing(client.session.get(TOKEN)), transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute("SELECT app.close_own_account(NULL, '')")
        assert cursor.fetchone() == (False,)


def test_closing_frees_a_number_that_was_only_claimed(db: None, signed_in: Enter) -> None:
    person = factories.made(Resident(name="自称", sex="1", birth_date=date(1980, 1, 1), provisional=True))
    document = documents.read(factories.id_number(sequence=77), date(2026, 11, 22))
    claim = {"kind": document.kind, "value": document.number, "index": document.index, "claimed": True}
    factories.made(Identifier(resident=person, **claim))
    close(signed_in(factories.account(person, level=1)))
    with acting_as("owner"):
        assert not Identifier.objects.filter(index=document.index).exists()
