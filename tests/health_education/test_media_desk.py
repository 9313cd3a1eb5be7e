"""Uploading at the editors' desk: what is taken in, what is refused and why, what a text still lacks."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from foundation.models import DatedSetting
from foundation.rowsecurity import acting_as
from health_education.media import storing
from health_education.media.needs import lacking
from health_education.models import Article, Medium, Revision
from residents.models import AccessEvent, Account
from tests import factories
from tests.factories import NOON
from tests.health_education import files
from tests.health_education.test_review import draft
from tests.people import People

SignedIn = Callable[[Account], Client]
WORDS = {"title": "一勺盐", "alt": "一勺盐约5克", "captions": "", "transcript": ""}


def upload(client: Client, article: Article, content: bytes, name: str = "a.png", **words: str) -> Any:
    url = reverse("admin:health_education_medium_upload", args=[article.pk])
    file = SimpleUploadedFile(name, content, content_type="image/png")
    return client.post(url, {**WORDS, **words, "file": file}, follow=True)


def kept() -> list[Medium]:
    with acting_as("owner"):
        return list(Medium.objects.order_by("number"))


def test_an_editor_uploads_a_picture_and_is_told_what_to_paste(people: People, signed_in: SignedIn) -> None:
    revision = draft(people.editor)
    page = upload(signed_in(people.editor), revision.article, files.picture(1000, 500)).content.decode()
    assert "![一勺盐约5克](medium:1)" in page
    [medium] = kept()
    assert [one["name"] for one in medium.renditions][-1] == "1000.jpg"
    assert (medium.uploaded_by, medium.width, medium.height) == (people.editor.pk, 1000, 500)
    with acting_as("owner"):
        assert AccessEvent.objects.filter(action="health_education.medium_uploaded", actor_id=people.editor.pk).exists()


def test_a_file_is_stored_under_its_hash_whatever_its_name(people: People, signed_in: SignedIn) -> None:
    upload(signed_in(people.editor), draft(people.editor).article, files.mp3(), "../../etc/x.html")
    [medium] = kept()
    assert (medium.kind, medium.content_type) == ("audio", "audio/mpeg")
    with storing.opened(medium.sha256) as stored:
        assert stored.read() == files.mp3()
        assert stored.name.endswith(f"education/{medium.sha256[:2]}/{medium.sha256}")


def test_numbers_count_within_the_article_and_the_same_file_comes_once(people: People, signed_in: SignedIn) -> None:
    client, article = signed_in(people.editor), draft(people.editor).article
    upload(client, article, files.picture(10, 10))
    assert "已经有这个文件" in upload(client, article, files.picture(10, 10)).content.decode()
    upload(client, article, files.picture(20, 10))
    upload(client, draft(people.editor).article, files.picture(10, 10))
    assert sorted(medium.number for medium in kept()) == [1, 1, 2]


@pytest.mark.parametrize(
    ("content", "name", "words", "why"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "a.png", {}, "SVG"),
        (b"<html><script>alert(1)</script>", "a.jpg", {}, "不能上传"),
        (b"%PDF-1.7 x", "a.png", {}, "认不出"),
        (b"", "a.png", {}, "空的"),
        (files.mp4(b"hev1"), "a.mp4", {}, "H.264"),
        (files.picture(), "a.png", {"alt": " "}, "请写文字说明"),
        (files.mp4(), "a.mp4", {"captions": "00:01 你好"}, "WebVTT"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(
    people: People, signed_in: SignedIn, content: bytes, name: str, words: dict[str, str], why: str
) -> None:
    page = upload(signed_in(people.editor), draft(people.editor).article, content, name, **words).content.decode()
    assert why in page
    assert kept() == []


def test_a_file_above_the_limit_in_force_is_refused_with_the_limit(people: People, signed_in: SignedIn) -> None:
    factories.made(DatedSetting(key="health_education.audio_megabytes", value=1, valid_from=NOON))
    page = upload(signed_in(people.editor), draft(people.editor).article, files.mp3(70)).content.decode()
    assert "录音最大1兆" in page
    assert kept() == []


def test_a_request_that_is_far_too_large_is_not_spooled_and_told_why(people: People, signed_in: SignedIn) -> None:
    for kind in ("image", "video", "audio"):
        factories.made(DatedSetting(key=f"health_education.{kind}_megabytes", value=1, valid_from=NOON))
    page = upload(signed_in(people.editor), draft(people.editor).article, files.mp3(140)).content.decode()
    assert "没有接收" in page


def test_only_an_editor_uploads_and_only_with_a_token(people: People, signed_in: SignedIn) -> None:
    article = draft(people.editor).article
    assert upload(signed_in(people.reviewer), article, files.picture()).status_code == 404
    assert upload(signed_in(people.helanfang_account), article, files.picture()).status_code == 404
    strict = signed_in(people.editor)
    strict.handler.enforce_csrf_checks = True
    assert upload(strict, article, files.picture()).status_code == 403
    assert kept() == []


def test_an_ended_file_is_shown_nowhere_and_its_row_stays(people: People, signed_in: SignedIn, client: Client) -> None:
    revision = factories.article(body="![一勺盐](medium:1)")
    medium = files.image_of(revision.article)
    signed_in(people.editor).post(reverse("admin:health_education_medium_end", args=[medium.pk]))
    page = client.get(reverse("health_education:article", args=[revision.article.slug])).content.decode()
    assert "<p>一勺盐</p>" in page
    assert [one.ended_at is not None for one in kept()] == [True]


def test_words_are_mended_until_they_are_approved(people: People, signed_in: SignedIn) -> None:
    revision, client = factories.article(body="![盐](medium:1)"), signed_in(people.editor)
    approved, spare = files.image_of(revision.article), files.image_of(revision.article, files.picture(9, 9))
    for medium in (approved, spare):
        url = reverse("admin:health_education_medium_change", args=[medium.pk])
        page = client.post(url, {**WORDS, "alt": "平口一勺"}, follow=True).content.decode()
        assert ("不能再改" in page) == (medium is approved)
    assert [medium.alt for medium in kept()] == ["一勺盐", "平口一勺"]


def of_kind(people: People, kind: str, body: str) -> Revision:
    revision = draft(people.editor, body=body)
    with acting_as("owner"):
        revision.article.kind = kind
        revision.article.save()
    return revision


def asked(revision: Revision) -> str:
    with acting_as("owner"):
        return "、".join(lacking(revision))


def test_a_video_text_needs_its_video_captions_and_transcript(people: People) -> None:
    revision = of_kind(people, "video", "看 ![盐](medium:1)")
    assert "没有对应的文件" in asked(revision)
    assert "至少一个视频" in asked(revision)
    medium = files.medium(revision.article, "video", files.mp4(), content_type="video/mp4")
    assert asked(revision) == "第1号视频的字幕、第1号文件的文字稿"
    with acting_as("owner"):
        Medium.objects.filter(pk=medium.pk).update(captions="WEBVTT", transcript="先放醋")
    assert asked(revision) == ""


def test_an_illustrated_card_needs_a_picture_and_a_plain_text_needs_none(people: People) -> None:
    assert "至少一个图片" in asked(of_kind(people, "illustrated", "少盐"))
    assert asked(of_kind(people, "article", "少盐")) == ""
