"""Files of articles as browsers ask for them: whole, in parts, again; and who may."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.rowsecurity import acting_as
from health_education.media.ranges import Part, Unsatisfiable, wanted
from health_education.models import Medium, Revision
from residents.models import Account
from tests import factories
from tests.factories import NOON
from tests.health_education import files
from tests.people import People
from tests.sessions import session_of

SignedIn = Callable[[Account], Client]
FILM = files.mp4()
CUES = "WEBVTT\n\n00:00.000 --> 00:02.000\n先放醋"


def url(medium: Medium, rendition: str = "file") -> str:
    return reverse("health_education:file", args=[medium.pk, rendition])


def film(revision: Revision, **fields: Any) -> Medium:
    facts = {"content_type": "video/mp4", "width": 640, "height": 360, "seconds": 90, **fields}
    return files.medium(revision.article, "video", FILM, **facts)


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("", None),
        ("bytes=0-", Part(0, 99)),
        ("bytes=10-19", Part(10, 19)),
        ("bytes=90-900", Part(90, 99)),
        ("bytes=-5", Part(95, 99)),
        ("bytes=-500", Part(0, 99)),
        ("bytes=99-99", Part(99, 99)),
        ("bytes=20-10", None),
        ("bytes=0-1,5-6", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("items=0-1", None),
        ("bytes=٣-", None),
    ],
)
def test_a_range_names_its_bytes_and_nonsense_the_whole(header: str, part: Part | None) -> None:
    assert wanted(header, 100) == part


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=900-901", "bytes=-0"])
def test_a_range_behind_the_end_cannot_be_had(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        wanted(header, 100)


def test_a_video_comes_whole_and_sealed_off(db: None, client: Client) -> None:
    answer = client.get(url(film(factories.article())))
    assert (answer.status_code, body(answer)) == (200, FILM)
    assert answer["Content-Type"] == "video/mp4"
    assert answer["Content-Length"] == str(len(FILM))
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_video_comes_in_the_part_that_was_asked_for(db: None, client: Client) -> None:
    answer = client.get(url(film(factories.article())), headers={"Range": "bytes=4-11"})
    assert (answer.status_code, body(answer)) == (206, FILM[4:12])
    assert answer["Content-Range"] == f"bytes 4-11/{len(FILM)}"
    assert answer["Content-Length"] == "8"


def test_a_part_behind_the_end_is_refused_with_the_size(db: None, client: Client) -> None:
    answer = client.get(url(film(factories.article())), headers={"Range": "bytes=99999-"})
    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{len(FILM)}")


@pytest.mark.parametrize(("held", "status"), [("same", 206), ('"other"', 200), ("Sun, 06 Nov 1994 08:49:37 GMT", 200)])
def test_a_part_is_sent_only_to_who_holds_the_same_file(db: None, client: Client, held: str, status: int) -> None:
    medium = film(factories.article())
    tag = client.head(url(medium))["ETag"] if held == "same" else held
    assert client.get(url(medium), headers={"Range": "bytes=0-3", "If-Range": tag}).status_code == status


def test_a_head_tells_the_size_and_sends_nothing(db: None, client: Client) -> None:
    answer = client.head(url(film(factories.article())))
    assert (answer["Content-Length"], answer.content) == (str(len(FILM)), b"")


def test_who_has_it_already_is_told_so(db: None, client: Client) -> None:
    medium = film(factories.article())
    tag = client.get(url(medium))["ETag"]
    assert client.get(url(medium), headers={"If-None-Match": tag}).status_code == 304


def test_a_picture_comes_in_its_widths_and_no_other(db: None, client: Client) -> None:
    medium = files.image_of(factories.article().article, files.picture(600, 300))
    answer = client.get(url(medium, "480.webp"))
    assert (answer["Content-Type"], body(answer)[8:12]) == ("image/webp", b"WEBP")
    assert [client.get(url(medium, name)).status_code for name in ("600.jpg", "960.jpg", "file", "x")] == [
        200,
        404,
        404,
        404,
    ]


def test_captions_come_as_text_for_players(db: None, client: Client) -> None:
    answer = client.get(url(film(factories.article(), captions=CUES), "captions.vtt"))
    assert (answer["Content-Type"], answer.content.decode()) == ("text/vtt; charset=utf-8", CUES)


def test_the_web_server_in_front_may_send_it(db: None, client: Client, settings: Any) -> None:
    settings.MEDIA_ACCEL = "/kept/"
    medium = film(factories.article())
    answer = client.get(url(medium), headers={"Range": "bytes=4-11"})
    place = f"/kept/education/{medium.sha256[:2]}/{medium.sha256}"
    assert (answer.status_code, answer["X-Accel-Redirect"], answer.content) == (200, place, b"")


def unseen(revision: Revision, how: str) -> Medium:
    """A film that residents may not have: its article is a draft, is to come, was withdrawn; or the film was ended."""
    medium = film(revision)
    with acting_as("owner"):
        if how == "to come":
            Revision.objects.filter(pk=revision.pk).update(publish_at=timezone.now() + timedelta(days=1))
        elif how == "withdrawn":
            type(revision.article).objects.filter(pk=revision.article_id).update(
                withdrawn_at=NOON, withdrawn_because="改版"
            )
        else:
            Medium.objects.filter(pk=medium.pk).update(ended_at=NOON)
    return medium


@pytest.mark.parametrize("how", ["to come", "withdrawn", "ended"])
def test_only_editors_and_reviewers_see_what_is_not_public(
    how: str, people: People, signed_in: SignedIn, client: Client
) -> None:
    medium = unseen(factories.article(), how)
    assert client.get(url(medium)).status_code == 404
    assert signed_in(people.helanfang_account).get(url(medium)).status_code == 404
    for account in (people.editor, people.reviewer):
        answer = signed_in(account).get(url(medium))
        assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-cache")


def test_a_visitor_reads_no_row_of_a_file_that_is_not_public(db: None) -> None:
    unseen(factories.article(), "withdrawn")
    with transaction.atomic():
        assert not Medium.objects.exists()


def test_nobody_deletes_a_file_or_changes_what_it_is(people: People, signed_in: SignedIn) -> None:
    medium = film(factories.article())
    for statement in ("DELETE FROM health_education_medium", "UPDATE health_education_medium SET sha256 = sha256"):
        with pytest.raises(DatabaseError, match="permission denied"), session_of(signed_in(people.editor)):
            connection.cursor().execute(statement)
    with acting_as("owner"):
        assert Medium.objects.filter(pk=medium.pk).exists()


def test_words_that_a_reviewer_approved_stay_and_others_change(people: People, signed_in: SignedIn) -> None:
    revision = factories.article(body="![盐](medium:1)")
    approved, spare = film(revision), files.medium(revision.article, "audio", files.mp3(), content_type="audio/mpeg")
    with session_of(signed_in(people.editor)):
        assert Medium.objects.filter(pk=spare.pk).update(transcript="先放醋") == 1
    with pytest.raises(DatabaseError, match="words that were approved stay"), session_of(signed_in(people.editor)):
        Medium.objects.filter(pk=approved.pk).update(transcript="先放盐")
    with session_of(signed_in(people.editor)):
        assert Medium.objects.filter(pk=approved.pk).update(ended_at=NOON) == 1


def test_a_number_is_not_named_by_a_longer_one(people: People, signed_in: SignedIn) -> None:
    medium = film(factories.article(body="![](medium:12) ![](medium:1-2)"))
    with session_of(signed_in(people.editor)):
        assert Medium.objects.filter(pk=medium.pk).update(transcript="先放醋") == 1


def test_a_poster_is_a_picture_of_the_same_article(db: None) -> None:
    medium, foreign = film(factories.article()), files.image_of(factories.article().article)
    with pytest.raises(DatabaseError, match="poster"), acting_as("owner"):
        Medium.objects.filter(pk=medium.pk).update(poster=foreign)


def test_a_picture_without_words_cannot_be_kept(db: None) -> None:
    with pytest.raises(DatabaseError, match="image_has_words"):
        files.image_of(factories.article().article, alt=" ")


def test_the_page_shows_pictures_players_captions_and_transcript(db: None, client: Client) -> None:
    revision = factories.article(body="少盐\n\n![](medium:1)\n\n![](medium:2)\n\n![](medium:3)\n\n![外人](medium:9)")
    poster = files.image_of(revision.article)
    video = film(revision, captions=CUES, transcript="先放醋\n\n后放盐")
    voice = files.medium(revision.article, "audio", files.mp3(), content_type="audio/mpeg", title="听一听", seconds=65)
    page = client.get(reverse("health_education:article", args=[revision.article.slug])).content.decode()
    for part in (
        url(poster, "40.webp"),
        url(video),
        url(video, "captions.vtt"),
        url(voice),
        "<p>后放盐</p>",
        "1:05",
        "外人",
    ):
        assert part in page
    assert page.count("<video") == page.count("<audio") == page.count("<figure>") == 1
