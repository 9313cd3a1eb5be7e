"""The way of issue after issue through the whole house, driven page by page; it keeps whatever went over the wire.

贺兰芳 and her daughter, somebody who registers on line, somebody who is opened an account at the counter and helped
there, and a doctor in an emergency: each types numbers, phones and names where the pages ask for them.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import connections
from django.test import Client
from django.urls import reverse

from foundation.keys import uuid7
from foundation.rowsecurity import acting_as
from residents.models import AccessEvent, Account, ConsentText, Delivery, Resident
from tests import factories
from tests.attack.scene import Scene
from tests.factories import NOON, PASSWORD, id_number
from tests.people import HELANFANG_NUMBER
from tests.residents import second_steps
from tests.residents.door import code_sent, work

NEW_NUMBER, NEW_NAME, NEW_PHONE = id_number(sequence=977), "赵新民", "19912345678"
OLD_NUMBER, OLD_NAME, OLD_PHONE = id_number(date(1941, 11, 3), 51), "马德海", "19900000077"
WANG_NUMBER, WANG_NAME = id_number(date(1961, 5, 4), 13), "王建国"
DAUGHTER_NUMBER, DAUGHTER_NAME, DAUGHTER_PHONE = id_number(date(1985, 7, 9), 22), "贺小雨", "19900000003"
NEXT_PHONE = "19900000088"
NEW_PASSWORD = "lantern-meadow-77"
SLIP = re.compile(r'class="slip-code[^"]*">([^<]+)<')
FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
ACTION, HIDDEN = re.compile(r'action="([^"]*)"'), re.compile(r'type="hidden" name="(\w+)" value="([^"]*)"')


@dataclass
class Browser:
    """Somebody's browser; remembers every address it asked for or was sent to, every cookie and every page."""

    client: Client = field(default_factory=Client)
    addresses: list[str] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    page: tuple[str, str] = ("", "")

    def get(self, address: str, **query: str) -> Any:
        return self._keep(self.client.get(address, query), 200)

    def post(self, address: str, status: int = 302, **fields: Any) -> Any:
        return self._keep(self.client.post(address, {**self._hidden(address), **fields}), status)

    def _hidden(self, address: str) -> dict[str, str]:
        """What the form on the page at hand sends along by itself."""
        at, text = self.page
        for attributes, inside in FORM.findall(text):
            if (ACTION.search(attributes) or [at, at])[1] in {address, ""}:
                return dict(HIDDEN.findall(inside))
        return {}

    def _keep(self, response: Any, status: int) -> Any:
        path = response.wsgi_request.get_full_path()
        assert response.status_code == status, (path, response.status_code, response.get("Location", ""))
        if response.get("Content-Type", "").startswith("text/html"):
            self.page = response.wsgi_request.path, response.content.decode()
        self.addresses += [path, response.get("Location", "")]
        self.cookies += [morsel.OutputString() for morsel in self.client.cookies.values()]
        return response


@dataclass
class Journey:
    """All browsers of the journey."""

    scene: Scene
    browsers: list[Browser] = field(default_factory=list)

    def browser(self) -> Browser:
        self.browsers.append(Browser())
        return self.browsers[-1]

    def resident(self, number: str, password: str = PASSWORD) -> Browser:
        """A resident signs in by password."""
        browser = self.browser()
        browser.post(reverse("account_login"), login=number, password=password)
        return browser

    def staff(self, account: Account) -> Browser:
        """Staff sign in by password and one-time password."""
        second_steps.pair(account)
        browser = self.browser()
        browser.post(reverse("staff_login"), login=account.username, password=PASSWORD)
        browser.post(reverse("mfa_authenticate"), code=second_steps.code())
        browser.get(reverse("staff:index"))
        return browser

    @property
    def addresses(self) -> list[str]:
        return [address for browser in self.browsers for address in browser.addresses]

    @property
    def cookies(self) -> list[str]:
        return [cookie for browser in self.browsers for cookie in browser.cookies]


