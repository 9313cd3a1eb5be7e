"""Articles brought in as files: from a folder, and as a ZIP at the staff site."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from health_education import archives
from health_education.importing import Outcome, bring_in, bring_in_all
from health_education.models import Article, Explains, Review, Revision
from residents.models import Account
from tests import factories
from tests.factories import NOON
from tests.people import People

SignedIn = Callable[[Account], Client]
HEAD = """---
title: 少吃盐，稳血压
summary: 每人每天不超过5克盐。
topic: healthy-eating
audience: [elders, hypertension]
source: 国家卫生健康委《成人高血压食养指南（2023年版）》
---

"""
SALT = HEAD + "## 马上可以做的事\n\n- 先放醋，后放盐。\n"
CARD = SALT.replace("topic:", "kind: explanation\nexplains: ['loinc:718-7']\ntopic:")
ENGLISH = SALT.replace("topic:", "language: en\ntranslation_of: salt\ntopic:")


def brought(people: People, text: str, name: str = "salt.md") -> Outcome:
    with acting_as("owner"):
        return bring_in(name, text.encode(), people.editor, NOON)


def test_a_file_becomes_a_draft_of_whoever_brought_it(people: People) -> None:
    revision = brought(people, SALT).revision
    assert revision is not None
    assert (revision.state, revision.author_id, revision.article.slug) == ("draft", people.editor.pk, "salt")


def test_the_same_file_twice_changes_nothing(people: People) -> None:
    brought(people, SALT)
    assert brought(people, SALT).kind == "same"
    with acting_as("owner"):
        assert Revision.objects.count() == 1


def test_other_words_make_a_new_draft_and_keep_the_old(people: People) -> None:
    brought(people, SALT)
    changed = brought(people, SALT.replace("先放醋", "先放柠檬"))
    assert changed.revision is not None
    assert (changed.kind, changed.revision.number) == ("revised", 2)


def test_another_audience_alone_makes_no_new_wording(people: People) -> None:
    brought(people, SALT)
    moved = brought(people, SALT.replace("elders, hypertension", "everyone"))
    with acting_as("owner"):
        assert (moved.kind, Article.objects.get(slug="salt").audience) == ("refiled", ["everyone"])


def test_another_use_of_an_approved_text_waits_for_a_reviewer(people: People) -> None:
    text = brought(people, CARD, "card-hb.md").revision
    assert text is not None
    verdict = {"reviewer_id": people.reviewer.pk, "reviewer_name": "审核", "verdict": "approved", "reviewed_at": NOON}
    factories.made(Review(revision=text, **verdict))
    with acting_as("owner"):
        Revision.objects.filter(pk=text.pk).update(state="approved")
    moved = brought(people, CARD.replace("elders, hypertension", "everyone").replace("718-7", "789-8"), "card-hb.md")
    with acting_as("owner"):
        waiting = [str(code) for code in Explains.objects.waiting()]
        kept = Article.objects.get(slug="card-hb").audience
    assert (moved.kind, kept, waiting) == ("waits", ["elders", "hypertension"], ["loinc:789-8"])


def test_a_card_brings_its_codes(people: People) -> None:
    brought(people, CARD, "card-hb.md")
    with acting_as("owner"):
        assert Explains.objects.get().code == "718-7"


def test_translations_wait_for_their_originals(people: People) -> None:
    with acting_as("owner"):
        files = {"a-english.md": ENGLISH.encode(), "salt.md": SALT.encode()}
        assert [one.kind for one in bring_in_all(files, people.editor, NOON)] == ["new", "new"]


def in_review(people: People) -> None:
    brought(people, SALT)
    with acting_as("owner"):
        Revision.objects.update(state="review")


def test_a_text_under_review_is_not_overtaken(people: People) -> None:
    in_review(people)
    assert "正在初审或审核" in brought(people, SALT.replace("先放醋", "先放糖")).reasons[0]


def test_a_text_under_review_keeps_who_judges_it(people: People) -> None:
    in_review(people)
    easier = SALT.replace("topic:", "speciality: nutrition\ntopic:")
    assert "正在初审或审核" in brought(people, easier).reasons[0]


BAD = {
    "no head": ("少吃盐。", "没有用两行"),
    "a head that is no YAML": (SALT.replace("[elders", "[[elders"), "读不懂"),
    "a head that unfolds": (SALT.replace("[elders, hypertension]", "&a [elders]\ntags: *a"), "读不懂"),
    "a head without end": (SALT.replace("[elders, hypertension]", "[elders" + ", elders" * 700 + "]"), "读不懂"),
    "a head in depth": (SALT.replace("[elders, hypertension]", "[" * 5000), "读不懂"),
    "a list for a title": (SALT.replace("少吃盐，稳血压", "[a, {b: c}]"), "一行文字"),
    "an unknown topic": (SALT.replace("healthy-eating", "cooking"), "没有这个主题"),
    "an unknown audience": (SALT.replace("elders", "everybody"), "不在可选范围"),
    "no source": (SALT.replace("source:", "sauce:"), "source"),
    "a title without end": (SALT.replace("少吃盐，稳血压", "盐" * 101), "超过100个字"),
    "a missing original": (ENGLISH, "没有找到它译自的文章"),
    "too many bytes": (SALT + "盐" * 40_000, "超过100 KB"),
    "a NUL in the text": (SALT + "\x00", "空字符"),
    "a NUL that YAML writes": (SALT.replace("每人每天不超过5克盐。", '"少\\0盐"'), "空字符"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_refused_with_the_reason_and_leaves_nothing(people: People, what: str) -> None:
    text, reason = BAD[what]
    outcome = brought(people, text)
    assert (outcome.kind, reason in " ".join(outcome.reasons)) == ("refused", True), outcome.reasons
    with acting_as("owner"):
        assert not Article.objects.exists()


@pytest.mark.parametrize("name", ["../salt.md/..", "Salt.md", "少吃盐.md", "search.md", "a--b.md", "x" * 81 + ".md"])
def test_a_name_that_is_no_address_is_refused(people: People, name: str) -> None:
    assert "文件名" in brought(people, SALT, name).reasons[0]


def test_other_encodings_are_refused_in_words(people: People) -> None:
    with acting_as("owner"):
        outcome = bring_in("salt.md", SALT.encode("gbk"), people.editor, NOON)
    assert "UTF-8" in outcome.reasons[0]


def test_a_code_of_another_card_is_refused(people: People) -> None:
    brought(people, CARD, "card-hb.md")
    assert "loinc:718-7" in brought(people, CARD, "card-hb-two.md").reasons[0]


# --- the command


def test_the_command_takes_the_good_files_and_names_the_bad(people: People, tmp_path: Path) -> None:
    (tmp_path / "salt.md").write_text(SALT)
    (tmp_path / "bad.md").write_text("没有开头")
    out, errors = io.StringIO(), io.StringIO()
    with acting_as("owner"), pytest.raises(CommandError, match="1个文件没有导入"):
        call_command("import_articles", str(tmp_path), author="bianji", stdout=out, stderr=errors)
    assert "新文章，已存为草稿 1" in out.getvalue()
    assert "没有用两行" in errors.getvalue()


@pytest.mark.parametrize("author", ["nobody", "shenhe"])
def test_the_command_wants_an_editor(people: People, tmp_path: Path, author: str) -> None:
    with acting_as("owner"), pytest.raises(CommandError, match="宣教编辑"):
        call_command("import_articles", str(tmp_path), author=author)


# --- the ZIP


def packed(files: dict[str, str | bytes], **options: Any) -> io.BytesIO:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", **options) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    target.seek(0)
    return target


def link() -> io.BytesIO:
    entry = zipfile.ZipInfo("salt.md")
    entry.external_attr = 0o120777 << 16
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    target.seek(0)
    return target


def lying() -> io.BytesIO:
    """An archive that says its file is a few bytes long."""
    raw = packed({"salt.md": "盐" * 300_000}, compression=zipfile.ZIP_DEFLATED).getvalue()
    size = (900_000).to_bytes(4, "little")
    return io.BytesIO(raw.replace(size, (20).to_bytes(4, "little")))


TRICKS = {
    "a way out": (packed({"../salt.md": SALT}), "指向别处"),
    "a root": (packed({"/etc/salt.md": SALT}), "指向别处"),
    "a backslash": (packed({"..\\salt.md": SALT}), "指向别处"),
    "a link": (link(), "链接"),
    "a bomb": (packed({"salt.md": "0" * 30_000_000}, compression=zipfile.ZIP_DEFLATED), "太大"),
    "a lie about size": (lying(), "太大|不是完整"),
    "another kind of file": (packed({"run.exe": "MZ"}), "只能放 .md 文件"),
    "a crowd": (packed({f"a{n}.md": "x" for n in range(301)}), "超过300个"),
    "twins": (packed({"a/salt.md": SALT, "b/salt.md": SALT}), "同名"),
    "nothing": (packed({}), "没有 .md 文件"),
    "no archive": (io.BytesIO(b"PK\x03\x04rubbish"), "ZIP"),
}


@pytest.mark.parametrize("what", TRICKS)
def test_a_tricky_archive_is_not_opened(what: str) -> None:
    file, reason = TRICKS[what]
    with pytest.raises(ValidationError, match=reason):
        archives.texts_in(file, len(file.getvalue()))


def upload(client: Client, file: io.BytesIO) -> str:
    sent = SimpleUploadedFile("texts.zip", file.getvalue(), "application/zip")
    response = client.post(reverse("admin:health_education_article_import"), {"file": sent})
    assert response.status_code == 200
    return response.content.decode()


def test_an_editor_brings_in_a_zip_and_reads_what_became_of_each(people: People, signed_in: SignedIn) -> None:
    page = upload(
        signed_in(people.editor), packed({"texts/salt.md": SALT, "texts/bad.md": "x", "__MACOSX/._salt.md": "x"})
    )
    assert ("新文章，已存为草稿" in page, "没有用两行" in page) == (True, True)
    with acting_as("owner"):
        assert Revision.objects.get().author_id == people.editor.pk


def test_a_reviewer_brings_nothing_in(people: People, signed_in: SignedIn) -> None:
    assert signed_in(people.reviewer).get(reverse("admin:health_education_article_import")).status_code == 403


def test_an_article_that_residents_read_stays_until_the_new_words_are_published(people: People) -> None:
    live = factories.article("现在的题目")
    text = brought(people, SALT, f"{live.article.slug}.md")
    with acting_as("owner"):
        assert text.kind == "revised"
        assert Revision.objects.live(NOON).get().title == "现在的题目"
