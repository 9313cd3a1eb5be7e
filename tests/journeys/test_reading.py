"""Reading in a real browser: without a network what was saved still opens, and the voice is followed by a mark."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from health_education.models import Revision
from residents.models import Account
from tests import factories
from tests.browser import Watch
from tests.health_education import files
from tests.health_education.test_pages import address
from tests.people import People

pytestmark = pytest.mark.browser
Enter = Callable[[Account], Client]
BODY = "## 马上可以做的事\n\n- 先放**醋**，后放盐。再尝一尝。\n- 每天1.5公里。\n\n多走路。"
# A voice that says nothing and takes a moment, as no machine of the tests has one.
VOICE = """
window.spoken = [];
window.SpeechSynthesisUtterance = function (text) { this.text = text; };
Object.defineProperty(window, "speechSynthesis", { value: {
  getVoices: function () { return [{ lang: "zh-CN", name: "test" }]; },
  addEventListener: function () {},
  cancel: function () { window.clearTimeout(this.timer); },
  speak: function (words) {
    window.spoken.push([words.text.trim(), words.lang, words.rate]);
    if (!window.hold) this.timer = window.setTimeout(words.onend, 30);
  }
} });
"""


@pytest.fixture
def article(people: People) -> Revision:
    return factories.article("少吃盐，稳血压", BODY)


@pytest.fixture
def base(page: Page, live_server: Any, people: People, article: Revision, signed_in: Enter) -> Iterator[str]:
    """The site's address, where she is signed in."""
    key = signed_in(people.helanfang_account).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}])
    yield live_server.url
    page.context.set_offline(False)


def save(page: Page, watch: Watch, base: str, article: Revision) -> None:
    page.goto(base + address(article))
    watch.look()
    watch.leave(page.get_by_role("button", name="收藏"))
    expect(page.get_by_text("已存到这台设备")).to_be_visible()
    watch.look()


def test_a_saved_article_opens_without_a_network(page: Page, watch: Watch, base: str, article: Revision) -> None:
    save(page, watch, base, article)
    page.context.set_offline(True)
    page.goto(base + address(article))
    expect(page.get_by_text("没有网络，这是存在这台设备上的文章")).to_be_visible()
    expect(page.locator("article")).to_contain_text("先放醋，后放盐")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgba(0, 0, 0, 0)", "without its style"
    page.goto(f"{base}/education/")
    expect(page.get_by_role("link", name="少吃盐，稳血压")).to_be_visible()
    watch.look()


# What long use leaves behind: more pages than are kept, one of long ago, and a picture and a style that none names.
LONG_USE = """
async () => {
  const store = await caches.open('kept-1'), day = 24 * 3600 * 1000;
  const put = (path, type, days) => store.put(path, new Response("", {
    headers: { "Content-Type": type, "X-Kept-At": Date.now() - days * day, "X-Kept-Title": "x" } }));
  await put("/education/long-ago/", "text/html", 181);
  for (let n = 1; n <= 105; n++) await put("/education/other-" + n + "/", "text/html", n);
  await put("/education/files/gone/480.jpg", "image/jpeg", 1);
  await put("/static/css/of-last-year.css", "text/css", 1);
}
"""


def test_what_is_kept_stays_within_a_number_and_an_age(page: Page, watch: Watch, base: str, article: Revision) -> None:
    page.goto(base + address(article))
    page.evaluate(LONG_USE)
    save(page, watch, base, article)
    names = "caches.open('kept-1').then(s => s.keys()).then(keys => keys.map(k => new URL(k.url).pathname))"
    kept = page.evaluate(names)
    others = [f"/education/other-{n}/" for n in range(1, 100)]  # with the article itself a hundred, the newest
    pages = [path for path in kept if path.startswith("/education/") and "on-this-device" not in path]
    assert sorted(pages) == sorted([address(article), *others])
    assert "/static/css/portal.css" in kept and "/static/css/of-last-year.css" not in kept


def test_what_is_kept_carries_nothing_of_the_reader(page: Page, watch: Watch, base: str, article: Revision) -> None:
    save(page, watch, base, article)
    kept = page.evaluate(
        "caches.open('kept-1').then(s => s.keys().then(k => Promise.all(k.map(r => s.match(r).then(a => a.text())))))"
    )
    assert len(kept) > 4
    assert [text for text in kept if "贺兰芳" in text or "csrfmiddlewaretoken" in text] == []


