"""What each address answers its owner, a stranger and nobody."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from appointments.models import Booking
from foundation import tally
from foundation.rowsecurity import acting_as
from records.models import ShareLink
from residents.models import AccessEvent, Notice, ReadTally
from tests import factories
from tests.api.scene import MARKS, Enter, Program, Scene, count_rows, places
from tests.records.test_how_to_hear import chosen

READS = {
    "/api/me/": False,
    "/api/notices/": False,
    "/api/records/summary/": True,
    "/api/records/medications/": True,
    "/api/records/allergies/": True,
    "/api/records/conditions/": True,
    "/api/records/immunizations/": True,
    "/api/records/encounters/": True,
    "/api/records/documents/": True,
    "/api/records/vitals/": True,
    "/api/records/medications/{row_id}/": True,
    "/api/reports/": True,
    "/api/reports/{report_id}/": True,
    "/api/items/": True,
    "/api/items/{item_id}/trend/": True,
    "/api/shares/": True,
    "/api/bookings/": False,
    "/api/bookings/{booking_id}/": False,
    "/api/facilities/": False,
    "/api/practitioners/{practitioner_id}/sessions/": False,
    "/api/sessions/{session_id}/slots/": False,
    "/api/articles/": False,
    "/api/articles/{slug}/": False,
}
OWNED = [path for path in READS if any(key in path for key in ("row_id", "report_id", "item_id", "booking_id"))]


def problem(answer: Any) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/problem+json"
    said = answer.json()
    assert said["status"] == answer.status_code and said["detail"] and said["title"]
    return answer.status_code, said["code"]


def test_its_owner_gets_it_and_nothing_of_anybody_else(scene: Scene, program: Program) -> None:
    wrong = []
    for path in READS:
        answer = program.get(path.format(**places(scene.mine, scene.world)))
        told = [mark for mark in MARKS if mark in answer.content.decode()]
        if answer.status_code != 200 or told:
            wrong.append((path, answer.status_code, told))
    assert wrong == []


def test_the_control_he_finds_his_own_marks(scene: Scene, signed_in: Enter) -> None:
    his = Program(signed_in(scene.people.wangjianguo_account))
    told = "".join(his.get(path.format(**places(scene.theirs, scene.world))).content.decode() for path in READS)
    assert [mark for mark in MARKS[:-1] if mark not in told] == []


def test_nobody_is_told_to_sign_in(scene: Scene) -> None:
    for path in READS:
        assert problem(Client().get(path.format(**places(scene.mine, scene.world)))) == (401, "not_signed_in"), path


def test_a_strangers_row_and_a_missing_one_are_the_same(scene: Scene, program: Program) -> None:
    missing = dict.fromkeys(scene.mine, uuid.UUID("01900000-0000-7000-8000-000000000000"))
    for path in OWNED:
        theirs = program.get(path.format(**places(scene.theirs, scene.world)))
        none = program.get(path.format(**places(missing, scene.world)))
        assert problem(theirs) == problem(none) == (404, "not_found"), path
        assert theirs.json() | {"reference": ""} == none.json() | {"reference": ""}, path


def test_a_look_leaves_one_line_and_one_tally(scene: Scene, program: Program) -> None:
    wrong = []
    for path in (path for path, is_health in READS.items() if is_health):
        reference = program.get(path.format(**places(scene.mine, scene.world))).wsgi_request.reference
        with acting_as("worker"):
            events = AccessEvent.objects.filter(reference=reference)
            told = [(event.resident_id, event.action in tally.ACTIONS) for event in events]
            tallies = ReadTally.objects.filter(reference=reference).count()
        if (told, tallies) != ([(scene.people.helanfang.pk, True)], 1):
            wrong.append((path, told, tallies))
    assert wrong == []


def test_a_deed_without_the_token_is_not_done(scene: Scene, program: Program) -> None:
    program.token = "x" * 64
    assert problem(program.post("/api/notices/read/")) == (403, "csrf")


def test_a_deed_meant_for_somebody_else_is_not_done(scene: Scene, program: Program) -> None:
    answer = program.post("/api/notices/read/", Portal_Whom=str(scene.people.wangjianguo.pk))
    assert problem(answer) == (409, "another_person")
    assert count_rows(Notice, resident=scene.people.helanfang, read_at=None) == 1


def test_a_line_of_the_inbox_is_marked_once(scene: Scene, program: Program) -> None:
    path = f"/api/notices/{scene.mine['notice']}/read/"
    assert [program.post(path).json() for _ in range(2)] == [{"marked": 1}, {"marked": 0}]


def test_a_report_tells_what_its_page_tells(scene: Scene, program: Program) -> None:
    said = program.get(f"/api/reports/{scene.mine['report']}/").json()
    item = said["items"][0]
    assert (said["state"], said["title"], said["facility"]) == ("open", "血常规", "河东镇卫生院")
    assert (item["name"], item["value"], item["unit"], item["range"]) == ("白细胞", "5.60", "10^9/L", "3.5-9.5")


def test_a_list_is_narrowed_and_says_which_page_it_is(scene: Scene, program: Program) -> None:
    kept = program.get("/api/reports/", kind="laboratory").json()
    none = program.get("/api/reports/", kind="imaging").json()
    assert (kept["count"], kept["page"], kept["pages"], none["results"]) == (1, 1, 1, [])


@pytest.mark.parametrize(
    ("query", "field"), [({"page": "x"}, "page"), ({"kind": "tea"}, "kind"), ({"facility": "1"}, "facility")]
)
def test_what_makes_no_sense_is_named_by_its_field(query: dict[str, str], field: str, program: Program) -> None:
    answer = program.get("/api/reports/", **query)
    assert problem(answer) == (400, "invalid")
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in answer.json()["errors"][0]["detail"])


def test_a_body_that_is_no_json_is_malformed(program: Program) -> None:
    for body in ("{", "[" * 60_000, '"\\ud800', '{"q": NaN}'):
        assert problem(program.post("/api/records/search/", body)) == (400, "malformed")


def test_a_body_has_a_bounded_size(program: Program) -> None:
    assert problem(program.post("/api/records/search/", "[" + " " * 70_000 + "]")) == (413, "too_large")


def test_a_search_finds_ones_own_and_writes_the_words_nowhere(scene: Scene, program: Program) -> None:
    answer = program.post("/api/records/search/", {"q": "阿司匹林"})
    assert [find["title"] for find in answer.json()["results"]] == ["阿司匹林肠溶片"]
    with acting_as("worker"):
        event = AccessEvent.objects.get(reference=answer.wsgi_request.reference)
    assert (event.action, event.purpose, event.subject_id) == ("records.searched", "", "")


def test_a_search_finds_nothing_of_a_strangers(program: Program) -> None:
    assert [program.post("/api/records/search/", {"q": word}).json()["results"] for word in MARKS[1:5]] == [[]] * 4


def test_an_unknown_code_of_a_copy_is_not_found(program: Program) -> None:
    assert problem(program.post("/api/copies/check/", {"code": "AAAA-BBBB-CCCC-DDDD-EEEE-FFFF"})) == (404, "not_found")
    assert problem(program.post("/api/copies/check/", {"code": "123"})) == (400, "invalid")


def test_a_share_sent_twice_is_made_once_and_can_be_ended(scene: Scene, program: Program) -> None:
    body, key = {"reports": [str(scene.mine["report"])], "hours": 24}, str(uuid.uuid4())
    made = [program.post("/api/shares/", body, Idempotency_Key=key) for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201]
    assert made[0].json() == made[1].json()
    assert program.post(f"/api/shares/{made[0].json()['id']}/revoke/").status_code == 204
    assert count_rows(ShareLink, resident=scene.people.helanfang, revoked_at=None) == 1


def test_a_strangers_report_is_not_shared(scene: Scene, program: Program) -> None:
    body = {"reports": [str(scene.theirs["report"])], "hours": 24}
    answer = program.post("/api/shares/", body, Idempotency_Key=str(uuid.uuid4()))
    assert problem(answer) == (400, "invalid")
    assert problem(program.post(f"/api/shares/{scene.theirs['share']}/revoke/")) == (404, "not_found")


def test_a_booking_sent_twice_is_made_once(scene: Scene, program: Program) -> None:
    program.post(f"/api/bookings/{scene.mine['booking']}/cancel/")
    key = str(uuid.uuid4())
    made = [program.post("/api/bookings/", {"slot": str(scene.world.slot.pk)}, Idempotency_Key=key) for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201]
    assert made[0].json()["id"] == made[1].json()["id"]
    assert count_rows(Booking, resident=scene.people.helanfang, status="booked") == 1


def test_a_second_booking_of_the_half_day_says_which_one_is_in_the_way(scene: Scene, program: Program) -> None:
    answer = program.post("/api/bookings/", {"slot": str(scene.world.slot.pk)}, Idempotency_Key=str(uuid.uuid4()))
    assert problem(answer) == (409, "conflict")
    assert answer.json()["facts"] == {"booking_id": str(scene.mine["booking"])}


def test_a_booking_without_a_key_says_so(scene: Scene, program: Program) -> None:
    answer = program.post("/api/bookings/", {"slot": str(scene.world.slot.pk)})
    assert [one["field"] for one in answer.json()["errors"]] == ["Idempotency-Key"]


def test_a_strangers_booking_is_not_cancelled(scene: Scene, program: Program) -> None:
    assert problem(program.post(f"/api/bookings/{scene.theirs['booking']}/cancel/")) == (404, "not_found")
    assert count_rows(Booking, pk=scene.theirs["booking"], status="booked") == 1


def test_an_address_that_is_none_is_a_problem_too(program: Program) -> None:
    assert problem(program.get("/api/no-such-thing/")) == (404, "not_found")
    assert problem(program.client.delete("/api/reports/", headers={"X-CSRFToken": program.token})) == (405, "method")


def test_too_many_requests_are_asked_to_wait(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foundation.api.views.setting", lambda name, now: 0 if "requests" in name else 64)
    answer = program.get("/api/me/")
    assert problem(answer) == (429, "too_many")
    assert int(answer["Retry-After"]) > 0


def test_whoever_acts_for_her_gets_what_was_granted(scene: Scene, signed_in: Enter) -> None:
    people = scene.people
    factories.delegation(people.helanfang, people.hexiaoyu, "results")
    client = signed_in(people.hexiaoyu_account)
    session = client.session
    session["acting"] = {"resident": str(people.helanfang.pk), "opening": None}
    session.save()
    hers = Program(client)
    me = hers.get("/api/me/").json()
    assert (me["name"], me["account_name"], me["whom"]) == ("贺兰芳", "贺小雨", str(people.helanfang.pk))
    assert hers.get("/api/reports/").json()["count"] == 1
    assert problem(hers.get("/api/records/medications/")) == (403, "not_granted")
    assert problem(hers.get("/api/bookings/")) == (403, "not_granted")


def test_a_report_that_waits_for_a_comment_says_so_and_shows_nothing(scene: Scene, program: Program) -> None:
    chosen(scene.people, "after_comment")
    feed = factories.source(scene.people.township)
    report = factories.report(scene.people.helanfang, feed, title="丁丑报告", at=timezone.now())
    listed = program.get("/api/reports/")
    assert "丁丑报告" not in listed.content.decode()
    assert [one["id"] for one in listed.json()["waiting"]] == [str(report.pk)]
    said = program.get(f"/api/reports/{report.pk}/").json()
    assert (said["state"], said["title"], said["by_doctor"], said["items"]) == ("waiting", "", True, [])
