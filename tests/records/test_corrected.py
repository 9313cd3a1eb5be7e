"""What residents see of a report that was corrected, cancelled, given to somebody else, or sent by two facilities."""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from records.exchange.models import Source
from records.models import Report
from residents.models import Account
from tests import factories
from tests.exchange.sending import deliver, observation, patient, report
from tests.people import People
from tests.records import rows
from tests.records.corrections import at, current, ids, status, text

SignIn = Callable[[Account], Client]
POTASSIUM: dict[str, Any] = {"code": {"text": "血钾"}, "id": "o2"}


def corrected(feed: Source) -> None:
    """A glucose that was wrong, and an opinion that was."""
    both: dict[str, Any] = {"result": [{"reference": "Observation/o1"}, {"reference": "Observation/o2"}]}
    deliver(feed, patient(), *at(1, observation(), observation(**POTASSIUM), report(conclusion="血糖正常。", **both)))
    deliver(feed, *at(2, observation(value="6.50"), report(status="corrected", conclusion="血糖偏高。", **both)))


def test_a_correction_says_of_each_item_and_text_what_it_was_and_is(feed: Source, hers: Client) -> None:
    corrected(feed)
    page = rows.read(hers, "report", current())
    assert "本报告已更正，请以这一页为准" in page
    assert "<del>5.60 mmol/L</del>" in page and "<strong>6.50 mmol/L 偏高</strong>" in page
    assert "<del>血糖正常。</del>" in page and "<strong>血糖偏高。</strong>" in page
    assert "血钾" not in page.split('id="changes"')[1]


def test_the_version_before_is_one_tap_away_and_says_so_first(feed: Source, hers: Client) -> None:
    corrected(feed)
    old, new = ids()
    assert reverse("records:report_earlier", args=[old]) in rows.read(hers, "report", new)
    page = text(rows.read(hers, "report_earlier", old))
    assert page.index("这是更正前的版本") < page.index("5.60") < page.index("血糖正常。")
    assert "6.50" not in page and "血糖偏高" not in page
    assert rows.actions()[-1] == "records.read_earlier_report"


def test_the_version_before_cannot_be_printed_as_a_copy(feed: Source, hers: Client) -> None:
    corrected(feed)
    old, new = ids()
    assert reverse("records:report_pdf", args=[old]) not in rows.read(hers, "report_earlier", old)
    response = hers.get(reverse("records:report_pdf", args=[old]))
    assert (response.status_code, response.headers["Location"]) == (302, reverse("records:report_pdf", args=[new]))


def test_an_item_that_the_correction_left_out_and_one_that_it_added_are_named(feed: Source, hers: Client) -> None:
    first, second = ([{"reference": f"Observation/{name}"}] for name in ("o1", "o2"))
    deliver(feed, patient(), *at(1, observation(), report(result=first)))
    deliver(feed, *at(2, observation(**POTASSIUM, value="4.10"), report(status="corrected", result=second)))
    changed = text(rows.read(hers, "report", current()).split('id="changes"')[1])
    assert "空腹血糖 原来 5.60 mmol/L 现在 已删去" in changed
    assert "血钾 原来 没有这一项 现在 4.10 mmol/L" in changed


def test_what_a_first_report_had_not_said_yet_is_no_correction(feed: Source, hers: Client) -> None:
    deliver(feed, patient(), *at(1, report(status="preliminary", result=[])))
    deliver(feed, *at(2, observation(), report(conclusion="血糖正常。")))
    assert "已更正" not in rows.read(hers, "report", current())


def test_three_versions_in_any_order_settle_to_the_newest(people: People, signed_in: SignIn) -> None:
    versions = [
        at(hour, observation(value=f"{hour}.00"), report(status=state, conclusion=f"第{hour}版"))
        for hour, state in ((1, "final"), (2, "corrected"), (3, "corrected"))
    ]
    for number, order in enumerate(permutations(versions)):
        feed = factories.source(people.county, f"order-{number}")
        deliver(feed, patient(), *(one for some in order for one in some))
        first, second, third = (ids(source=feed, impression=f"第{hour}版")[0] for hour in (1, 2, 3))
        client = signed_in(people.helanfang_account)
        assert ids(source=feed, superseded_at=None) == [third]
        seen = [text(rows.read(client, "report_earlier", key)) for key in (first, second)]
        assert ["1.00" in seen[0], "2.00" in seen[1], "3.00" in "".join(seen)] == [True, True, False]
        with acting_as("owner"):  # the next order must not be folded into this one
            Report.objects.filter(source=feed).update(release="withheld")


@pytest.mark.parametrize("gone", ["cancelled", "entered-in-error"])
def test_of_what_was_taken_back_no_earlier_version_opens(feed: Source, hers: Client, gone: str) -> None:
    deliver(feed, patient(), *at(1, observation(), report()))
    deliver(feed, *at(2, report(status=gone)))
    old, new = ids()
    assert status(hers, "report_earlier", old) == 404
    page = rows.read(hers, "report", new)
    assert "以前的版本" in page and "正式报告" in page and "5.60" not in page


def test_a_cancelled_examination_leaves_the_list_and_stays_in_history(feed: Source, hers: Client) -> None:
    deliver(feed, patient(), *at(1, report(), report(id="r2", code={"text": "血常规"})))
    deliver(feed, *at(2, report(status="cancelled")))
    page = rows.read(hers, "reports")
    assert "生化检验" not in page and "血常规" in page and "看已取消的检查" in page
    history = rows.read(hers, "reports", cancelled="on")
    assert "生化检验" in history and "血常规" not in history and "已取消" in history


def test_an_item_taken_back_since_is_not_in_the_old_version_either(feed: Source, hers: Client) -> None:
    corrected(feed)
    deliver(feed, *at(3, observation(status="entered-in-error")))
    page = text(rows.read(hers, "report_earlier", ids()[0]))
    assert "空腹血糖" not in page and "血钾" in page and "有 1 项结果不再显示" in page


def test_a_stranger_finds_no_earlier_version(feed: Source, people: People, signed_in: SignIn) -> None:
    corrected(feed)
    assert status(signed_in(people.wangjianguo_account), "report_earlier", ids()[0]) == 404
