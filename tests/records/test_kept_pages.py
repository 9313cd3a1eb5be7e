"""A page of one's own record is shown again while nothing on it changed, and never after."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from facilities.models import Facility
from foundation import clock
from foundation.models import DatedSetting
from foundation.rowsecurity import acting_as
from health_education.models import Article
from records.exchange.models import Source
from records.kept import changes
from records.models import (
    Condition,
    CountyChange,
    Medication,
    Observation,
    PersonChange,
    Report,
)
from records.models.disputes import Dispute
from residents.models import Account, Resident
from tests import factories
from tests.bench.record_pages import addresses, prepare
from tests.people import People
from tests.records import kept, rows

SignIn = Callable[[Account], Client]
NEVER = {"sources", "shares", "disputes", "abnormal reports", "abnormal items"}
HOT = {"home", "reports", "items", "report", "trend", "condition"}


@pytest.fixture
def every(people: People, hers: Client) -> dict[str, str]:
    """Her pages that may be kept, by what they are called in tables of figures."""
    prepare(people.helanfang, factories.source(people.county), most=12)
    kept.settle()
    caches["pages"].clear()
    pages = {what: one for what, one in addresses(hers).items() if what not in NEVER and not what.startswith("search")}
    kept.page(hers, pages["report"])  # what is new at the first look is not new at the second
    return pages


@pytest.fixture
def pages(hers: Client, every: dict[str, str]) -> dict[str, str]:
    """Some of them, each kept."""
    found = {what: every[what] for what in sorted(HOT)}
    for address in found.values():
        kept.page(hers, address)
    return found


def owners(rows_of: Any) -> Any:
    """Do something as the owner."""
    with acting_as("owner"):
        return rows_of()


def test_every_page_is_shown_again_as_it_would_be_made(hers: Client, every: dict[str, str]) -> None:
    made = {what: kept.look(hers, address) for what, address in every.items()}
    again = {what: kept.look(hers, address) for what, address in every.items()}
    assert [what for what in every if made[what].stood or not again[what].stood] == []
    assert [what for what in every if made[what].text != again[what].text] == []
    assert [what for what in every if made[what].lines != again[what].lines or len(again[what].lines) != 1] == []
    assert [what for what in every if again[what].tallies != 1] == []


# --- what changes, and the page on which it must be seen at once ------------------------------------------------------


def withheld(of: Resident) -> None:
    Report.objects.filter(resident=of).update(release="withheld")


def recalled(of: Resident) -> None:
    Report.objects.filter(resident=of).update(release="recalled")


def waiting(of: Resident) -> None:
    Observation.objects.filter(resident=of, category="laboratory").update(release="pending")


def corrected_item(of: Resident) -> None:
    Observation.objects.filter(resident=of).update(value_text="99.9")


def taken_back(of: Resident) -> None:
    Observation.objects.filter(resident=of).update(withdrawn_at=factories.NOON)


def deleted(of: Resident) -> None:
    Medication.objects.filter(resident=of).delete()


def other_diagnosis(of: Resident) -> None:
    Condition.objects.filter(resident=of).update(name="高血压三级")


def disputed(of: Resident) -> None:
    report = Report.objects.filter(resident=of, category="laboratory").newest_first()[0]
    Dispute(
        resident=of,
        category="results",
        kind="report",
        subject_id=report.pk,
        title="x",
        reason="not_mine",
        asked_at=factories.NOON,
        asked_by=report.pk,
        due_at=factories.NOON + timedelta(days=15),
    ).save(force_insert=True)


def renamed(of: Resident) -> None:
    Facility.objects.update(name="改了名的医院")


def other_card(of: Resident) -> None:
    Article.objects.update(withdrawn_at=factories.NOON)


def other_setting(of: Resident) -> None:
    DatedSetting.objects.create(key="records.new_days", value=1, valid_from=clock.now() - timedelta(hours=1))


CHANGES = (
    *(other_setting, other_card, renamed, disputed, corrected_item, other_diagnosis, taken_back, waiting),
    *(withheld, recalled, deleted),
)


def test_no_page_is_shown_again_after_a_change_of_any_kind(people: People, hers: Client, pages: dict[str, str]) -> None:
    wrong = []
    for change in CHANGES:
        kept.settle()
        for address in pages.values():
            hers.get(address)
        wrong += [("not kept before", change.__name__)] if not kept.stands(hers, pages["home"]) else []
        owners(lambda done=change: done(people.helanfang))
        wrong += [(what, change.__name__) for what, address in pages.items() if kept.stands(hers, address)]
    assert wrong == []


def test_a_page_that_is_no_more_is_not_found(people: People, hers: Client, pages: dict[str, str]) -> None:
    owners(lambda: recalled(people.helanfang))
    assert hers.get(pages["report"]).status_code == 404


def test_a_report_that_is_withheld_shows_nothing_any_more(people: People, hers: Client, pages: dict[str, str]) -> None:
    before = kept.page(hers, pages["report"]).decode()
    owners(lambda: withheld(people.helanfang))
    assert "肝功能" in before or "血常规" in before
    assert b"item-value" not in hers.get(pages["report"]).content


def test_a_corrected_value_is_on_the_next_page(people: People, hers: Client, pages: dict[str, str]) -> None:
    owners(lambda: corrected_item(people.helanfang))
    assert b"99.9" in kept.page(hers, pages["report"])


def test_a_dispute_is_on_the_next_page(people: People, hers: Client, pages: dict[str, str]) -> None:
    assert "本人有异议" not in kept.page(hers, pages["report"]).decode()
    owners(lambda: disputed(people.helanfang))
    assert "本人有异议" in kept.page(hers, pages["report"]).decode()


def test_a_renamed_facility_is_on_the_next_page(people: People, hers: Client, pages: dict[str, str]) -> None:
    owners(lambda: renamed(people.helanfang))
    assert "改了名的医院" in kept.page(hers, pages["home"]).decode()


def test_an_article_that_was_taken_down_is_not_on_the_next_page(
    people: People, hers: Client, pages: dict[str, str]
) -> None:
    assert "读一读" in kept.page(hers, pages["condition"]).decode()
    owners(lambda: other_card(people.helanfang))
    assert "读一读" not in kept.page(hers, pages["condition"]).decode()


def test_right_after_a_change_of_the_county_nothing_is_kept(hers: Client, pages: dict[str, str]) -> None:
    owners(lambda: renamed(None))  # type: ignore[arg-type]  # of nobody
    kept.page(hers, pages["condition"])
    assert not kept.stands(hers, pages["condition"])


def test_another_persons_change_ends_none_of_hers(people: People, hers: Client, pages: dict[str, str]) -> None:
    feed = owners(lambda: Source.objects.select_related("facility").first())
    rows.statement(Condition, people.wangjianguo, feed)
    assert kept.stands(hers, pages["report"])


def test_a_pull_that_brings_nothing_ends_no_page(hers: Client, pages: dict[str, str]) -> None:
    owners(lambda: Source.objects.update(failures=0, last_success_at=clock.now(), next_pull_at=clock.now(), cursor={}))
    assert kept.stands(hers, pages["reports"])


# --- for whom a page is kept --------------------------------------------------------------------------------


def test_without_consent_a_kept_page_is_closed(people: People, hers: Client, pages: dict[str, str]) -> None:
    kept.withdraw_consent(people.helanfang, "results")
    assert hers.get(pages["report"]).status_code in (302, 403)
    assert hers.get(pages["condition"]).status_code == 200
    assert not kept.stands(hers, pages["condition"])


def test_another_language_and_another_look_are_other_pages(hers: Client, pages: dict[str, str]) -> None:
    hers.cookies["display"] = "elder"
    assert not kept.stands(hers, pages["condition"])
    hers.cookies["language"] = "en"
    assert not kept.stands(hers, pages["condition"])


def test_tomorrow_is_another_day(hers: Client, pages: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    later = timezone.localtime(clock.now()) + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert not kept.stands(hers, pages["condition"])


def test_what_is_kept_is_sealed_and_its_key_says_nothing(people: People, hers: Client, pages: dict[str, str]) -> None:
    held = kept.held()
    assert len(held) >= len(pages)
    for key, value in held.items():
        assert "葡萄糖".encode() not in value and "贺兰芳".encode() not in value
        assert str(people.helanfang.pk) not in key and "records" not in key


def test_a_page_moved_to_another_key_does_not_open(hers: Client, pages: dict[str, str]) -> None:
    kept.shuffle()
    assert not kept.stands(hers, pages["condition"])


def test_marks_of_changes_go_when_no_page_can_need_them(people: People, pages: dict[str, str]) -> None:
    now = clock.now()
    with acting_as("worker"):
        changes.forget(now)
        assert PersonChange.objects.exists() and CountyChange.objects.exists()
        changes.forget(now + timedelta(days=4))
        assert not PersonChange.objects.exists() and not CountyChange.objects.exists()