def code_of(template: str) -> str:
    """The code in the newest message of a kind."""
    with acting_as("owner"):
        sent = Delivery.objects.filter(template=template).latest("created_at")
    return str(json.loads(sent.parameters)["code"])


def registers(way: Journey) -> None:
    """赵新民 registers on line, looks around, and closes the account again."""
    browser = way.browser()
    browser.post(reverse("account_signup"), number=NEW_NUMBER, name=NEW_NAME, phone=NEW_PHONE)
    browser.get(reverse("account_signup_confirm"))
    browser.post(reverse("account_signup_confirm"), code=code_sent(), password1=NEW_PASSWORD, password2=NEW_PASSWORD)
    browser.get(reverse("account_signup_done"))
    browser.post(reverse("account_login"), login=NEW_NUMBER, password=NEW_PASSWORD)
    for name in ("residents:me", "residents:my_data", "residents:close_account"):
        browser.get(reverse(name))
    browser.post(reverse("residents:close_account"), 200, sure="on")


@contextmanager
def texts_in_force() -> Iterator[None]:
    """The texts came with the database, whenever that was made; within the block they have been asked for a year.

    Texts stay between tests, so these are taken away again, with whatever consents name them still there to be wiped.
    """
    with acting_as("owner"):
        missing = [] if ConsentText.objects.in_force(NOON).exists() else list(ConsentText.objects.all())
        for text in missing:
            text.pk, text.version, text.effective_from = uuid7(), text.version + 100, NOON - timedelta(days=400)
            text.save(force_insert=True)
    try:
        yield
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("DELETE FROM residents_consenttext WHERE id = ANY (%s)", [[text.pk for text in missing]])
            cursor.execute("RESET session_replication_role")


def slip_in(response: Any) -> str:
    found = SLIP.search(response.content.decode())
    assert found
    return found.group(1)


def counter(way: Journey) -> tuple[Browser, str, str]:
    """张前台 reads 马德海's card, prints an activation slip and a 帮办卡; returns what is printed on them."""
    factories.resident(OLD_NAME, OLD_NUMBER, facility=way.scene.people.township, phone=OLD_PHONE)
    desk = way.staff(way.scene.people.zhangqiantai)
    desk.post(reverse("staff:residents"), 200, words=OLD_NUMBER)
    desk.post(reverse("staff:residents"), 200, words=OLD_NAME)
    desk.post(reverse("staff:counter"), card=f"姓名:{OLD_NAME} 公民身份号码:{OLD_NUMBER}")
    desk.get(reverse("staff:counter_check"))
    desk.post(reverse("staff:counter_check"))
    desk.get(reverse("staff:counter_person"))
    slip = slip_in(desk.post(reverse("staff:counter_issue"), 200, agreed="on"))
    desk.get(reverse("staff:counter_person"))
    return desk, slip, slip_in(desk.post(reverse("staff:counter_card"), 200))


def activates(way: Journey, slip: str) -> None:
    """马德海 opens the account, signs in with a second step, agrees and takes one agreement back."""
    browser = way.browser()
    browser.post(reverse("account_activate"), number=OLD_NUMBER, code=slip)
    browser.post(reverse("account_activate_secrets"), password1=NEW_PASSWORD, password2=NEW_PASSWORD, phone="")
    with acting_as("owner"):
        second_steps.pair(Account.objects.get(resident__name=OLD_NAME))
    browser.post(reverse("account_login"), login=OLD_NUMBER, password=NEW_PASSWORD)
    browser.get(reverse("mfa_authenticate"))
    browser.post(reverse("mfa_authenticate"), code=second_steps.code())
    browser.get(reverse("residents:give_consents"))
    browser.post(reverse("residents:give_consents"), purposes=["records", "results", "messages"])
    browser.get(reverse("records:home"))
    browser.get(reverse("residents:withdraw_consent", args=["records"]))
    browser.post(reverse("residents:withdraw_consent", args=["records"]))


