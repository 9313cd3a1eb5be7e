"""Codes that nobody has mapped: counted once each, listed for the facility's engineers, mapped with one click."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import DatabaseError, connections, transaction
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from records.exchange import units
from records.exchange.codes import counting
from records.exchange.codes.suggesting import plain, standards, suggestion
from records.exchange.models import CodeCount, CodeMapping, Source, Unmapped
from records.models import Observation
from residents.models import AccessEvent, Account
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.counting import statements
from tests.exchange.sending import deliver, observation, patient
from tests.people import People
from tests.sessions import session_of

Enter = Callable[[Account], Client]
LIST = "admin:exchange_unmapped_changelist"


def item(id: str, code: str = "ALT", name: str = "谷丙转氨酶", unit: str = "U/L", **fields: Any) -> dict[str, Any]:
    """A result with the facility's own code alone."""
    coding = {"coding": [{"system": "https://lab.example", "code": code}], "text": name} if code else {"text": name}
    return observation(id=id, code=coding, valueQuantity={"value": 7, "unit": unit}, **fields)


def count(later: timedelta = timedelta(hours=1)) -> int:
    """Count what there is by now. Keys carry the computer's time, whatever the test's clock says."""
    now = datetime.now(UTC)
    with acting_as("owner"):
        CodeCount.objects.get_or_create(pk=1, defaults={"counted_until": now - timedelta(hours=1)})
    with acting_as("worker"):
        return counting.count(now + later)


def lines(**filters: Any) -> dict[str, int]:
    return {line.code: line.results for line in rows(Unmapped, **filters)}


def test_codes_without_a_mapping_are_counted_by_source(people: People) -> None:
    county, township = factories.source(people.county, "county"), factories.source(people.township, "town")
    deliver(county, patient(), item("o1"), item("o2", name="丙氨酸氨基转移酶"), item("o3", "AST", "谷草转氨酶"))
    deliver(township, patient(), item("o1"), observation(id="o9"))
    count()
    assert (lines(source=county), lines(source=township)) == ({"ALT": 2, "AST": 1}, {"ALT": 1})
    line = rows(Unmapped, source=county, code="ALT")[0]
    assert (set(line.names), line.units) == ({"谷丙转氨酶", "丙氨酸氨基转移酶"}, ["U/L"])


def test_an_item_without_any_code_goes_by_its_printed_name(feed: Source) -> None:
    deliver(feed, patient(), item("o1", code="", name="大便常规"))
    count()
    assert lines() == {"大便常规": 1}
    factories.made(CodeMapping(source=feed, facility=feed.facility, local_code="大便常规", standard_code="1-8"))
    deliver(feed, item("o2", code="", name="大便常规"))
    assert {row.identifier: row.code for row in rows(Observation)} == {"o1": "", "o2": "1-8"}


def test_units_that_the_table_does_not_have_are_listed_apart(feed: Source) -> None:
    deliver(feed, patient(), item("o1", unit="格"), item("o2", unit="格"), item("o3", unit="U/L"))
    count()
    assert lines(kind="unit") == {"格": 2}


def test_counting_again_counts_nothing_twice_and_goes_on_with_what_came_since(feed: Source) -> None:
    deliver(feed, patient(), item("o1"))
    count()
    count()
    assert lines() == {"ALT": 1}
    with acting_as("owner"):
        CodeCount.objects.update(counted_until=datetime.now(UTC))
    deliver(feed, item("o2"))
    count(timedelta(hours=3))
    assert lines() == {"ALT": 2}


