"""Where the desks of two facilities part what was taken for one report."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from records.exchange.models import Fold
from records.exchange.retrying import sweep
from records.models import Report
from tests import factories
from tests.exchange.sending import deliver, observation, patient, report
from tests.factories import NOON
from tests.people import People
from tests.portal.staffing import Enter, colleague, events, the

LIST = "admin:exchange_fold_changelist"


@pytest.fixture
def fold(people: People) -> Fold:
    """One report of the county hospital, which the township sent as well."""
    who: dict[str, Any] = {
        "performer": [{"type": "Organization", "display": "县人民医院"}],
        "identifier": [{"value": "L20261120-7"}],
    }
    for place in (people.county, people.township):
        deliver(factories.source(place), patient(), observation(performer=who["performer"]), report(**who), now=NOON)
    found: Fold = the(Fold)
    return found


@pytest.fixture
def clerk(people: People, signed_in: Enter) -> Client:
    return signed_in(colleague(people, "reception"))


def address(fold: Fold) -> str:
    return reverse("admin:exchange_fold_change", args=[fold.pk])


def part(client: Client, fold: Fold, reason: str = "同一天两次抽血") -> Any:
    return client.post(address(fold), {"parted_reason": reason})


def listed() -> int:
    with acting_as("owner"):
        return Report.objects.filter(superseded_at=None, folded_into=None).count()


def test_the_list_says_which_facilities_and_names_nobody(fold: Fold, clerk: Client) -> None:
    page = clerk.get(reverse(LIST)).content.decode()
    assert [words for words in ("L20261120-7", "县人民医院", "河东镇卫生院") if words not in page] == []
    assert [words for words in ("贺兰芳", "生化检验", "血糖") if words in page] == []


def test_another_facilitys_desk_does_not_see_it(fold: Fold, people: People, signed_in: Enter) -> None:
    place = factories.facility("ELSEWHERE", "河西镇卫生院")
    client = signed_in(factories.staff("elsewhere", "外院前台", place, "reception"))
    assert "L20261120-7" not in client.get(reverse(LIST)).content.decode()
    assert client.get(address(fold)).status_code in {302, 404}


def test_parted_with_a_reason_both_are_listed_after_the_next_sweep(fold: Fold, clerk: Client, people: People) -> None:
    assert (part(clerk, fold).status_code, listed()) == (302, 1)
    with acting_as("worker"):
        sweep(NOON)
    row = the(Fold)
    assert (listed(), row.parted_name, row.parted_reason) == (2, "同事reception", "同一天两次抽血")
    assert row.ended_at == NOON


def test_it_is_in_the_log(fold: Fold, clerk: Client) -> None:
    part(clerk, fold)
    assert [event.subject_id for event in events(action="staff.changed")] == [str(fold.pk)]


def test_without_a_reason_nothing_is_parted(fold: Fold, clerk: Client) -> None:
    assert part(clerk, fold, "").status_code == 200
    assert the(Fold).parted_at is None


def test_what_was_parted_is_not_worded_anew(fold: Fold, clerk: Client) -> None:
    part(clerk, fold)
    part(clerk, fold, "另一个理由")
    assert the(Fold).parted_reason == "同一天两次抽血"


def test_engineers_see_what_their_feed_repeats_and_part_nothing(fold: Fold, people: People, signed_in: Enter) -> None:
    client = signed_in(factories.staff("it", "卫生院工程师", people.township, "engineer"))
    assert client.get(address(fold)).status_code == 200
    part(client, fold)
    assert the(Fold).parted_at is None


def test_the_database_lets_nobody_part_in_anothers_name(fold: Fold, people: People, signed_in: Enter) -> None:
    with acting_as("owner"):
        Fold.objects.update(
            parted_at=NOON, parted_by=people.zhangqiantai.pk, parted_name="张前台", parted_reason="早就分开"
        )
    client = signed_in(colleague(people, "manager"))
    assert part(client, fold).status_code in {200, 302, 403}
    assert the(Fold).parted_name == "张前台"
    with pytest.raises(DatabaseError), acting_as("default"), transaction.atomic():
        Fold.objects.update(kept_identifier="x")
