"""The demonstration's one-time passwords: on a page, for whoever tries the desk, and good for signing in."""

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from foundation import clock
from portal.demo import one_time, people, seed
from tests import factories


def test_the_page_shows_the_code_of_every_invented_colleague(db: None, client: Client) -> None:
    page = client.get(reverse("demo:codes")).content.decode()
    now = clock.now()
    shown = [one for one in people.STAFF if one.name in page and one.username in page]
    assert len(shown) == len(people.STAFF) and one_time.code_of("shenji", now).isdigit()


def test_a_code_of_the_page_opens_the_desk(db: None, client: Client) -> None:
    bureau = factories.facility("BUREAU", "县卫生健康局", "bureau")
    colleague = factories.staff("guanliyuan", "管理员", bureau, "administrator", password=seed.PASSWORD)
    one_time.pair(colleague)
    client.post(reverse("staff_login"), {"login": "guanliyuan", "password": seed.PASSWORD})
    page = client.get(reverse("demo:codes"))
    typed = next(one.code for one in page.context["codes"] if one.username == "guanliyuan")
    assert client.post(reverse("mfa_authenticate"), {"code": typed}).url == reverse("staff:index")


def test_pairing_twice_changes_nothing(db: None) -> None:
    bureau = factories.facility("BUREAU", "县卫生健康局", "bureau")
    colleague = factories.staff("guanliyuan", "管理员", bureau, "administrator")
    for _turn in range(2):
        one_time.pair(colleague)
    assert one_time.Authenticator.objects.filter(user=colleague).count() == 1


def test_there_is_no_such_page_outside_the_demonstration(db: None, client: Client, settings: LazySettings) -> None:
    settings.DEMO = False
    assert client.get(reverse("demo:codes")).status_code == 404


@pytest.mark.parametrize("path", ["/demo/outbox/", "/demo/codes/"])
def test_the_console_tells_the_way(path: str) -> None:
    assert f"http://127.0.0.1:8000{path}" in seed.sign_in_table(8000)