def test_a_count_that_is_killed_counts_nothing_twice(feed: Source) -> None:
    deliver(feed, patient(), item("o1"))
    with patch.object(CodeCount.objects, "filter", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        count()
    assert lines() == {}
    count()
    assert lines() == {"ALT": 1}


def test_a_source_that_sends_ever_new_codes_fills_a_bounded_list(feed: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST_CODES", 3)
    deliver(feed, patient(), *(item(f"o{n}", code=f"C{n}") for n in range(8)))
    count()
    assert len(lines()) == 3


def test_counting_a_window_takes_a_fixed_number_of_statements(feed: Source) -> None:
    deliver(feed, patient(), *(item(f"o{n}", code=f"C{n}") for n in range(50)))
    with acting_as("owner"):
        CodeCount.objects.create(pk=1, counted_until=datetime.now(UTC) - timedelta(hours=1))
    with statements() as seen:
        windows = count()
    assert (windows, len(seen)) == (1, 4)


def test_neither_values_nor_persons_are_noted(feed: Source) -> None:
    deliver(feed, patient(), item("o1"))
    count()
    (line,) = rows(Unmapped)
    said = " ".join(map(str, vars(line).values()))
    assert "贺兰芳" not in said and "p1" not in said and " 7 " not in said


@pytest.mark.parametrize(
    ("asked", "code", "certain"),
    [
        (("1001", ["谷丙转氨酶"], ["U/L"]), "1742-6", True),
        (("1001", ["丙氨酸氨基转移酶"], ["U/L"]), "1742-6", True),
        (("1001", ["ALT"], ["U/L"], ["血清"]), "1742-6", True),
        (("1001", ["ALT"], ["U/L"]), "1742-6", False),
        (("1001", ["丙氨酸氨基转移酶（ALT）"], ["IU/L"]), "1742-6", True),
        (("1001", ["★ 谷丙转氨酶"], ["U/L"]), "1742-6", True),
        (("ALT", ["肝功一"], ["U/L"]), "1742-6", False),
        (("GBZAM", ["肝功一"], ["U/L"]), "1742-6", False),
        (("x", ["血清钾测定"], ["mmol/L"]), "2823-3", False),
        (("x", ["葡萄糖"], ["mmol/L"], ["血清"]), "14749-6", True),
        (("x", ["葡萄糖"], ["mg/dL"], ["血清"]), "2345-7", True),
        (("x", ["葡萄糖"], ["mmol/L"]), "14749-6", False),
        (("x", ["收缩压"], ["mmHg"]), "8480-6", True),
    ],
)
def test_an_item_is_suggested_by_name_abbreviation_or_initials(asked: Any, code: str, certain: bool) -> None:
    found = suggestion(*asked)
    assert found is not None
    assert (found.standard.code, found.certain) == (code, certain)


@pytest.mark.parametrize(
    "asked",
    [
        ("x", ["葡萄糖"], []),
        ("x", ["葡萄糖"], ["mmol/L"], ["尿液"]),
        ("x", ["葡萄糖"], ["g/L"]),
        ("TP", ["梅毒螺旋体抗体"], []),
        ("WBC", ["白细胞"], ["/HP"]),
        ("x", ["白细胞", "红细胞"], ["10^9/L"]),
        ("", [], []),
    ],
)
def test_where_it_is_not_sure_nothing_is_suggested(asked: Any) -> None:
    assert suggestion(*asked) is None


def test_the_dictionary_names_its_codes_once_and_its_units_in_ucum() -> None:
    codes = [one.code for one in standards()]
    assert len(codes) == len(set(codes)) >= 120
    assert {unit for one in standards() for unit in one.units} <= set(units.PRINTED)


def test_no_name_of_the_dictionary_means_two_things_in_one_unit() -> None:
    meant: dict[tuple[str, str], set[str]] = {}
    for one in standards():
        for name in (one.name, *one.others):
            for unit in one.units or {""}:
                meant.setdefault((plain(name), unit), set()).add(one.code)
    assert {name: codes for name, codes in meant.items() if len(codes) > 1} == {}


def test_every_check_digit_of_the_dictionary_is_right() -> None:
    """LOINC's last digit is a Luhn digit (mod 10), which finds most slips of the pen."""
    wrong = []
    for one in standards():
        digits, _, check = one.code.partition("-")
        doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))]
        wrong += [one.code] if (10 - sum(sum(divmod(n, 10)) for n in doubled)) % 10 != int(check) else []
    assert wrong == []


@pytest.fixture
def engineer(people: People, signed_in: Enter) -> Client:
    return signed_in(people.engineer)


@pytest.fixture
def counted(people: People) -> Source:
    """Some items of the county hospital that nobody has mapped."""
    feed = factories.source(people.county, "county")
    deliver(feed, patient(), item("o1"), item("o2"), item("o3", "Q1", "某项目"), item("o4", "T", "TP", unit="g/L"))
    deliver(feed, item("o5", "W", "白细胞", unit="格"))
    count()
    return feed