def helped(way: Journey, card: str) -> None:
    """李村医 books for 马德海, who shows the printed card."""
    helper = way.staff(way.scene.people.licunyi)
    helper.post(reverse("staff:assist"), code=card, tasks=["book", "print"], facility=str(way.scene.people.township.pk))
    helper.get(reverse("staff:assisting"))
    free = reverse("appointments:confirm", args=[way.scene.free.pk])
    helper.get(free)
    helper.get(helper.post(free, form_key="01900000-0000-7000-8000-00000000000e")["Location"])
    helper.get(reverse("staff:slip"))
    helper.post(reverse("residents:stop_acting"))


def emergency(way: Journey) -> AccessEvent:
    """陈医生 opens two people in an emergency: by number, and by name and birth date; reads one record."""
    doctor = way.staff(way.scene.people.chenyisheng)
    place, why = str(way.scene.people.county.pk), "车祸昏迷，需了解过敏史"
    born = "1961-05-04"
    doctor.post(reverse("staff:emergency"), name=WANG_NAME, born=born, reason=why, facility=place)
    doctor.get(reverse("records:home"))
    doctor.post(reverse("residents:stop_acting"))
    doctor.post(reverse("staff:emergency"), number=HELANFANG_NUMBER, reason=why, facility=place)
    for name in ("records:home", "records:reports"):
        doctor.get(reverse(name))
    doctor.get(reverse("records:report", args=[way.scene.report.pk]))
    with acting_as("owner"):
        lan = way.scene.people.helanfang.pk
        return AccessEvent.objects.filter(resident_id=lan, actor_id=way.scene.people.chenyisheng.pk).latest("at")


def family(way: Journey, her: Browser) -> None:
    """贺兰芳 invites her daughter, who accepts and reads her results."""
    her.get(reverse("residents:invite_delegate"))
    made = her.post(reverse("residents:invite_delegate"), scope=["booking", "results"], months="12", agreed="on")[
        "Location"
    ]
    code = her.get(made).content.decode().split('code-value">')[1].split("<")[0]
    daughter = way.resident(DAUGHTER_NUMBER)
    typed = {"code": code, "birth": "1957-02-13"}
    daughter.post(reverse("residents:accept_delegation"), 200, **typed)
    daughter.post(reverse("residents:accept_delegation"), accept="yes", **typed)
    daughter.get(reverse("residents:family"))
    daughter.post(reverse("residents:act"), resident=str(way.scene.people.helanfang.pk))
    daughter.get(reverse("home"))
    daughter.get(reverse("records:report", args=[way.scene.report.pk]))
    daughter.get(reverse("appointments:bookings"))
    daughter.post(reverse("residents:stop_acting"))


def own_affairs(way: Journey, her: Browser, looked: AccessEvent) -> None:
    """贺兰芳 asks about a look, takes everything along, has something corrected, and changes her phone."""
    her.get(reverse("residents:access_log"))
    visit = f"{looked.actor_id} {looked.at.isoformat()}"
    her.get(reverse("residents:ask_about_access"), visit=visit)
    her.post(reverse("residents:ask_about_access"), visit=visit, remark="那天我没有去过。")
    taken = her.get(reverse("residents:take_json"))
    assert HELANFANG_NUMBER in b"".join(taken.streaming_content).decode()
    her.get(reverse("residents:take_pdf"))
    place = str(way.scene.people.township.pk)
    her.post(reverse("residents:ask_for_correction"), subject="name", facility=place, text="名字写错了一个字")
    her.post(reverse("residents:helper_code"), 200)
    her.post(reverse("residents:phone"), phone=NEXT_PHONE)
    her.post(reverse("residents:phone_confirm"), code=code_of("phone_code"))
    her.get(reverse("residents:me"))


def people_walk(way: Journey, code_for_her: Callable[[], Browser]) -> None:
    """Everything about people, after 贺兰芳's own visit; `code_for_her` gives her browser, signed in."""
    registers(way)
    _desk, slip, card = counter(way)
    activates(way, slip)
    helped(way, card)
    looked = emergency(way)
    her = code_for_her()
    family(way, her)
    own_affairs(way, her, looked)
    work()


def persons() -> set[str]:
    """Who is in the register at the end."""
    with acting_as("owner"):
        return set(Resident.objects.values_list("name", flat=True))
