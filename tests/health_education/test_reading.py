"""An article's page: what it shows, what stands in its place, saving it, and what readers say of it."""

import gzip
import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from health_education.library import STARTER, read
from health_education.models import Article, Bookmark, Feedback, Revision
from health_education.readers_words import without_numbers
from residents.models import Account, Notice
from residents.my_data import parts
from tests import factories
from tests.factories import NOON
from tests.health_education.scenes import viewer
from tests.health_education.test_pages import address, page
from tests.people import People

Enter = Callable[[Account], Client]


def at(name: str, revision: Revision) -> str:
    return reverse(f"health_education:{name}", args=[revision.article.slug])


def set_on(revision: Revision, **fields: Any) -> None:
    with acting_as("owner"):
        Article.objects.filter(pk=revision.article_id).update(**fields)


def said() -> list[Feedback]:
    with acting_as("owner"):
        return list(Feedback.objects.order_by("at"))


# --- the page --------------------------------------------------------------------------------------------------------


def test_a_page_says_how_long_it_takes_and_that_it_is_easy(db: None, client: Client) -> None:
    text = page(client, address(factories.article(body="## 做什么\n\n- 少吃盐。\n\n" + "多走路。" * 150)))
    assert "约 2 分钟读完" in text and "易读" in text


def test_a_hard_text_is_not_called_easy(db: None, client: Client) -> None:
    assert "易读" not in page(client, address(factories.article(body="很长的句子" * 30 + "。")))


def test_a_text_and_its_translation_lead_to_each_other(db: None, client: Client) -> None:
    chinese, english = factories.article("少吃盐"), factories.article("Eat less salt")
    set_on(english, language="en", translation_of=chinese.article)
    assert address(english) in page(client, address(chinese))
    assert address(chinese) in page(client, address(english))


def test_what_the_editors_named_comes_before_the_rest_of_the_topic(db: None, client: Client) -> None:
    one, named, near, far = (factories.article(f"第{number}篇") for number in range(4))
    set_on(near, topic=one.article.topic)
    set_on(one, related=[named.article.slug])
    text = page(client, address(one))
    assert 0 < text.index("第1篇") < text.index("第2篇") and "第3篇" not in text


def test_what_the_editors_named_is_not_recommended_once_overdue_or_withdrawn(db: None, client: Client) -> None:
    one, overdue, withdrawn, good = (factories.article(f"第{number}篇") for number in range(4))
    set_on(one, related=[other.article.slug for other in (overdue, withdrawn, good)])
    set_on(withdrawn, withdrawn_at=NOON, withdrawn_because="已过时")
    with acting_as("owner"):
        Revision.objects.filter(pk=overdue.pk).update(review_due_on=timezone.localdate() - timedelta(days=1))
    text = page(client, address(one))
    assert [title for title in ("第1篇", "第2篇", "第3篇") if title in text] == ["第3篇"]


def test_cards_do_not_crowd_what_to_read_next(db: None, client: Client) -> None:
    one, card = factories.article("少吃盐"), factories.article("血红蛋白")
    set_on(card, topic=one.article.topic, kind="explanation")
    assert "血红蛋白" not in page(client, address(one))


def test_wechat_finds_title_summary_and_picture(db: None, client: Client) -> None:
    revision = factories.article("少吃盐")
    text = page(client, address(revision))
    assert '<meta property="og:title" content="少吃盐">' in text
    assert f'<meta property="og:image" content="http://localhost:8000{at("poster", revision)}">' in text


def test_the_poster_is_a_small_picture_that_may_be_kept(db: None, client: Client) -> None:
    response = client.get(at("poster", factories.article("怎样少吃盐" * 15)))
    assert response.content.startswith(b"\x89PNG") and len(response.content) < 60_000
    assert "public" in response["Cache-Control"]


def test_the_poster_of_a_withdrawn_article_lies_in_no_cache_in_front_for_long(db: None, client: Client) -> None:
    assert "s-maxage=6" in client.get(at("poster", factories.article()))["Cache-Control"]


def test_a_shared_page_carries_no_token(db: None, client: Client) -> None:
    for name in ("article", "feedback", "feedback_thanks"):
        assert "csrf" not in page(client, at(name, factories.article())).lower()