def key(code: str) -> str:
    return str(rows(Unmapped, code=code, kind="item")[0].pk)


def test_engineers_see_the_most_frequent_first_with_a_suggestion(engineer: Client, counted: Source) -> None:
    page = engineer.get(reverse(LIST)).content.decode()
    assert page.index("谷丙转氨酶") < page.index("某项目")
    assert "丙氨酸氨基转移酶 1742-6" in page and "可能是，请核对" in page


def test_one_click_accepts_a_suggestion(engineer: Client, counted: Source) -> None:
    engineer.post(reverse(LIST), {"accept": key("ALT")})
    (made,) = rows(CodeMapping)
    assert (made.local_code, made.standard_code, made.unit_code) == ("ALT", "1742-6", "U/L")
    assert made.facility_id == counted.facility_id
    assert "谷丙转氨酶" not in engineer.get(reverse(LIST)).content.decode()
    assert [event.subject_id for event in rows(AccessEvent, action="staff.added")] == [str(made.pk)]


def test_many_are_accepted_at_once_where_they_are_certain(engineer: Client, counted: Source) -> None:
    chosen = [str(line.pk) for line in rows(Unmapped, kind="item")]
    engineer.post(reverse(LIST), {"action": "accept_certain", "_selected_action": chosen})
    assert [row.local_code for row in rows(CodeMapping)] == ["ALT"]


def test_a_colleague_who_was_quicker_is_no_mistake(engineer: Client, counted: Source) -> None:
    line = key("ALT")
    factories.made(CodeMapping(source=counted, facility=counted.facility, local_code="ALT", standard_code="1-8"))
    assert engineer.post(reverse(LIST), {"accept": line}).status_code == 302
    assert engineer.post(reverse(LIST), {"accept": "no key"}).status_code == 302
    assert [row.standard_code for row in rows(CodeMapping)] == ["1-8"]


def test_what_needs_no_code_is_marked_and_leaves_the_list(engineer: Client, people: People, counted: Source) -> None:
    engineer.post(reverse(LIST), {"action": "mark_unneeded", "_selected_action": [key("Q1")]})
    assert "某项目" not in engineer.get(reverse(LIST)).content.decode()
    assert "某项目" in engineer.get(reverse(LIST), {"unneeded": "yes"}).content.decode()
    assert rows(Unmapped, code="Q1")[0].unneeded_by == people.engineer.name
    engineer.post(f"{reverse(LIST)}?unneeded=yes", {"action": "mark_needed", "_selected_action": [key("Q1")]})
    assert rows(Unmapped, code="Q1")[0].unneeded_at is None


def test_units_are_shown_when_they_are_asked_for(engineer: Client, counted: Source) -> None:
    assert "另选单位" in engineer.get(reverse(LIST), {"kind": "unit"}).content.decode()


def test_a_clinician_has_no_business_here(people: People, signed_in: Enter) -> None:
    assert signed_in(people.chenyisheng).get(reverse(LIST)).status_code == 403


@pytest.mark.parametrize("many", [1, 50])
def test_the_list_takes_the_same_queries_for_one_and_fifty_and_reads_no_results(
    engineer: Client, people: People, many: int, django_assert_max_num_queries: Any
) -> None:
    deliver(factories.source(people.county), patient(), *(item(f"o{n}", code=f"C{n}") for n in range(many)))
    count()
    with django_assert_max_num_queries(16) as seen:
        engineer.get(reverse(LIST))
    assert not any("records_observation" in query["sql"] for query in seen.captured_queries)


def test_the_database_itself_lets_engineers_change_the_mark_alone(
    people: People, engineer: Client, signed_in: Enter, counted: Source
) -> None:
    changes = {"unneeded_by = 'x'": "", "results = 0": "permission denied", "code = 'x'": "permission denied"}
    with session_of(engineer), connections["default"].cursor() as cursor:
        for change, refused in changes.items():
            with pytest.raises(DatabaseError, match=refused) if refused else nullcontext(), transaction.atomic():
                cursor.execute(f"UPDATE exchange_unmapped SET {change}")
                assert cursor.rowcount == len(rows(Unmapped))
    with session_of(signed_in(people.chenyisheng)), connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM exchange_unmapped")
        assert cursor.fetchone() == (0,)
