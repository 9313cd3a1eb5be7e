"""Drawing lots: nobody is faster, nobody knows beforehand, everybody can work it out again."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.test import Client
from django.urls import reverse

from appointments import draws, refusals
from appointments.models import Booking, Deed, Draw, DrawRequest, DrawSeed, Slot
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from residents.models import Account, Notice
from tests import factories
from tests.appointments.scenes import TODAY, Clinic, book, clinic, crowd, held, viewer
from tests.appointments.test_places import refused, run
from tests.architecture import BASE
from tests.factories import NOON
from tests.people import People

SignedIn = Callable[[Account], Client]
At = Callable[[datetime], Any]
DAY = TODAY + timedelta(days=8)
OPENS = datetime.combine(TODAY + timedelta(days=1), datetime.min.time(), NOON.tzinfo).replace(hour=7)
OPEN, OVER = OPENS + timedelta(seconds=10), OPENS + timedelta(seconds=61)


@pytest.fixture
def scarce(people: People) -> Clinic:
    """An expert's morning of three places whose numbers are released tomorrow at seven."""
    morning = clinic(people.county, DAY, places=3, count=1, draw=True)
    with acting_as("worker"):
        assert draws.prepare(NOON) == 1
    return morning


def the_draw() -> Draw:
    with acting_as("owner"):
        return Draw.objects.get()


def ask(client: Client, account: Account, now: datetime = OPEN) -> DrawRequest:
    with seeing(client.session.get(TOKEN)):
        return draws.ask(draw=the_draw(), viewer=viewer(account), now=now)


def asked_by(accounts: list[Account]) -> None:
    """Requests written by the owner, in this order."""
    draw = the_draw()
    for account in accounts:
        request = DrawRequest(draw=draw, resident_id=account.resident_id, asked_by=account.pk, asked_at=OPEN)
        factories.made(request)


def hold(now: datetime = OVER) -> int:
    with acting_as("worker"):
        return draws.hold_due(now)


def outcomes() -> list[tuple[int, str]]:
    with acting_as("owner"):
        return list(DrawRequest.objects.order_by("rank").values_list("number", "outcome"))


def test_the_hash_is_published_before_the_release_and_the_seed_is_nobodys(people: People, scarce: Clinic) -> None:
    draw = the_draw()
    with acting_as("owner"):
        seed = DrawSeed.objects.get().seed or ""
    assert (draw.opens_at, draw.closes_at) == (OPENS, OPENS + timedelta(seconds=60))
    assert (draw.seed, draw.seed_hash) == ("", sha256(seed.encode()).hexdigest())
    with pytest.raises(Exception, match="permission denied"):
        run("default", "SELECT * FROM appointments_drawseed")


def test_preparing_twice_publishes_once(people: People, scarce: Clinic) -> None:
    with acting_as("worker"):
        assert draws.prepare(NOON) == 0


def test_a_clinic_marked_after_its_release_opens_at_the_next_one(people: People) -> None:
    clinic(people.county, TODAY + timedelta(days=5), draw=True)
    with acting_as("worker"):
        draws.prepare(NOON)
    assert the_draw().opens_at == OPENS


def test_a_request_takes_no_place(people: People, scarce: Clinic, signed_in: SignedIn, at: At) -> None:
    with at(OPEN):
        request = ask(signed_in(people.hexiaoyu_account), people.hexiaoyu_account)
    assert (request.number, scarce.slot.taken) == (1, 0)


def test_asking_twice_is_asking_once(people: People, scarce: Clinic, signed_in: SignedIn, at: At) -> None:
    with at(OPEN):
        yu = signed_in(people.hexiaoyu_account)
        first, second = (ask(yu, people.hexiaoyu_account) for _ in range(2))
    assert first.pk == second.pk
    assert the_draw().asked == 1


@pytest.mark.parametrize("moment", [OPENS - timedelta(seconds=1), OPENS + timedelta(seconds=60)])
def test_before_and_after_the_minute_nobody_asks(
    people: People, scarce: Clinic, signed_in: SignedIn, at: At, moment: datetime
) -> None:
    with at(moment), pytest.raises(refusals.Drawn):
        ask(signed_in(people.hexiaoyu_account), people.hexiaoyu_account, now=moment)
    with at(moment), refused("draw_takes_requests_while_open"):
        asked_by([people.hexiaoyu_account])


def test_nobody_books_past_the_draw(people: People, scarce: Clinic, signed_in: SignedIn, at: At) -> None:
    with at(OPEN), pytest.raises(refusals.Drawn):
        book(signed_in(people.hexiaoyu_account), people.hexiaoyu_account, scarce.slot, now=OPEN)