# --- withdrawn -------------------------------------------------------------------------------------------------------


def test_a_withdrawn_article_says_when_why_and_what_replaces_it(db: None, client: Client) -> None:
    old, new = factories.article(), factories.article()
    set_on(old, withdrawn_at=NOON, withdrawn_because="说法已过时", replaced_by=new.article)
    response = client.get(address(old))
    text = response.content.decode()
    assert response.status_code == 410
    assert all(words in text for words in ("2026-11-22", "说法已过时", address(new)))


def test_a_withdrawn_article_that_nobody_ever_saw_is_a_404(db: None, client: Client) -> None:
    draft = factories.article()
    with acting_as("owner"), connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE health_education_revision SET publish_at = NULL, review_due_on = NULL")
    set_on(draft, withdrawn_at=NOON)
    assert client.get(address(draft)).status_code == 404


# --- saving ----------------------------------------------------------------------------------------------------------


def test_saving_leads_a_visitor_to_sign_in_and_back(db: None, client: Client) -> None:
    url = at("save", factories.article())
    response = client.get(url)
    assert (response.status_code, response["Location"].endswith(f"next={url}")) == (302, True)


def test_a_saved_article_is_listed_once_and_can_be_taken_off(people: People, signed_in: Enter) -> None:
    client, revision = signed_in(people.helanfang_account), factories.article("少吃盐")
    for _ in range(2):
        client.post(at("save", revision))
    saved = reverse("health_education:saved")
    assert page(client, saved).count(f'data-keep="{address(revision)}"') == 1
    client.post(at("save", revision), {"end": "1"})
    assert address(revision) not in page(client, saved)


def test_nobody_else_sees_what_an_account_saved(people: People, signed_in: Enter) -> None:
    signed_in(people.helanfang_account).post(at("save", factories.article("少吃盐")))
    stranger = signed_in(people.wangjianguo_account)
    assert "少吃盐" not in page(stranger, reverse("health_education:saved"))


def test_a_list_of_saved_articles_says_what_was_withdrawn(people: People, signed_in: Enter) -> None:
    client, revision = signed_in(people.helanfang_account), factories.article()
    client.post(at("save", revision))
    set_on(revision, withdrawn_at=NOON)
    assert "2026-11-22 下线" in page(client, reverse("health_education:saved"))


def test_the_database_keeps_one_live_bookmark(people: People) -> None:
    article, account = factories.article().article, people.helanfang_account
    factories.made(Bookmark(account_id=account.pk, article=article, saved_at=NOON))
    with pytest.raises(DatabaseError, match="article_saved_once"), acting_as("owner"), transaction.atomic("owner"):
        Bookmark(account_id=account.pk, article=article, saved_at=NOON).save(force_insert=True)


def test_the_worker_of_the_browser_may_always_be_replaced(db: None, client: Client) -> None:
    response = client.get("/sw.js")
    assert (response["Content-Type"].split(";")[0], response["Cache-Control"]) == ("text/javascript", "no-cache")


# --- what readers say ------------------------------------------------------------------------------------------------

ORIGIN = {"origin": "http://testserver"}


def test_a_visitor_without_cookies_says_it_was_useful(db: None) -> None:
    client, revision = Client(enforce_csrf_checks=True), factories.article()
    for _ in range(2):
        response = client.post(at("feedback", revision), {"kind": "useful"}, headers=ORIGIN)
        assert response["Location"] == at("feedback_thanks", revision)
    assert [(one.kind, one.times, one.account_id) for one in said()] == [("useful", 2, None)]


def test_another_site_cannot_make_a_reader_say_anything(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(
        at("feedback", factories.article()), {"kind": "useful"}, headers={"origin": "http://evil.test"}
    )
    assert (response.status_code, said()) == (403, [])


def test_an_error_needs_its_place(db: None, client: Client) -> None:
    url = at("feedback", factories.article())
    assert "请写明哪一处有错" in client.post(url, {"kind": "wrong"}, headers=ORIGIN).content.decode()
    client.post(url, {"kind": "wrong", "place": "第二段"}, headers=ORIGIN)
    assert [one.place for one in said()] == ["第二段"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("打我电话13812345678吧", "打我电话……吧"),
        ("138 1234 5678", "……"),
        ("64012219000101001X", "……"),
        ("１３８１２３４５６７８", "……"),
        ("2026年的标准是140/90", "2026年的标准是140/90"),
    ],
)
def test_telephone_and_identity_numbers_are_left_out(typed: str, kept: str) -> None:
    assert without_numbers(typed) == kept


