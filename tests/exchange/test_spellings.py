"""Units in spellings that the table does not have: listed, explained with one click, read again, never converted."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import ProgrammingError, transaction
from django.test import Client
from django.urls import reverse

from facilities.models import Facility
from foundation.middleware import TOKEN
from foundation.rowsecurity import seeing
from records.exchange import units
from records.exchange.models import UnitAlias, Unmapped
from records.models import Observation
from residents.models import AccessEvent, Account
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.sending import deliver, patient
from tests.exchange.test_codes import count, item
from tests.exchange.test_replay import replay
from tests.factories import NOON
from tests.people import People

Enter = Callable[[Account], Client]
LIST, ALIASES, ADD = (
    f"admin:exchange_{name}" for name in ("unmapped_changelist", "unitalias_changelist", "unitalias_add")
)


@pytest.fixture
def engineer(people: People, signed_in: Enter) -> Client:
    """The bureau's engineer."""
    return signed_in(people.engineer)


@pytest.fixture
def local(people: People, signed_in: Enter) -> Client:
    """An engineer of the county hospital alone."""
    return signed_in(factories.staff("units", "单工", people.county, "engineer"))


def alias(printed: str, code: str, at: Facility | None, **fields: Any) -> UnitAlias:
    return factories.made(
        UnitAlias(**({"printed": printed, "code": code, "facility": at, "made_at": NOON, "made_by": "单工"} | fields))
    )


def unit_of(result: str) -> tuple[str, str, str]:
    row = rows(Observation, identifier=result)[0]
    return row.unit, row.unit_code, row.value_text


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        ("毫摩尔每升", "mmol/L"),
        ("mmol/L。", "mmol/L"),
        ("g/L(血清)", "g/L"),
        ("10^(9)/L", "10*9/L"),
        ("1O^9/L", ""),
        ("U per L", "U/L"),
        ("μmol\\L", "umol/L"),
        ("mmo1/L", ""),
        ("ng/m", ""),
        ("格", ""),
        ("(血清)", ""),
        ("", ""),
    ],
)
def test_a_suggestion_is_the_same_unit_or_none(printed: str, code: str) -> None:
    assert units.suggested(printed) == code


def test_one_click_explains_a_unit_for_its_facility(engineer: Client, people: People) -> None:
    county, town = factories.source(people.county, "county"), factories.source(people.township, "town")
    deliver(county, patient(), item("o1", unit="毫摩尔每升"), item("o2", unit="格"))
    count()
    page = engineer.get(reverse(LIST), {"kind": "unit"}).content.decode()
    assert "毫摩尔每升<small>" in page and "mmol/L （可能是，请核对）" in page
    assert "printed=%E6%A0%BC" in page  # 格, to be chosen by hand
    line = rows(Unmapped, code="毫摩尔每升")[0]
    engineer.post(f"{reverse(LIST)}?kind=unit", {"accept": str(line.pk)})
    (made,) = rows(UnitAlias)
    assert (made.printed, made.code, made.facility_id) == ("毫摩尔每升", "mmol/L", people.county.pk)
    assert [event.subject_id for event in rows(AccessEvent, action="staff.added")] == [str(made.pk)]
    assert "毫摩尔每升<small>" not in engineer.get(reverse(LIST), {"kind": "unit"}).content.decode()
    deliver(county, item("o3", unit="毫摩尔每升"))
    deliver(town, patient(), item("o4", unit="毫摩尔每升"))
    assert (unit_of("o3"), unit_of("o4")) == (("毫摩尔每升", "mmol/L", "7"), ("毫摩尔每升", "", "7"))


def test_the_facilitys_own_word_comes_before_the_one_for_all(people: People) -> None:
    county, town = factories.source(people.county, "county"), factories.source(people.township, "town")
    alias("单位", "U/L", None)
    alias("单位", "[IU]/L", people.county)
    alias("单位", "U/mL", people.county, ended_at=NOON, ended_by="单工")
    deliver(county, patient(), item("o1", unit="单位"))
    deliver(town, patient(), item("o2", unit="单位"))
    assert (unit_of("o1")[1], unit_of("o2")[1]) == ("[IU]/L", "U/L")


def test_what_the_table_knows_cannot_be_said_otherwise(people: People) -> None:
    alias("mg/L", "ug/L", people.county)
    feed = factories.source(people.county)
    deliver(feed, patient(), item("o1", unit="mg/L"))
    assert unit_of("o1")[1] == "mg/L"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"printed": "mg/L", "code": "ug/L"}, "门户本来就认得"),
        ({"printed": "格", "code": "格"}, "格"),
        ({"printed": "滴度", "code": "U/L"}, "这个写法已经登记过"),
        ({"printed": "格", "code": "U/L", "facility": ""}, "由卫生健康局的接口工程师登记"),
    ],
)
def test_the_form_refuses_what_would_mislead(local: Client, people: People, said: dict[str, str], words: str) -> None:
    alias("滴度", "U/mL", people.county)
    page = local.post(reverse(ADD), {"facility": str(people.county.pk)} | said)
    assert page.status_code == 200
    assert words in page.content.decode()
    assert len(rows(UnitAlias)) == 1


def test_one_for_all_is_the_bureaus_to_make(engineer: Client, people: People) -> None:
    engineer.post(reverse(ADD), {"printed": "格", "code": "U/L", "facility": ""})
    assert [(row.printed, row.facility_id, row.made_by) for row in rows(UnitAlias)] == [
        ("格", None, people.engineer.name)
    ]


def test_a_spelling_is_ended_and_counts_no_more(local: Client, people: People) -> None:
    feed = factories.source(people.county)
    row = alias("格", "U/L", people.county)
    local.post(reverse(ALIASES), {"action": "end", "_selected_action": [str(row.pk)]})
    assert [one.ended_by for one in rows(UnitAlias)] == ["单工"]
    deliver(feed, patient(), item("o1", unit="格"))
    assert unit_of("o1")[1] == ""


def test_the_database_keeps_engineers_to_their_facility(local: Client, people: People) -> None:
    for at in (people.township, None):
        row = UnitAlias(printed="格", code="U/L", facility=at, made_at=NOON, made_by="单工")
        with (
            pytest.raises(ProgrammingError, match="row-level security"),
            seeing(local.session.get(TOKEN)),
            transaction.atomic(),
        ):
            row.save(force_insert=True)


def test_nobody_changes_what_a_spelling_means(local: Client, people: People) -> None:
    alias("格", "U/L", people.county)
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        seeing(local.session.get(TOKEN)),
        transaction.atomic(),
    ):
        UnitAlias.objects.update(code="mg/L")


def test_replay_reads_what_came_before(people: People) -> None:
    feed = factories.source(people.county)
    deliver(feed, patient(), item("o1", unit="格"))
    alias("格", "U/L", people.county)
    assert replay(feed)["renewed"] == 1
    assert unit_of("o1") == ("格", "U/L", "7")