def test_who_is_drawn_has_a_booking_and_the_others_are_told(people: People, scarce: Clinic, at: At) -> None:
    told: list[Any] = []
    draws.when_not_drawn(lambda request, now: told.append(request.resident_id))
    with at(OPEN):
        asked_by(crowd(8))
    with at(OVER):
        assert hold() == 1
    assert [outcome for _, outcome in outcomes()] == ["won"] * 3 + ["lost"] * 5
    with acting_as("owner"):
        assert Booking.objects.filter(session=scarce.session).count() == scarce.slot.taken == 3
        assert Notice.objects.filter(kind="draw_lost").count() == len(told) == 5
        assert Notice.objects.filter(kind="booked").count() == 3
        assert Deed.objects.filter(kind="not_drawn").count() == 5
    draws.WHEN_NOT_DRAWN.clear()


def test_only_whoever_is_not_drawn_is_told_that_they_wait(
    people: People, scarce: Clinic, signed_in: SignedIn, at: At
) -> None:
    page = reverse("appointments:draw", args=[scarce.session.pk])
    waits = "已经替您排队等号"
    with at(OPEN):
        accounts = crowd(4)
        asked_by(accounts)
    with at(OVER):
        hold()
        led = {outcome: waits in signed_in(accounts[n - 1]).get(page).content.decode() for n, outcome in outcomes()}
    assert led == {"won": False, "lost": True}


def test_the_page_of_a_draw_is_as_big_as_every_other(
    people: People, scarce: Clinic, signed_in: SignedIn, at: At
) -> None:
    client = signed_in(people.hexiaoyu_account)
    client.cookies["display"] = "elder"
    with at(OPEN):
        page = client.get(reverse("appointments:draw", args=[scarce.session.pk])).content.decode()
    assert 'data-mode="elder"' in page


def test_the_order_is_the_seeds_alone(people: People, scarce: Clinic, at: At) -> None:
    with at(OPEN):
        asked_by(crowd(8))
    with at(OVER):
        hold()
    assert [number for number, _ in outcomes()] == draws.order(the_draw().seed, 8)


def test_whoever_may_not_book_is_passed_over_and_the_place_goes_on(people: People, scarce: Clinic, at: At) -> None:
    accounts = crowd(4)
    with at(OPEN):
        asked_by(accounts)
        other = clinic(people.county, DAY, of=scarce.department)
        for account in accounts[:2]:
            with acting_as("owner"):
                held(account.resident, other.slots[0])  # type: ignore[arg-type]
    with at(OVER):
        hold()
    assert sorted(outcomes()) == [(1, "rule"), (2, "rule"), (3, "won"), (4, "won")]


def test_a_draw_goes_on_where_it_was_killed(people: People, scarce: Clinic, at: At) -> None:
    with at(OPEN):
        asked_by(crowd(8))
    with at(OVER), acting_as("worker"):
        draw = Draw.objects.get()
        draws._reveal(draw, OVER)
        draws._next(draw, OVER)
        before = outcomes()
        assert draws.hold_due(OVER) == 1
        assert draws.hold_due(OVER) == 0
    after = outcomes()
    assert (before[0], [number for number, _ in before]) == (after[0], [number for number, _ in after])
    assert scarce.slot.taken == 3


def test_what_is_left_after_the_draw_is_booked_as_everywhere(
    people: People, scarce: Clinic, signed_in: SignedIn, at: At
) -> None:
    with at(OPEN):
        asked_by(crowd(1))
    with at(OVER):
        hold()
        assert book(signed_in(people.hexiaoyu_account), people.hexiaoyu_account, scarce.slot, now=OVER).pk


@pytest.mark.parametrize(
    ("change", "moment"),
    [
        ("seed = 'another', places = 1", OVER),
        ("seed_hash = repeat('0', 64)", OPEN),
        ("closes_at = closes_at + interval '1 minute'", OPEN),
    ],
)
def test_a_draw_keeps_to_what_was_published(
    people: People, scarce: Clinic, at: At, change: str, moment: datetime
) -> None:
    with at(moment), refused("a draw keeps to what was published"):
        run("owner", f"UPDATE appointments_draw SET {change}")


def test_the_seed_is_not_published_while_people_ask(people: People, scarce: Clinic, at: At) -> None:
    with acting_as("owner"):
        seed = DrawSeed.objects.get().seed
    with at(OPEN), refused("a draw keeps to what was published"):
        run("owner", "UPDATE appointments_draw SET seed = %s", [seed])


def test_a_draw_is_not_called_off_once_it_is_published(people: People, scarce: Clinic) -> None:
    with refused("how places are given is settled"):
        run("owner", "UPDATE appointments_session SET draw = false")


def script() -> str:
    """The script that docs/draw.md offers to everybody."""
    found = re.search(r"```python\n(.*?)```", (BASE / "docs/draw.md").read_text(), re.DOTALL)
    assert found
    return found[1]