def test_the_database_keeps_no_number_either(db: None) -> None:
    article = factories.article().article
    with pytest.raises(DatabaseError, match="feedback_holds_no_number"), transaction.atomic():
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT app.give_feedback(%s, 'unclear', '', '13812345678')", [article.pk])


def test_one_address_cannot_flood_the_editors(db: None, client: Client) -> None:
    url = at("feedback", factories.article())
    answers = [client.post(url, {"kind": "unclear", "words": "看不懂"}, headers=ORIGIN).status_code for _ in range(8)]
    assert answers == [302] * 5 + [429] * 3  # five of one text a day, and six of any a minute


def test_a_signed_in_reader_gets_the_editors_answer(people: People, signed_in: Enter) -> None:
    reader, editor = signed_in(people.helanfang_account), signed_in(people.editor)
    reader.post(at("feedback", factories.article()), {"kind": "wrong", "place": "第二段"}, headers=ORIGIN)
    (one,) = said()
    change = reverse("admin:health_education_feedback_change", args=[one.pk])
    assert editor.post(change, {"answer": "已经改好，谢谢。"}).status_code == 302
    assert "已经改好，谢谢。" in page(reader, reverse("health_education:my_feedback"))
    with acting_as("owner"):
        told = Notice.objects.filter(resident=people.helanfang, kind="feedback_answered").count()
    (settled,) = said()
    assert (told, settled.settled_name != "") == (1, True)


def test_a_resident_cannot_settle_feedback(people: People, signed_in: Enter) -> None:
    client = signed_in(people.helanfang_account)
    client.post(at("feedback", factories.article()), {"kind": "unclear", "words": "太难"}, headers=ORIGIN)
    assert client.get(reverse("admin:health_education_feedback_changelist")).status_code == 404


# --- weight ----------------------------------------------------------------------------------------------------------

PAGE_BYTES, SCRIPT_BYTES = 100_000, 12_500


def fetched(text: str) -> set[str]:
    """The style sheets, scripts and pictures a browser fetches with a page; what is lazy or only printed is not."""
    found = re.findall(r'<(?:link rel="(?:stylesheet|icon|manifest)"|script)[^>]*(?:href|src)="([^"]+)"', text)
    return {*found, *re.findall(r'href="([^"#]+\.svg)#', text)}


def weight(client: Client, addresses: Iterable[str]) -> int:
    """Bytes as they travel, compressed."""
    return sum(len(gzip.compress(b"".join(client.get(one, follow=True)))) for one in addresses)


def test_a_first_visit_transfers_little(db: None, client: Client) -> None:
    text = (STARTER / "eat-less-salt.md").read_text(encoding="utf-8")
    url = address(factories.article(body=read("eat-less-salt", text).body))
    assert weight(client, {url, *fetched(page(client, url))}) <= PAGE_BYTES


def test_a_page_has_little_script_of_our_own(people: People, signed_in: Enter) -> None:
    client, revision = signed_in(people.helanfang_account), factories.article()
    client.post(at("save", revision))
    own = [one for one in fetched(page(client, address(revision))) if "/js/" in one]
    assert len(own) == 4
    assert sum(len(b"".join(client.get(one))) for one in own) <= SCRIPT_BYTES


def test_my_data_holds_what_i_saved_and_said(people: People, signed_in: Enter) -> None:
    client, revision = signed_in(people.helanfang_account), factories.article()
    client.post(at("save", revision))
    client.post(at("feedback", revision), {"kind": "unclear", "words": "字太难"}, headers=ORIGIN)
    with seeing(client.session.get(TOKEN)), transaction.atomic():
        mine = [parts.PARTS[key].rows(viewer(people.helanfang_account)).count() for key in ("bookmarks", "feedback")]
    assert mine == [1, 1]
