"""Whatever address 贺兰芳 can reach, others ask for too, in every way HTTP knows."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from residents.models import Account
from tests.attack.scene import Scene, every_row, marks_in, say
from tests.attack.walk import METHODS, Walk, walk

Enter = Callable[[Account], Client]
OTHERS = ["wangjianguo_account", "zhangqiantai", "administrator", None]
NEW_PAGES = [
    "take_json",
    "take_pdf",
    "ask_for_correction",
    "close_account",
    "consents",
    "family",
    "invite_delegate",
    "accept_delegation",
    "helper_code",
    "sign_ins",
    "phone",
    "messages",
]
# The others' own sign-ins, counters, and the looks that were refused before anything was read.
LEFT_BEHIND = ("residents_accountsession", "residents_account", "django_cache")


@pytest.fixture
def hers(scene: Scene, signed_in: Enter, no_broker: None) -> Walk:
    """All that she finds on her way through the portal."""
    return walk(signed_in(scene.people.helanfang_account))


def enter(scene: Scene, signed_in: Enter, who: str | None) -> Client:
    return signed_in(getattr(scene.people, who)) if who else Client()


def leaks(response: HttpResponse) -> list[str]:
    """What of hers an answer gives away: a mark in its text or headers, or a file."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    text = content.decode(errors="replace") + "".join(f"{k}: {v}\n" for k, v in response.items())
    kind = response.get("Content-Type", "")
    return marks_in(text) + [kind for name in ("pdf", "calendar") if name in kind]


def test_the_control_she_reads_her_marks_on_her_way(scene: Scene, hers: Walk) -> None:
    shown = {mark for response in hers.answers.values() for mark in leaks(response)}
    assert {"贺兰芳", "5.6173", "高血压三级", "application/pdf"} <= shown


def test_her_way_finds_every_kind_of_object(scene: Scene, hers: Walk) -> None:
    wanted = [
        reverse("records:report", args=[scene.report.pk]),
        reverse("records:report_pdf", args=[scene.report.pk]),
        reverse("appointments:booking", args=[scene.booking.pk]),
        reverse("appointments:cancel", args=[scene.booking.pk]),
        reverse("appointments:calendar", args=[scene.booking.pk]),
        reverse("appointments:confirm", args=[scene.free.pk]),
        reverse("residents:open_notice", args=[scene.notice.pk]),
        *[reverse(f"residents:{name}") for name in NEW_PAGES],
    ]
    assert [address for address in wanted if address not in hers.addresses] == []


@pytest.mark.parametrize("who", OTHERS)
def test_no_answer_to_others_shows_anything_of_hers(
    who: str | None, scene: Scene, hers: Walk, signed_in: Enter, capsys: pytest.CaptureFixture[Any]
) -> None:
    client, shown, asked = enter(scene, signed_in, who), {}, 0
    addresses = hers.keyed() if who else sorted(hers.addresses)
    for address in addresses:
        for method in METHODS:
            asked += 1
            # The accessor of the test client is the method's own name.
            if found := leaks(getattr(client, method)(address)):
                shown[method, address] = found
    say(capsys, f"{who or 'nobody'}: {asked} questions at {len(addresses)} addresses, {len(shown)} leaks")
    assert shown == {}


@pytest.mark.parametrize("who", ["wangjianguo_account", "zhangqiantai"])
def test_no_question_of_others_changes_a_row_of_hers(
    who: str | None, scene: Scene, hers: Walk, signed_in: Enter
) -> None:
    client = enter(scene, signed_in, who)
    before = about_her(scene)
    for address in hers.keyed():
        for method in METHODS:
            getattr(client, method)(address)
    assert about_her(scene) == before


def about_her(scene: Scene) -> dict[str, list[str]]:
    """The rows that name her, as the owner reads them."""
    key = str(scene.people.helanfang.pk)
    return {table: [row for row in rows if key in row] for table, rows in every_row(*LEFT_BEHIND).items()}


@pytest.mark.parametrize("who", ["wangjianguo_account", "zhangqiantai"])
def test_her_object_and_no_object_are_the_same_page(who: str, scene: Scene, signed_in: Enter) -> None:
    client = enter(scene, signed_in, who)
    nowhere = "01900000-0000-7000-8000-000000000000"
    objects = {
        "records:report": scene.report.pk,
        "records:report_pdf": scene.report.pk,
        "appointments:booking": scene.booking.pk,
        "appointments:cancel": scene.booking.pk,
        "appointments:calendar": scene.booking.pk,
    }
    different = [
        name
        for name, key in objects.items()
        if page(client.get(reverse(name, args=[key]))) != page(client.get(reverse(name, args=[nowhere])))
    ]
    assert different == []


def page(response: HttpResponse) -> tuple[int, str]:
    """Status and text, without the reference of the request and the CSRF secret."""
    request: Any = response.wsgi_request
    text = response.content.decode().replace(request.reference, "")
    return response.status_code, text.replace(request.META.get("CSRF_COOKIE", "") or "-", "")