def verified(data: dict[str, Any], tmp_path: Path) -> subprocess.CompletedProcess[str]:
    (tmp_path / "verify.py").write_text(script())
    command = [sys.executable, "-I", "verify.py"]
    return subprocess.run(command, input=json.dumps(data), cwd=tmp_path, capture_output=True, text=True, timeout=20)


def test_anybody_verifies_a_draw_with_twenty_lines_and_what_is_published(
    people: People, scarce: Clinic, at: At, client: Client, tmp_path: Path
) -> None:
    with at(OPEN):
        asked_by(crowd(8))
    with at(OVER):
        hold()
        data = client.get(reverse("appointments:draw_data", args=[scarce.session.pk])).json()
    assert len(script().splitlines()) <= 20
    assert verified(data, tmp_path).stdout.strip() == "抽签真实"


def without(data: dict[str, Any], **change: Any) -> dict[str, Any]:
    return {**data, **change}


def swapped(rows: list[Any], one: int, other: int) -> list[Any]:
    """The outcomes of two ranks exchanged, the numbers where they were."""
    rows = [dict(row) for row in rows]
    rows[one]["outcome"], rows[other]["outcome"] = rows[other]["outcome"], rows[one]["outcome"]
    return rows


def test_the_script_finds_what_was_done_to_a_draw(
    people: People, scarce: Clinic, at: At, client: Client, tmp_path: Path
) -> None:
    with at(OPEN):
        asked_by(crowd(8))
    with at(OVER):
        hold()
        data = client.get(reverse("appointments:draw_data", args=[scarce.session.pk])).json()
    rows = data["result"]
    forged = {
        "种子和事先公布的封条不符": without(data, seed="0" * 64),
        "次序和种子不符": without(data, result=[rows[1], rows[0], *rows[2:]]),
        "抽中的人比号多": without(data, result=[{**row, "outcome": "won"} for row in rows]),
        "有人没有结果": without(data, result=[*rows[:7], {**rows[7], "outcome": ""}]),
        "有人没有抽中，排在后面的人却抽中了": without(data, result=swapped(rows, 2, 5)),
    }
    for words, each in forged.items():
        answer = verified(each, tmp_path)
        assert (answer.returncode, answer.stderr.strip()) == (1, words)


def test_the_page_offers_the_script_that_the_manual_prints(
    people: People, scarce: Clinic, at: At, client: Client
) -> None:
    found = finders.find("draws/verify.py")
    assert isinstance(found, str)
    assert Path(found).read_text() == script()
    page = client.get(reverse("appointments:draw", args=[scarce.session.pk])).content.decode()
    assert static("draws/verify.py") in page


def test_what_is_published_names_nobody(people: People, scarce: Clinic, at: At, client: Client) -> None:
    accounts = crowd(4)
    with at(OPEN):
        asked_by(accounts)
    with at(OVER):
        hold()
        for name in ("appointments:draw", "appointments:draw_data"):
            said = client.get(reverse(name, args=[scarce.session.pk])).content.decode()
            assert not [one for one in accounts if one.name in said or str(one.resident_id) in said]


def test_one_asks_on_the_page_and_finds_ones_number(
    people: People, scarce: Clinic, signed_in: SignedIn, at: At
) -> None:
    page = reverse("appointments:draw", args=[scarce.session.pk])
    with at(OPEN):
        yu = signed_in(people.hexiaoyu_account)
        assert "登记抽签" in yu.get(page).content.decode()
        answer = yu.post(reverse("appointments:ask_for_draw", args=[scarce.session.pk]), follow=True)
    assert "您的登记号是 1" in answer.content.decode()


def test_an_elders_place_is_drawn_for_elders(
    people: People, scarce: Clinic, at: At, client: Client, tmp_path: Path
) -> None:
    with acting_as("owner"):
        Slot.objects.filter(pk=scarce.slot.pk).update(reserved_elder=1, reserves_end_at=OVER + timedelta(days=3))
    with at(OPEN):
        asked_by([*crowd(6), people.wangjianguo_account])
    with at(OVER):
        hold()
        data = client.get(reverse("appointments:draw_data", args=[scarce.session.pk])).json()
    assert (data["places"], data["places_for_elders"]) == (3, 1)
    assert verified(data, tmp_path).stdout.strip() == "抽签真实"
    with acting_as("owner"):
        assert DrawRequest.objects.get(resident=people.wangjianguo).outcome == "won"
        assert Booking.objects.filter(session=scarce.session).count() == 3


def test_what_is_kept_for_the_desk_is_not_counted_among_what_was_drawn(people: People, scarce: Clinic, at: At) -> None:
    with acting_as("owner"):
        Slot.objects.filter(pk=scarce.slot.pk).update(reserved_desk=2, reserves_end_at=OVER + timedelta(days=3))
    with at(OVER):
        hold()
    assert (the_draw().places, the_draw().elders) == (1, 0)
