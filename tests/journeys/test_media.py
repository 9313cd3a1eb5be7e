"""A picture and a recording from the editor's desk to a resident's phone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from residents.models import Account
from tests import factories
from tests.browser import Watch
from tests.health_education import files
from tests.people import People

pytestmark = pytest.mark.browser
Enter = Callable[[Account], Client]
LOADED = "image => image.decode().then(() => image.naturalWidth)"
LENGTH = """sound => new Promise(found => {
    sound.addEventListener("loadedmetadata", () => found(Math.round(sound.duration)));
    sound.preload = "metadata"; sound.load(); })"""


def test_an_editor_uploads_what_residents_then_see_and_hear(
    page: Page, watch: Watch, live_server: Any, signed_in: Enter, people: People, tmp_path: Path
) -> None:
    revision = factories.article(body="## 少放盐\n\n![](medium:1)\n\n![](medium:2)")
    key = signed_in(people.editor).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}])
    page.goto(live_server.url + reverse("admin:health_education_medium_files", args=[revision.article_id]))
    watch.look()
    for name, content, words in (
        ("salt.jpg", files.picture(700, 400, "JPEG"), {"alt": "一勺盐约5克"}),
        ("talk.wav", files.wav(3), {"transcript": "做菜先放醋，后放盐。"}),
    ):
        (tmp_path / name).write_bytes(content)
        page.set_input_files("input[type=file]", tmp_path / name)
        for field, text in {"title": "怎样少放盐", **words}.items():
            page.fill(f"#id_{field}", text)
        watch.follow(page.get_by_role("button", name="上传", exact=True))
        expect(page.locator("ul.messagelist")).to_contain_text("已上传")
    watch.look()

    page.context.clear_cookies()
    page.goto(live_server.url + reverse("health_education:article", args=[revision.article.slug]))
    watch.look()
    assert page.get_by_role("img", name="一勺盐约5克").evaluate(LOADED) > 300
    assert page.locator("audio").evaluate(LENGTH) == 3
    page.get_by_text("看文字稿").click()
    expect(page.get_by_text("做菜先放醋，后放盐。")).to_be_visible()
