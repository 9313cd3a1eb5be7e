"""Finding: what a search shows, what helps where it found nothing, what editors hear of it."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, connections, transaction
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from health_education import finding
from health_education.marking import hit, pieces
from health_education.models import FailedSearch, SynonymGroup, Topic
from residents.models import Account
from tests import factories
from tests.factories import NOON
from tests.people import People

ARTICLES = reverse("health_education:articles")
SignIn = Callable[[Account], Client]


def page(client: Client, query: str = "") -> str:
    response = client.get(ARTICLES + query)
    assert response.status_code == 200
    return response.content.decode()


def missed() -> dict[str, int]:
    with acting_as("owner"):
        return dict(FailedSearch.objects.values_list("words", "times"))


# What a search shows.


def test_the_sentence_that_was_hit_is_shown_and_marked(db: None, client: Client) -> None:
    factories.article("厨房里的事", "## 做法\n\n- 先放**醋**。\n- 慢性肾病的人少放酱油，多放葱姜。")
    assert "<mark>慢性肾病</mark>的人少放酱油，多放葱姜。" in page(client, "?q=慢性肾病")


def test_other_ways_to_say_it_are_found_and_marked(db: None, client: Client) -> None:
    factories.article("脑卒中的信号")
    assert "<mark>脑卒中</mark>的信号" in page(client, "?q=中风")


def test_a_mark_holds_words_and_never_markup(db: None) -> None:
    revision = factories.article("<b>血压</b>")
    assert [piece.text for piece in hit(revision, ["血压"]).title] == ["<b>", "血压", "</b>"]


@pytest.mark.parametrize("text", ["血压高血压", "", "B超b超", "完全没有"])
def test_the_pieces_are_the_text(text: str) -> None:
    assert "".join(piece.text for piece in pieces(text, ["血压", "b超"])) == text


def test_a_letter_beside_a_character_is_one_word(db: None, client: Client) -> None:
    factories.article("一篇", "查B超。")
    factories.article("二篇", "维生素B吃多了，超过一天。")
    shown = page(client, "?q=B超")
    assert "一篇" in shown
    assert "二篇" not in shown


def test_many_words_in_the_text_do_not_outweigh_the_title(db: None, client: Client) -> None:
    factories.article("常见的问题", "接种疫苗。" * 60, at=NOON)
    factories.article("接种疫苗", "一次。", at=NOON - timedelta(days=300))
    shown = page(client, "?q=接种疫苗")
    assert shown.index('<span class="row-title"><mark>接种疫苗') < shown.index("常见的问题")


def test_editors_add_a_synonym_and_it_is_found_at_once(people: People, signed_in: SignIn, client: Client) -> None:
    factories.article("帕金森病怎么照顾")
    assert "帕金森病怎么照顾" not in page(client, "?q=抖抖病").split("您也许想看")[0]
    signed_in(people.editor).post(
        reverse("admin:health_education_synonymgroup_add"), {"terms": "抖抖病\n帕金森病", "ended_at_0": ""}
    )
    try:
        assert "<mark>帕金森病</mark>怎么照顾" in page(client, "?q=抖抖病")
        with acting_as("owner"):
            assert FailedSearch.objects.get(words="抖抖病").settled_how == FailedSearch.Settled.SYNONYM
    finally:
        with acting_as("owner"):
            SynonymGroup.objects.filter(terms__contains=["抖抖病"]).delete()


# Where nothing was found.


def test_near_titles_are_offered_where_nothing_was_found(db: None, client: Client) -> None:
    factories.article("高血压患者怎么走路")
    shown = page(client, "?q=高血压能不能吃西瓜")
    assert "没有找到合适的文章" in shown
    assert "高血压患者怎么走路" in shown


def test_a_topic_is_offered_where_nothing_was_found(db: None, client: Client) -> None:
    revision = factories.article("打针")
    with acting_as("owner"):
        Topic.objects.filter(pk=revision.article.topic_id).update(name="预防接种")
    assert f"?topic={revision.article.topic.slug}" in page(client, "?q=接种以后发痒").split("您也许想看")[1]


def test_what_nobody_found_reaches_the_editors_list(people: People, signed_in: SignIn, client: Client) -> None:
    for _ in range(2):
        page(client, "?q=量子 纠缠！")
    assert missed() == {"量子 纠缠": 2}
    shown = signed_in(people.editor).get(reverse("admin:health_education_failedsearch_changelist"))
    assert "量子 纠缠" in shown.content.decode()


def test_an_article_is_begun_with_the_words_that_nobody_found(
    people: People, signed_in: SignIn, client: Client
) -> None:
    page(client, "?q=量子纠缠 a")
    editor = signed_in(people.editor)
    listed = editor.get(reverse("admin:health_education_failedsearch_changelist")).content.decode()
    [link] = re.findall(r'href="([^"]+)">写文章<', listed)
    form = editor.get(link).content.decode()
    assert re.search(r'<input type="text" name="revisions-0-title" value="量子纠缠 a"', form)


def test_editors_settle_a_word(people: People, signed_in: SignIn, client: Client) -> None:
    page(client, "?q=量子纠缠")
    with acting_as("owner"):
        key = FailedSearch.objects.get().pk
    address = reverse("admin:health_education_failedsearch_changelist")
    signed_in(people.editor).post(address, {"action": "needs_nothing", "_selected_action": [str(key)]})
    with acting_as("owner"):
        settled = FailedSearch.objects.get()
    assert (settled.settled_how, settled.settled_name) == ("nothing", people.editor.name)


@pytest.mark.parametrize(
    "typed", ["13900001111", "640199195702130125", "6401 9919 57", "张三 19900000001", "！？", "１３９００００"]
)
def test_what_may_be_somebodys_number_is_not_kept(db: None, client: Client, typed: str) -> None:
    page(client, f"?q={typed}")
    assert missed() == {}


def test_a_search_that_was_narrowed_is_not_called_failed(db: None, client: Client) -> None:
    factories.article("少吃盐")
    page(client, "?q=少吃盐&audience=elders")
    assert missed() == {}


def test_a_search_that_found_something_is_not_kept(db: None, client: Client) -> None:
    factories.article("少吃盐")
    page(client, "?q=少吃盐")
    assert missed() == {}


def test_only_so_many_new_words_a_minute_are_kept(db: None) -> None:
    with transaction.atomic():
        for number in range(40):
            finding.note_failure(f"词{number}")
    assert len(missed()) == 30


def test_the_oldest_word_that_was_asked_once_makes_room(db: None) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO health_education_failedsearch (id, words, times, first_at, last_at, settled_name, settled_how)"
            " SELECT gen_random_uuid(), '旧' || n, CASE WHEN n = 1 THEN 2 ELSE 1 END, %(t)s, %(t)s::timestamptz"
            " + n * interval '1 second', '', '' FROM generate_series(1, 2000) n",
            {"t": NOON - timedelta(days=9)},
        )
    with transaction.atomic():
        finding.note_failure("新词")
    kept = missed()
    assert (len(kept), "新词" in kept, "旧1" in kept, "旧2" in kept) == (2000, True, True, False)


def test_the_database_keeps_no_number_even_from_its_owner(db: None) -> None:
    with pytest.raises(DatabaseError, match="failed_search_holds_no_number"), acting_as("owner"):
        FailedSearch.objects.create(words="电话13900001111", first_at=NOON, last_at=NOON)


def test_a_visitor_can_neither_read_nor_write_the_list(db: None) -> None:
    finding.note_failure("量子纠缠")
    with transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM health_education_failedsearch")
        assert cursor.fetchone() == (0,)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        FailedSearch.objects.create(words="直接写", first_at=NOON, last_at=NOON)
