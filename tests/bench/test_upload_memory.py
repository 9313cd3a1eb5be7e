"""`make bench`: a long video goes in and out through a real socket and needs no more memory than a short one."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from health_education.models import Medium
from residents.models import Account
from tests.bench.test_articles import GRANIAN, answers, session_of
from tests.faults.breaking import process, until
from tests.health_education import files
from tests.health_education.test_media_desk import kept
from tests.health_education.test_review import draft
from tests.people import People
from tests.portal.test_launcher import free_port

MEGABYTE = 1024 * 1024
SMALL, LARGE = 2, 199  # of 200 that the settings allow
MOST_MORE = 16  # megabytes; a body held once would be 197
WORDS = {"title": "怎样少放盐", "alt": "", "captions": "", "transcript": ""}


@pytest.fixture
def server(db: None, tmp_path: Path) -> Iterator[tuple[str, int]]:
    """The site's address, and the session of its processes."""
    port = free_port()
    options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--blocking-threads", "1"]
    command = [GRANIAN, *options, "--log-level", "warning", "portal.wsgi:application"]
    with process(*command, login="test", MEDIA_ROOT=str(tmp_path / "media")) as run:
        address = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=address, trust_env=False, timeout=30) as visitor:
            until(lambda: answers(visitor), "the web server")
        yield address, run.pid


@pytest.fixture
def editor(server: tuple[str, int], people: People, signed_in: Callable[[Account], Client]) -> Iterator[httpx.Client]:
    """An editor's browser."""
    cookie = signed_in(people.editor).cookies[settings.SESSION_COOKIE_NAME]
    with httpx.Client(
        base_url=server[0], cookies={cookie.key: cookie.value}, trust_env=False, timeout=120, follow_redirects=True
    ) as browser:
        yield browser


def film(path: Path, megabytes: int) -> Path:
    """A film of this size; its frames are noise, as those of a film are."""
    whole = files.mp4()
    frames = megabytes * MEGABYTE - 8
    with path.open("wb") as file:
        file.write(whole[: whole.index(b"mdat") - 4] + (frames + 8).to_bytes(4, "big") + b"mdat")
        for _ in range(megabytes - 1):
            file.write(os.urandom(MEGABYTE))
        file.write(os.urandom(MEGABYTE - 8))
    return path


def peak(session: int, deed: Callable[[], None]) -> float:
    """Megabytes that the server's processes take at most during a deed, each at its own worst moment."""
    processes = [Path(entry) for entry in Path("/proc").glob("[0-9]*") if session_of(entry) == session]
    for one in processes:
        (one / "clear_refs").write_text("5")  # begins the peak anew
    deed()
    told = [re.search(r"VmHWM:\s+(\d+)", (one / "status").read_text()) for one in processes]
    return sum(int(match[1]) for match in told if match) / 1024


def upload(browser: httpx.Client, path: Path, author: Account) -> None:
    """Upload a film as the desk's form does."""
    article = draft(author).article
    page = browser.get(reverse("admin:health_education_medium_files", args=[article.pk]))
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token, page.text[:2000]
    with path.open("rb") as file:
        answer = browser.post(
            reverse("admin:health_education_medium_upload", args=[article.pk]),
            data={**WORDS, "csrfmiddlewaretoken": token[1]},
            files={"file": ("film.mp4", file, "video/mp4")},
            headers={"Origin": str(browser.base_url).rstrip("/")},
        )
    assert "已上传" in answer.text, answer.text[:2000]


def download(browser: httpx.Client, medium: Medium) -> None:
    """Watch a film to its end, and keep none of it."""
    with browser.stream("GET", reverse("health_education:file", args=[medium.pk, "file"])) as answer:
        assert sum(len(piece) for piece in answer.iter_bytes()) == medium.size


def test_a_long_video_takes_no_more_memory_than_a_short_one(
    server: tuple[str, int], editor: httpx.Client, people: People, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    needed: dict[str, float] = {}
    for megabytes in (SMALL, LARGE):
        path = film(tmp_path / "film.mp4", megabytes)
        needed[f"{megabytes} MB in"] = peak(server[1], lambda path=path: upload(editor, path, people.editor))
        [medium] = [one for one in kept() if one.size == path.stat().st_size]
        needed[f"{megabytes} MB out"] = peak(server[1], lambda medium=medium: download(editor, medium))
    with capsys.disabled():
        print("".join(f"\n{what:>10}: {most:.0f} MB of memory" for what, most in needed.items()))
    small, _, *large = needed.values()
    assert max(large) <= small + MOST_MORE
