"""`make crawl`: every page that links lead to, in Chromium, as several people and in several modes.

Each page is looked at for each visitor: WCAG A/AA by axe, console errors, policy violations, sideways scroll, links
that lead nowhere. A file is fetched and looked into. Addresses of one kind are looked at twice at most.
`-s` tells the troubles as they come.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser import Watch
from tests.county import demonstration
from tests.crawl.visitors import VISITS, Eyes, Visitor
from tests.crawl.walk import Walk

FEW = 12  # whoever sees fewer has met a closed door


@pytest.fixture(autouse=True)
def county(db: None) -> Iterator[None]:
    with demonstration():
        yield


@pytest.mark.parametrize(("visitor", "eyes"), VISITS, ids=lambda one: one.name)
def test_every_page(
    visitor: Visitor, eyes: Eyes, browser: Browser, live_server: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    context = browser.new_context(**eyes.browser)
    context.add_cookies(
        [{"name": name, "value": value, "url": live_server.url} for name, value in eyes.cookies.items()]
    )
    page = context.new_page()
    watch = Watch(page)
    visitor.enter(page, live_server.url)
    walk = Walk(page, live_server.url, watch, eyes.of_a_kind, eyes.also, visitor.desk)
    walk.go()
    if not visitor.is_still_in(page, live_server.url):
        watch.troubles.append("signed out, or no longer acting for anybody, at the end of the walk")
    if walk.pages < FEW:
        watch.troubles.append(f"no more than {walk.pages} pages: the walk was cut short somewhere")
    context.close()
    with capsys.disabled():
        seen = f"{walk.pages:>4} pages, {walk.files:>2} files, {len(watch.troubles)} troubles"
        print(f"\n{visitor.name:<24}{eyes.name:<14}{seen}", end="")
    print("", *watch.troubles, sep="\n  ")
    assert not watch.troubles, "\n".join(watch.troubles)
