"""A public article: what it costs to make, and how fast a kept copy goes out against nginx serving the same bytes."""

import re
import shutil
import statistics
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.rowsecurity import acting_as
from health_education.library import STARTER, read
from health_education.models import Review, Revision
from tests import factories
from tests.bench.front import nginx
from tests.budget import statements

SECONDS, ROUNDS, REQUESTS = 2, 3, 60
MOST_STATEMENTS, MOST_CPU, LEAST_RATIO, FRESH_WITHIN = 6, 8.0, 0.5, 10.0


@pytest.fixture
def address(db: None) -> str:
    """An article of the starter library with others beside it."""
    text = read("eat-less-salt", (STARTER / "eat-less-salt.md").read_text(encoding="utf-8"))
    for number in range(5):
        factories.article(f"第{number}篇", body=text.body)
    revision = factories.article(text.one("title"), body=text.body)
    return reverse("health_education:article", args=[revision.article.slug])


def cpu() -> float:
    """Milliseconds of processor time this process has used."""
    return time.process_time() * 1000


def test_an_article_costs_few_statements_and_little_time(address: str, client: Client) -> None:
    for _ in range(5):
        client.get(address)
    with CaptureQueriesContext(connections["default"]) as web, CaptureQueriesContext(connections["signin"]) as signin:
        client.get(address)
    asked = len(statements(web)) + len(statements(signin))
    rounds = []
    for _ in range(ROUNDS):
        started = cpu()
        for _ in range(REQUESTS):
            client.get(address)
        rounds.append((cpu() - started) / REQUESTS)
    print(f"\n未缓存的文章：{asked} 条语句，{statistics.median(rounds):.2f} CPU 毫秒")
    assert asked <= MOST_STATEMENTS
    assert statistics.median(rounds) <= MOST_CPU


def pace(address: str) -> float:
    """Requests a second, by wrk over loopback."""
    said = subprocess.run(
        ["wrk", "-t1", "-c16", f"-d{SECONDS}s", address], capture_output=True, text=True, check=True, timeout=30
    ).stdout
    assert "Non-2xx" not in said, said
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert found, said
    return float(found[1])


def test_a_kept_copy_goes_out_half_as_fast_as_a_file(address: str, live_server: Any, tmp_path: Path) -> None:
    if shutil.which("wrk") is None:
        pytest.skip("本机没有 wrk（apt-get install wrk）")
    with nginx(tmp_path, live_server.url.removeprefix("http://")) as front:
        page = httpx.get(front + address)
        (tmp_path / "floor" / "page.html").write_bytes(page.content)
        pairs = [(pace(front + address), pace(front + "/floor/page.html")) for _ in range(ROUNDS)]
    ours, floor = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"\n缓存的文章：{ours:,.0f} 次/秒；nginx 直接发同样的字节：{floor:,.0f} 次/秒；比值 {ours / floor:.2f}")
    assert ours / floor >= LEAST_RATIO


def test_an_edit_is_seen_within_ten_seconds(address: str, live_server: Any, tmp_path: Path) -> None:
    with nginx(tmp_path, live_server.url.removeprefix("http://")) as front:
        assert "新写的一句话" not in httpx.get(front + address).text
        publish_another(address, "新写的一句话")
        started = time.monotonic()
        while "新写的一句话" not in httpx.get(front + address).text:
            assert time.monotonic() - started < FRESH_WITHIN
    print(f"\n改动后 {time.monotonic() - started:.1f} 秒看到新内容")


def publish_another(address: str, body: str) -> None:
    """A newer wording of the article at `address`, published now."""
    with acting_as("owner"):
        old = Revision.objects.get(article__slug=address.rstrip("/").rsplit("/", 1)[1])
        names = ("article_id", "title", "summary", "source", "author_name", "author_id", "publish_at", "review_due_on")
        new = Revision(number=2, body=body, **{name: getattr(old, name) for name in names if name != "publish_at"})
        new.review_due_on = None
        new.save(force_insert=True)
        Review(
            revision=new, reviewer_id=old.pk, reviewer_name="审核", verdict="approved", reviewed_at=old.publish_at
        ).save(force_insert=True)
        new.state, new.publish_at, new.review_due_on = "approved", old.publish_at, old.review_due_on
        new.save()