def test_signing_out_removes_what_was_kept(page: Page, watch: Watch, base: str, article: Revision) -> None:
    save(page, watch, base, article)
    page.locator("header").get_by_role("button", name="退出").click()
    page.wait_for_url(lambda url: address(article) not in url)
    assert page.evaluate("caches.open('kept-1').then(store => store.keys()).then(keys => keys.length)") == 0


def test_the_sentence_being_read_is_marked(page: Page, watch: Watch, live_server: Any, article: Revision) -> None:
    page.add_init_script(VOICE)
    page.goto(live_server.url + address(article))
    before = page.locator("article").inner_text()
    page.evaluate("window.hold = true")
    page.get_by_role("button", name="朗读").click()
    expect(page.locator(".is-read")).to_have_text(["马上可以做的事"])
    watch.look()
    page.get_by_role("button", name="暂停").click()
    expect(page.locator(".is-read")).to_have_count(0)
    page.evaluate("window.hold = false")
    page.get_by_role("button", name="继续读").click()
    expect(page.get_by_role("button", name="朗读")).to_be_visible()
    heading, again, *rest = page.evaluate("window.spoken")
    assert heading == again == ["马上可以做的事", "zh-CN", 1]
    assert [text for text, _, _ in rest] == ["先放醋，后放盐。", "再尝一尝。", "每天1.5公里。", "多走路。"]
    assert page.locator("article").inner_text() == before


def test_without_a_voice_no_button_is_shown(page: Page, watch: Watch, live_server: Any, article: Revision) -> None:
    page.add_init_script("Object.defineProperty(window, 'speechSynthesis', { value: undefined })")
    page.goto(live_server.url + address(article))
    expect(page.get_by_role("button", name="朗读")).to_have_count(0)
    watch.look()


# A recording that plays at once, as no browser of the tests has a voice to play it with.
RECORDING = """
HTMLMediaElement.prototype.play = function () {
  Object.defineProperty(this, "paused", { value: false, configurable: true });
  this.dispatchEvent(new Event("play"));
  return window.gone ? Promise.reject(new DOMException("", "NotSupportedError")) : Promise.resolve();
};
HTMLMediaElement.prototype.pause = function () {
  Object.defineProperty(this, "paused", { value: true, configurable: true });
  this.dispatchEvent(new Event("pause"));
};
"""


@pytest.fixture
def recorded(people: People) -> Revision:
    revision = factories.article("少吃盐，稳血压", BODY + "\n\n![](medium:1)")
    files.medium(revision.article, "audio", files.mp3(), content_type="audio/mpeg")
    return revision


def test_a_recording_is_offered_before_the_voice(
    page: Page, watch: Watch, live_server: Any, recorded: Revision
) -> None:
    page.add_init_script(VOICE + RECORDING)
    page.goto(live_server.url + address(recorded))
    page.evaluate("window.hold = true")
    tools = page.locator("[data-read-aloud]")
    expect(tools.get_by_role("button")).to_have_text(["听录音", "电脑朗读"])
    watch.look()
    tools.get_by_role("button", name="听录音").click()
    expect(tools.get_by_role("button")).to_have_text(["暂停", "电脑朗读"])
    assert page.evaluate("[document.querySelector('audio').paused, window.spoken.length]") == [False, 0]
    tools.get_by_role("button", name="电脑朗读").click()
    expect(tools.get_by_role("button")).to_have_text(["听录音", "暂停", "停止", "读慢一点"])
    tools.get_by_role("button", name="听录音").click()
    expect(page.locator(".is-read")).to_have_count(0)
    expect(tools.get_by_role("button")).to_have_text(["暂停", "继续读", "停止", "读慢一点"])


def test_a_recording_needs_no_voice(page: Page, watch: Watch, live_server: Any, recorded: Revision) -> None:
    page.add_init_script("Object.defineProperty(window, 'speechSynthesis', { value: undefined });" + RECORDING)
    page.goto(live_server.url + address(recorded))
    tools = page.locator("[data-read-aloud]")
    expect(tools.get_by_role("button")).to_have_text(["听录音"])
    watch.look()
    page.evaluate("window.gone = true")
    tools.get_by_role("button").click()
    expect(tools).to_be_hidden()
